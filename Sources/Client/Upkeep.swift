package import EventLoop
internal import Units
package import Wire

/// Calls about how well a store is.
extension Client {
    @discardableResult
    package func alarms(
        _ patience: Patience = .init(), then: @escaping Then<AlarmsResponse>
    ) -> Errand {
        call(.alarms, .read, AlarmsRequest(), patience, then)
    }

    /// Twice is as good as once.
    @discardableResult
    package func clearAlarm(
        _ kind: AlarmKind, _ member: UInt64, _ patience: Patience = .init(),
        then: @escaping Then<AlarmsResponse>
    ) -> Errand {
        let request = AlarmsRequest(action: .clear, kind: kind, member: member)
        return call(.alarms, .repeatable, request, patience, then)
    }

    /// Of the member at `address`, or of any.
    @discardableResult
    package func digest(
        _ request: DigestRequest, of address: Address?, _ patience: Patience = .init(),
        then: @escaping Then<DigestResponse>
    ) -> Errand {
        call(.digest, .read, request, patience, only: address, then)
    }

    @discardableResult
    package func scrub(
        _ request: ScrubRequest, of address: Address?, _ patience: Patience = .init(),
        then: @escaping Then<ScrubResponse>
    ) -> Errand {
        call(.scrub, .repeatable, request, patience, only: address, then)
    }
}
