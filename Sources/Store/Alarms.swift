internal import Journal
internal import MVCC
internal import Raft
internal import Units
package import Wire

/// What an operator should know and every member agrees on. An alarm is a record of the state: kind
/// and member name it, and it stands until it is cleared. The leader notices, the log decides.
///
/// The command (`InternalMethod.alarm`): 1 byte 1 to raise or 0 to clear, 1 byte kind, 8 bytes member,
/// then the words. The record: 8 bytes cluster time since when, 8 bytes index of the entry that
/// raised it last, then the words. All little endian.
enum AlarmRecord {
    static let prefix = Array("alarm/".utf8)
    private static let end = Array("alarm0".utf8)

    static var range: (from: [UInt8], to: [UInt8]) { (prefix, end) }

    static func key(_ kind: UInt8, _ member: UInt64) -> [UInt8] {
        var key = prefix
        key.append(kind)
        key.append(little: member.byteSwapped)
        return key
    }

    static func command(raise: Bool, _ kind: AlarmKind, _ member: UInt64, _ words: String)
        -> [UInt8]
    {
        var body: [UInt8] = [raise ? 1 : 0, UInt8(truncatingIfNeeded: kind.rawValue)]
        body.append(little: member)
        body.append(contentsOf: words.utf8.prefix(Limits.alarmWords))
        return body
    }

    static func alarm(_ key: Bytes, _ record: Bytes) -> Alarm? {
        guard key.count == prefix.count + 9, record.count >= 16 else { return nil }
        let member = key.little(UInt64.self, at: prefix.count + 1).byteSwapped
        return Alarm(
            kind: AlarmKind(rawValue: Int32(key[prefix.count])), member: member,
            since: record.little(at: 0),
            words: String(decoding: record.extracting(16...).array, as: UTF8.self),
            index: record.little(at: 8))
    }
}

extension Store {
    /// All that stand, by kind, then by member.
    package var alarms: [Alarm] {
        var alarms: [Alarm] = []
        let range = AlarmRecord.range
        mvcc.scanRecords(.facts, from: range.from.span, to: range.to.span) { key, record in
            if let alarm = AlarmRecord.alarm(key, record) { alarms.append(alarm) }
            return true
        }
        return alarms
    }

    func alarm(_ kind: AlarmKind, _ member: UInt64) -> Alarm? {
        let key = AlarmRecord.key(UInt8(truncatingIfNeeded: kind.rawValue), member)
        guard let record = mvcc.record(.facts, key.span) else { return nil }
        return AlarmRecord.alarm(key.span, record.span)
    }

    /// The leader: has an alarm raised, or its words changed, unless it stands like that already.
    mutating func raise(_ kind: AlarmKind, _ member: UInt64, _ words: String) {
        let words = String(decoding: words.utf8.prefix(Limits.alarmWords), as: UTF8.self)
        guard alarm(kind, member)?.words != words else { return }
        guard alarm(kind, member) != nil || alarms.count < Limits.alarms else { return }
        proposeInternally(
            InternalMethod.alarm, AlarmRecord.command(raise: true, kind, member, words))
    }

    /// The leader: has an alarm cleared, if it stands.
    mutating func clear(_ kind: AlarmKind, _ member: UInt64) {
        guard alarm(kind, member) != nil else { return }
        proposeInternally(
            InternalMethod.alarm, AlarmRecord.command(raise: false, kind, member, ""))
    }

    /// At apply.
    mutating func changeAlarm(_ body: Bytes) {
        guard body.count >= 10 else { return }
        let key = AlarmRecord.key(body[1], body.little(at: 2))
        let old = mvcc.record(.facts, key.span)
        guard body[0] == 1 else {
            guard let old else { return }
            mvcc.setRecord(.facts, key.span, nil)
            return alarmChanged(AlarmRecord.alarm(key.span, old.span), stands: false)
        }
        var record: [UInt8] = []
        record.append(little: old.map { $0.span.little(at: 0) } ?? mvcc.clusterTime.nanoseconds)
        record.append(little: mvcc.mark.index + 1)
        record.append(body.extracting(10...))
        mvcc.setRecord(.facts, key.span, record)
        alarmChanged(AlarmRecord.alarm(key.span, record.span), stands: true)
    }

    private mutating func alarmChanged(_ alarm: Alarm?, stands: Bool) {
        guard let alarm else { return }
        effects.alarms.append((alarm, stands))
        if alarm.kind.isAboutSpace {
            shortages = alarms.filter(\.kind.isAboutSpace)
            space.asked = nil
        }
        if stands, alarm.kind == .corrupt, alarm.member == identity.member.rawValue {
            doubt(since: alarm.index)
        }
    }

    // MARK: Clients

    /// Lists at once; clearing goes through the log.
    mutating func alarms(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try AlarmsRequest(request: body)
        switch request.action {
        case .list: answerAlarms(call)
        case .clear:
            guard (1...255).contains(request.kind.rawValue) else {
                throw .invalid("an alarm to clear is named by its kind and member")
            }
            propose(
                call.method, body, session: call.session, stream: call.stream,
                deadline: call.deadline)
        case .unrecognized(let number): throw .invalid("alarm action \(number) is not known")
        }
    }

    private mutating func answerAlarms(_ call: Call) {
        let start = effects.bytes.count
        AlarmsResponse(
            header: header, alarms: alarms, clusterTime: clusterTime.nanoseconds
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    /// At apply.
    mutating func clearAlarm(_ body: Bytes, _ answer: Bool) throws(Refusal) {
        let request = try AlarmsRequest(request: body)
        guard request.action == .clear else { throw .invalid("only clearing is a command") }
        let command = AlarmRecord.command(raise: false, request.kind, request.member, "")
        changeAlarm(command.span)
        guard answer else { return }
        AlarmsResponse(
            header: header, alarms: alarms, clusterTime: mvcc.clusterTime.nanoseconds
        ).encode(into: &effects.bytes)
    }
}
