internal import MVCC
internal import Raft
package import Units
internal import Wire

/// Is it well? What can be said at once, and a read that only a majority can confirm.
extension SessionID {
    /// Whoever asks for health: the shell itself. Answers to it go nowhere else.
    package static let probe = SessionID(rawValue: .max)
}

/// One thing that is looked at.
package struct HealthCheck: Equatable, Sendable {
    package var name: String
    /// What is wrong; nil when nothing is.
    package var fault: String?

    package init(_ name: String, _ fault: String?) {
        self.name = name
        self.fault = fault
    }
}

extension Store {
    /// The state can be read here, however old it is.
    package var localReadCheck: HealthCheck {
        HealthCheck(
            "serializable_read", transfers.isInstalling ? "a snapshot is put in place" : nil)
    }

    package var leaderCheck: HealthCheck {
        HealthCheck("leader", raft.leader == nil ? "no leader is known" : nil)
    }

    package var seatCheck: HealthCheck {
        let isLearner = members.first { $0.id == identity.member }?.isLearner ?? true
        return HealthCheck("non_learner", isLearner ? "this member is a learner" : nil)
    }

    /// Asks for a linearizable read of nothing. The answer is a frame for `SessionID.probe` on
    /// `stream`: RESPONSE when a majority confirmed it, else ERROR.
    package mutating func probe(stream: UInt32, deadline: Instant, at now: Instant) {
        self.now = max(self.now, now)
        recorder.note(process, at: self.now)
        recorder.note(probe: stream, deadline: deadline, at: self.now)
        let call = Call(
            session: .probe, stream: stream, method: 0, deadline: deadline, arrived: self.now)
        do throws(Refusal) {
            try read(call, [UInt8]().span, serializable: false)
        } catch {
            refuse(.probe, stream, 0, error)
        }
    }

    /// The read got through.
    mutating func serveProbe(_ call: Call) {
        emit(.response, call.session, call.stream, call.method, from: effects.bytes.count)
    }
}

// What members raise alarms about. Names as in etcd, where it has them.
extension Store {
    /// One failing check for each alarm that stands and is not in `excluded`.
    package func alarmChecks(except excluded: [String]) -> [HealthCheck] {
        alarms.filter { !excluded.contains($0.kind.shortName) }.map { alarm in
            HealthCheck("alarm", "ALARM \(alarm.kind.shortName)")
        }
    }

    /// Whether this member's own state is damaged.
    package var corruptionCheck: HealthCheck {
        let isCorrupt = alarms.contains {
            $0.kind == .corrupt && $0.member == identity.member.rawValue
        }
        return HealthCheck("data_corruption", isCorrupt ? "ALARM CORRUPT" : nil)
    }

    func tellAlarms(_ page: inout Exposition) {
        page.family("martlet_store_alarms", .gauge, "Alarms that stand, always 1.")
        for alarm in alarms {
            let member = members.first { $0.id.rawValue == alarm.member }
            page.sample(
                .init(true), ("alarm", alarm.kind.shortName),
                ("member", member?.name ?? hex(MemberID(rawValue: alarm.member))))
        }
    }
}

extension AlarmKind {
    fileprivate var shortName: String {
        switch self {
        case .quota, .disk: "NOSPACE"
        case .corrupt: "CORRUPT"
        default: Metrics.name("\(self)").uppercased()
        }
    }
}
