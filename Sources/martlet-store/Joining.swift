import EventLoop
import RPC
import Raft
import Store
import TLS
import Units
import Wire

/// Asks a cluster to take this member in, before it has anything of its own.
///
/// It becomes a learner: it receives everything and has no vote until it is promoted.
enum Joining {
    /// How long the cluster may take to answer.
    static let patience = Instant.Span.seconds(30)
    /// How many members may send us on to another before we give up.
    static let redirects = 5

    static func join(
        _ options: Options, at first: Address, _ keyring: Keyring?
    ) throws(StartRefusal) -> Founding {
        var address = first
        var patience = tries
        for _ in 0...(redirects + tries) {
            switch ask(options, at: address, keyring) {
            case .success(let response): return try founding(options, response)
            case .failure(let failure) where patience > 0 && isPassing(failure):
                patience -= 1
                pause()
            case .failure(let failure):
                guard failure.code == .notLeader, !failure.leaderAddress.isEmpty,
                    let next = try? Address(failure.leaderAddress)
                else { throw .other(words(failure, address)) }
                address = next
            }
        }
        throw .other("cannot join at \(first): its members send us from one to another")
    }

    /// How often a cluster that is busy or between two leaders is asked again, and after what pause.
    static let tries = 20
    static let pauses = Instant.Span.milliseconds(500)

    private static func isPassing(_ failure: CallFailure) -> Bool {
        failure.code == .membershipBusy || failure.code == .noLeader
    }

    private static func pause() {
        let loop = Loop()
        _ = loop.run(for: pauses) { false }
    }

    private static func words(_ failure: CallFailure, _ address: Address) -> String {
        "cannot join at \(address): \(failure.message)"
    }

    private static func ask(
        _ options: Options, at address: Address, _ keyring: Keyring?
    ) -> Result<MemberListResponse, CallFailure> {
        let loop = Loop()
        let channel = Channel(
            on: loop, to: address,
            RPC::Settings(software: Options.software, clusterID: options.cluster),
            chance: Chance(seed: Loop.seed(), name: "join"), keyring: keyring)
        let request = MemberAddRequest(
            name: options.name, peerAddress: options.peerAddress,
            clientAddresses: options.clientAddresses, standing: options.isLearner,
            version: options.settings.supportedVersion.rawValue)
        var result: Result<MemberListResponse, CallFailure>?
        channel.introduction = options.introduction
        channel.start()
        channel.call(.memberAdd, timeout: patience) {
            request.encode(into: &$0)
        } then: { failure, body in
            result = answer(failure, body)
        }
        _ = loop.run(for: patience) { result != nil }
        channel.close()
        return result
            ?? .failure(
                CallFailure(
                    .deadline, .deadlineExceeded, "no answer came in 30 s", mayHaveRun: true))
    }

    private static func answer(
        _ failure: CallFailure?, _ body: Bytes
    ) -> Result<MemberListResponse, CallFailure> {
        if let failure { return .failure(failure) }
        do throws(MessageFault) {
            return .success(try MemberListResponse(decoding: body))
        } catch {
            return .failure(
                CallFailure(.answered, .badMessage, error.message, mayHaveRun: true))
        }
    }

    private static func founding(
        _ options: Options, _ response: MemberListResponse
    ) throws(StartRefusal) -> Founding {
        let members = response.members.map { member in
            Member(
                id: MemberID(rawValue: member.id), name: member.name,
                peerAddress: member.peerAddress, clientAddresses: member.clientAddresses,
                isLearner: member.learner, isStanding: member.standing)
        }
        let added = MemberID(rawValue: response.addedID)
        guard
            let own = members.first(where: {
                added == .none ? $0.name == options.name : $0.id == added
            }),
            let cluster = response.header?.clusterID
        else { throw .other("the cluster took us in, but its list of members lacks us") }
        // It is a member when the log says so: by then it has read of all that were before.
        return Founding(
            cluster: cluster, member: own.id, members: members.filter { $0.id != own.id })
    }
}
