package import EventLoop
package import Wire

/// What one member has seen.
extension Client {
    /// Of the member at `address`, or of any.
    @discardableResult
    package func metrics(
        of address: Address? = nil, _ patience: Patience = .init(),
        then: @escaping Then<MetricsResponse>
    ) -> Errand {
        call(.metrics, .read, MetricsRequest(), patience, only: address, then)
    }
}
