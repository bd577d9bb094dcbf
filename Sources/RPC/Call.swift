internal import Units
package import Wire

/// One call of a channel, until it ends.
package final class Call {
    package let method: Method
    let deadline: Instant
    /// Its number once it was sent; before that its request waits here.
    var number: UInt32 = 0
    var request: [UInt8] = []
    weak var channel: Channel?
    private var onPart: ((Bytes) -> Void)?
    private var then: ((CallFailure?, Bytes) -> Void)?
    private let returnsCredit: Bool
    /// STREAM bytes that the owner has and is not done with.
    private var held = 0

    init(
        _ method: Method, deadline: Instant, channel: Channel, returnsCredit: Bool,
        onPart: ((Bytes) -> Void)?, then: @escaping (CallFailure?, Bytes) -> Void
    ) {
        self.method = method
        self.deadline = deadline
        self.channel = channel
        self.returnsCredit = returnsCredit
        self.onPart = onPart
        self.then = then
    }

    /// It ended, or nobody wants it any more.
    package var isOver: Bool { then == nil }

    /// Nobody wants it any more: nothing is heard of it from now on.
    package func cancel() {
        guard !isOver else { return }
        forget()
        channel?.cancelled(self)
    }

    /// With credit held back: so many STREAM bytes are done with, and the other side may send
    /// more.
    package func consumed(_ count: Int) {
        guard !isOver, count <= held else { return }
        held -= count
        channel?.consumed(count, self)
    }

    private func forget() {
        consumed(held)
        then = nil
        onPart = nil
    }

    func end(_ failure: CallFailure?, _ body: Bytes) {
        let then = then
        forget()
        then?(failure, body)
    }

    func fail(_ failure: CallFailure) {
        end(failure, Bytes())
    }

    /// Hands on a part; how much of it is consumed thereby.
    func part(_ body: Bytes) -> Int {
        guard !isOver else { return body.count }
        if !returnsCredit { held += body.count }
        onPart?(body)
        return returnsCredit ? body.count : 0
    }
}
