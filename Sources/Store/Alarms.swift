internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Trouble of members that all should know of: part of the replicated state, by member and kind.
extension Store {
    static func alarms(of state: MVCC) -> [Alarm] {
        state.facts(Fact.alarms).compactMap { try? Alarm(decoding: $0.value.span) }
    }

    /// Raises an alarm of this member's, or of another's; in force when the log says so.
    mutating func setAlarm(_ alarm: Alarm) {
        proposeInternally(InternalMethod.alarm, alarm.encoded)
    }

    mutating func endAlarm(_ kind: AlarmKind, of member: MemberID) {
        setAlarm(Alarm(memberID: member.rawValue, kind: kind))
    }

    /// An alarm without limit and words is one that is over.
    mutating func recordAlarm(_ body: Bytes) {
        guard let alarm = try? Alarm(decoding: body), alarm.kind != .noAlarm,
            let kind = UInt8(exactly: alarm.kind.rawValue)
        else { return }
        let key = Fact.alarm(MemberID(rawValue: alarm.memberID), kind).key
        let isOver = alarm.limit == 0 && alarm.message.isEmpty
        guard !isOver || mvcc.record(.facts, key.span) != nil else { return }
        guard isOver || alarms.count < Limits.alarms else { return }
        mvcc.setRecord(.facts, key.span, isOver ? nil : alarm.encoded)
        alarms = Store.alarms(of: mvcc)
        space.asked = nil
        effects.alarmsChanged = true
    }

    mutating func listAlarms(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try AlarmsRequest(request: body)
        let start = effects.bytes.count
        AlarmsResponse(header: header, alarms: alarms).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }
}
