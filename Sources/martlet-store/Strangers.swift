import Daemon
import EventLoop
import RPC
import TLS
import Units
import Wire

/// Says who was turned away at a door, and why: at most once a second, however many knock.
final class Strangers {
    private static let pause = Instant.Span.seconds(1)
    private let log: Log
    private var quiet = 0
    private var last: Instant?

    init(_ log: Log) { self.log = log }

    func left(_ connection: Connection, _ reason: Connection.CloseReason, at now: Instant) {
        guard let words = Strangers.words(reason) else { return }
        if let last, now.since(last) < Strangers.pause {
            quiet += 1
            return
        }
        let more = quiet == 0 ? "" : "; \(quiet) more were turned away before"
        quiet = 0
        last = now
        log.warning("turned away \(connection.peerName): \(words)\(more)")
    }

    /// Nil for what is no concern of an operator: knocks of load balancers, and those who went.
    private static func words(_ reason: Connection.CloseReason) -> String? {
        switch reason {
        case .insecure(let failure): failure.description
        case .fault(let failure):
            switch failure.code {
            case .badMagic, .memberMismatch, .clusterMismatch: failure.message
            default: nil
            }
        default: nil
        }
    }
}
