internal import EventLoop
internal import RPC
internal import Units
internal import Wire

/// One call with all its tries, until it ends.
///
/// Picture a messenger with one letter. Turned away at a door with the certain word that nobody
/// read the letter, she goes to the next; when a reader may have acted on it, she comes home and
/// says so.
package final class Errand {
    let method: Method
    let kind: CallKind
    let patience: Patience
    /// Writes what is to be asked now; a stream asks for less each time.
    let encode: (inout [UInt8]) -> Void
    let started: Instant
    /// Only this member will do.
    let only: Address?
    /// Streams have no limit for a single try but one for silence, if they say so.
    let isStream: Bool
    /// Bytes of the request, when they are known beforehand.
    var size = 0
    var deadline: Instant
    var rounds: Int?
    /// The member that was said to lead.
    var target: Address?
    var hops = 0
    var pauses = 0
    /// Why tries failed before anything was sent, newest last.
    var unreached: [ClientFailure.Unreached] = []
    var unreachedCount = 0
    /// Some try may have been executed.
    var isInDoubt = false
    var because: String?
    var channel: Channel?
    var call: Call?
    var notBefore = Instant.zero
    private weak var client: Client?
    private var onPart: ((Bytes, Address) -> Void)?
    private var then: ((Result<[UInt8], ClientFailure>, Address?) -> Void)?
    /// Hears of each try that failed and will be followed by another.
    var onTrouble: ((Trouble) -> Void)?
    /// Hears that the session which carries it has ended; true when it goes on in another.
    var onSessionLost: ((Address) -> Bool)?
    /// Hears that it ended or was cancelled.
    var whenOver: (() -> Void)?

    init(
        _ client: Client, _ method: Method, _ kind: CallKind, _ patience: Patience,
        only: Address? = nil, isStream: Bool = false, encode: @escaping (inout [UInt8]) -> Void,
        onPart: ((Bytes, Address) -> Void)? = nil,
        then: @escaping (Result<[UInt8], ClientFailure>, Address?) -> Void
    ) {
        self.client = client
        self.method = method
        self.kind = kind
        self.patience = patience
        self.only = only
        self.isStream = isStream
        self.encode = encode
        self.onPart = onPart
        self.then = then
        started = client.loop.now
        rounds = patience.rounds
        deadline = patience.timeout.map { client.loop.now + $0 } ?? .never
    }

    /// It ended, or was cancelled.
    package var isOver: Bool { then == nil }

    /// Nobody wants it any more: nothing is heard of it from now on. A write may still happen.
    package func cancel() {
        guard !isOver else { return }
        forget()
        call?.cancel()
        call = nil
        client?.left(self)
    }

    /// Ends the try that is under way; where it went.
    func abandonTry() -> Address? {
        guard let call, let channel else { return nil }
        self.call = nil
        call.cancel()
        return channel.address
    }

    private func forget() {
        then = nil
        onPart = nil
        onTrouble = nil
        onSessionLost = nil
    }

    /// From now on it goes on for as long as it takes.
    func persist() {
        deadline = .never
        rounds = nil
    }

    func part(_ body: Bytes, _ address: Address) { onPart?(body, address) }

    func end(_ outcome: Result<[UInt8], ClientFailure>, _ address: Address?) {
        guard let then else { return }
        forget()
        client?.left(self)
        then(outcome, address)
    }

    /// How long the next try may take.
    func limit(at now: Instant) -> Instant.Span? {
        if isStream { return nil }
        guard deadline != .never else { return kind == .write ? nil : patience.attempt }
        let rest = deadline.since(now)
        return kind == .write ? rest : min(rest, patience.attempt)
    }
}
