package import EventLoop
internal import Units
package import Wire

/// What one member has seen. Each call asks the member at `address`, or any.
extension Client {
    @discardableResult
    package func metrics(
        of address: Address? = nil, _ patience: Patience = .init(),
        then: @escaping Then<MetricsResponse>
    ) -> Errand {
        call(.metrics, .read, MetricsRequest(), patience, only: address, then)
    }

    @discardableResult
    package func slowOperations(
        of address: Address? = nil, _ patience: Patience = .init(),
        then: @escaping Then<SlowOperationsResponse>
    ) -> Errand {
        call(.slowOperations, .read, SlowOperationsRequest(), patience, only: address, then)
    }

    /// `onPart` gets the parts in order; `then` what the whole must come to. A connection that is lost on
    /// the way ends it: another member has another recording.
    @discardableResult
    package func recording(
        of address: Address? = nil, _ patience: Patience = .init(),
        onPart: @escaping (RecordingResponse) -> Void, then: @escaping Then<RecordingResponse>
    ) -> Errand {
        let body = RecordingRequest().encoded
        let errand = Errand(
            self, .recording, .write, patience, only: address, isStream: true,
            encode: { $0 += body },
            onPart: { body, _ in
                do throws(MessageFault) {
                    onPart(try RecordingResponse(decoding: body))
                } catch {
                    // The checksum at the end will not fit.
                }
            }, then: { outcome, address in then(Client.read(outcome, address)) })
        errand.size = body.count
        start(errand)
        return errand
    }
}
