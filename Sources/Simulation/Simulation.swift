/// A world in which nothing is left to chance, and everything goes wrong.
///
/// Picture a model railway with a box of accidents. The engines are real: every member runs the very
/// `Store` that production runs. Rails, signals and weather are made of one number, the seed: when
/// messages arrive and which are lost, when power fails and which sectors of an unsynced write survive,
/// what clients ask and when they hang up. Observers stand at every crossing and compare what they see
/// with what was promised. When something is wrong, the seed brings the same accident back.
///
/// Invariants:
/// - The same seed and options make the same run, to the byte of its trace, in debug and in release.
/// - Each part draws from a stream of chance of its own, so that a draw here never shifts one there.
/// - The checkers know the protocol (`Wire`) and the promises, not how the store keeps them.
/// - A fault is never worse than what the store's promises cover; what is broken can be healed.
///
/// To make it harsher: another `Fault` and its rate in `Plan`; another way to lose bytes in `LogDisk`; a
/// rate of drift in `LocalClock`; another promise in `Checkers`.
///
/// Imports: `Store` and its cores, `Wire`, `Units`. Never: `EventLoop`, files, sockets, clocks, threads.
import Store
package import Units

package struct Simulation {
    /// What to run. What is nil is drawn from the seed.
    package struct Options {
        package var seed: UInt64
        package var members: Int?
        package var clients: Int?
        /// How long faults go on, in simulated time.
        package var duration: Instant.Span?
        /// Is given every line of the trace.
        package var trace: ((String) -> Void)?
        /// Bytes that each member's flight recorder may hold; 0 for none.
        package var recordingBytes = 0

        package init(
            seed: UInt64, members: Int? = nil, clients: Int? = nil, duration: Instant.Span? = nil,
            trace: ((String) -> Void)? = nil
        ) {
            self.seed = seed
            self.members = members
            self.clients = clients
            self.duration = duration
            self.trace = trace
        }
    }

    /// What came of it.
    package struct Report: Equatable, Sendable {
        package var seed: UInt64
        /// The same for the same run.
        package var hash: UInt64
        /// How much time passed in the world.
        package var simulated: Moment
        package var weather: String
        package var violation: Violation?
        package var tally: Tally
        /// Of the members that are up in the end, if they were to record.
        package var recordings: [[UInt8]] = []
    }

    /// How many members and clients a world may have.
    package static let members = Limits.members
    package static let clients = Limits.clients

    package static func run(_ options: Options) -> Report {
        let world = World(options)
        var violation: Violation?
        do throws(Violation) {
            try world.run()
        } catch {
            violation = error
        }
        let recordings =
            options.recordingBytes > 0 ? world.nodes.compactMap { $0.store?.recording } : []
        return Report(
            seed: options.seed, hash: world.trace.hash, simulated: world.now,
            weather: world.plan.weather.rawValue, violation: violation, tally: world.tally,
            recordings: recordings)
    }
}
