internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Room for more, before there is none.
///
/// Each member watches its own quota and disk, and raises or takes back its own alarms through the log.
/// While a voter has one, what adds to the state is not taken; what frees space, or moves none, is. The
/// alarm comes while there is still room for all that: log segments are filled ahead, the shell keeps a
/// reserve for checkpoints, and the threshold lies above both.
struct Space {
    var due = Instant.zero
    /// What this member has asked the log for, and when; nil: to be looked at anew.
    var asked: (kind: AlarmKind, isOn: Bool, at: Instant)?
}

extension Store {
    /// Bytes of state: what is on disk and in use, and what the next checkpoints will write.
    package var spaceBytes: UInt64 {
        UInt64(max(0, process.stateBytes) + Int64(mvcc.overlayBytes + mvcc.frozenBytes))
    }

    /// Once a second: raises and takes back alarms.
    mutating func watchSpace() {
        guard now >= space.due else { return }
        space.due = now + Limits.spaceInterval
        guard versions.cluster >= .second, raft.leader != nil,
            raft.membership[identity.member] != nil
        else { return }
        watchQuota()
        watchDisk()
        if raft.role == .leader { takeBackAlarmsOfTheGone() }
    }

    private mutating func watchQuota() {
        let (used, limit) = (spaceBytes, settings.quotaBytes)
        let isOn = hasAlarm(.quota)
        if limit > 0, used >= limit, !isOn {
            ask(.quota, "it holds \(used >> 10) KiB of state, and its quota is \(limit >> 10) KiB")
        }
        // Without a quota there is nothing to be over.
        if isOn, used < limit / 10 * 9 || limit == 0 { askOff(.quota) }
    }

    private mutating func watchDisk() {
        guard process.freeBytes >= 0 else { return }
        let used = spaceBytes
        let inside = UInt64(max(0, process.fileBytes - process.stateBytes))
        let available = UInt64(process.freeBytes) + inside
        let floor = settings.spaceFloor
        let limit = used + available - min(floor, used + available)
        if available < floor, !hasAlarm(.disk) {
            ask(
                .disk,
                "its disk has \(available >> 10) KiB left, and \(floor >> 10) KiB are needed; it "
                    + "holds \(used >> 10) KiB of state")
        }
        guard hasAlarm(.disk), available >= floor + floor / 10, used < limit / 10 * 9 else {
            return
        }
        askOff(.disk)
    }

    func hasAlarm(_ kind: AlarmKind) -> Bool {
        shortages.contains { $0.member == identity.member.rawValue && $0.kind == kind }
    }

    private mutating func ask(_ kind: AlarmKind, _ words: String) {
        guard mayAsk(kind, true) else { return }
        raise(kind, identity.member.rawValue, words)
    }

    private mutating func askOff(_ kind: AlarmKind) {
        guard mayAsk(kind, false) else { return }
        clear(kind, identity.member.rawValue)
    }

    /// What was asked for may be lost on its way; but asking each second would fill the queue.
    private mutating func mayAsk(_ kind: AlarmKind, _ isOn: Bool) -> Bool {
        if let asked = space.asked, asked.kind == kind, asked.isOn == isOn,
            now.since(asked.at) < Limits.alarmPatience
        {
            return false
        }
        space.asked = (kind, isOn, now)
        return true
    }

    /// Who is not there cannot take back its own; who comes back raises it again.
    private mutating func takeBackAlarmsOfTheGone() {
        for alarm in shortages where alarm.member != identity.member.rawValue {
            let id = MemberID(rawValue: alarm.member)
            guard raft.progress.first(where: { $0.id == id })?.reachable != true else { continue }
            guard mayAsk(alarm.kind, false) else { return }
            clear(alarm.kind, alarm.member)
        }
    }

    /// Why nothing that adds to the state is taken now.
    private var shortage: Alarm? {
        shortages.first { raft.membership.isVoter(MemberID(rawValue: $0.member)) }
    }

    /// Before an entry is spent: what adds to the state is refused while there is no space.
    func checkSpace(_ method: UInt32, _ body: Bytes) throws(Refusal) {
        guard let alarm = shortage else { return }
        let adds: Bool
        switch Method(rawValue: Int32(truncatingIfNeeded: method)) {
        case .put, .leaseGrant, .sessionOpen, .lock, .campaign, .proclaim, .userAdd, .roleAdd,
            .roleGrant, .userGrantRole, .quotaSet:
            adds = true
        case .txn: adds = try TxnRequest(request: body).adds
        default: adds = false
        }
        guard adds else { return }
        throw Refusal(.noSpace, words(of: alarm))
    }

    private func words(of alarm: Alarm) -> String {
        "no space on member '\(plainName(of: MemberID(rawValue: alarm.member)))': \(alarm.words). Delete "
            + "keys and compact, or free space there; writes go on by themselves below 90 %"
    }
}

extension AlarmKind {
    var isAboutSpace: Bool { self == .quota || self == .disk }
}

extension TxnRequest {
    /// Whether it may write a value, whichever way it goes.
    var adds: Bool { (success + failure).contains(where: \.adds) }
}

extension Wire::Operation {
    var adds: Bool {
        switch operation {
        case .put: true
        case .txn(let nested): nested.adds
        default: false
        }
    }
}
