import EventLoop
import Testing
import Units
import Wire

@testable import Client

/// What each kind of call does after each error: `r` sent again, `-` given up, `?` given up and it
/// may have happened.
private let rules: [(ErrorCode, read: Character, write: Character, repeatable: Character)] = [
    (.none, "-", "-", "-"),
    (.badMagic, "r", "?", "r"), (.badVersion, "r", "?", "r"), (.badChecksum, "r", "?", "r"),
    (.frameTooLarge, "-", "?", "?"), (.badFrame, "r", "?", "r"), (.creditOverrun, "r", "?", "r"),
    (.unknownFeature, "r", "r", "r"), (.clusterMismatch, "r", "r", "r"),
    (.memberMismatch, "r", "r", "r"),
    (.unknownMethod, "-", "-", "-"), (.badMessage, "-", "-", "-"),
    (.invalidArgument, "-", "-", "-"), (.keyEmpty, "-", "-", "-"), (.keyTooLong, "-", "-", "-"),
    (.valueTooLarge, "-", "-", "-"), (.leaseNotFound, "-", "-", "-"),
    (.leaseExists, "-", "-", "-"), (.compacted, "-", "-", "-"),
    (.futureRevision, "-", "-", "-"), (.keyNotFound, "-", "-", "-"),
    (.tooManyOperations, "-", "-", "-"), (.duplicateKey, "-", "-", "-"),
    (.memberNotFound, "-", "-", "-"), (.memberExists, "-", "-", "-"),
    (.quorumAtRisk, "-", "-", "-"), (.notPermitted, "-", "-", "-"),
    (.notLeader, "r", "r", "r"), (.noLeader, "r", "r", "r"),
    (.deadlineExceeded, "r", "?", "r"), (.overloaded, "r", "r", "r"), (.noSpace, "-", "-", "-"),
    (.shuttingDown, "r", "?", "r"), (.membershipBusy, "-", "-", "-"),
    (.cancelled, "-", "?", "?"), (.outcomeUnknown, "r", "?", "r"), (.internal, "r", "?", "r"),
    (.unauthenticated, "-", "-", "-"),
    (.sessionNotFound, "-", "-", "-"),
    (.sequencePassed, "-", "-", "-"),
    (.notHeld, "-", "-", "-"),
    (.userNotFound, "-", "-", "-"),
    (.userExists, "-", "-", "-"),
    (.roleNotFound, "-", "-", "-"),
    (.roleExists, "-", "-", "-"),
    (.quotaExceeded, "-", "-", "-"),
    (.treeFailed, "-", "-", "-"),
    (.versionTooLow, "-", "-", "-"),
    (.memberRemoved, "r", "r", "r"), (.identityLost, "r", "r", "r"),
    (.identityTaken, "r", "r", "r"),
    (.unrecognized(999), "-", "?", "?"),
]

@Suite struct ReactionTests {
    private func letter(_ reaction: Reaction) -> Character {
        switch reaction {
        case .giveUp(mayHaveHappened: true): "?"
        case .giveUp(mayHaveHappened: false): "-"
        case .tryElsewhere, .follow: "r"
        }
    }

    @Test(arguments: rules.indices) func eachErrorHasItsReaction(index: Int) {
        let rule = rules[index]
        let trouble = Trouble.refused(WireError(code: rule.0))
        #expect(letter(Reaction(to: trouble, of: .read)) == rule.read, "\(rule.0)")
        #expect(letter(Reaction(to: trouble, of: .write)) == rule.write, "\(rule.0)")
        #expect(letter(Reaction(to: trouble, of: .repeatable)) == rule.repeatable, "\(rule.0)")
    }

    @Test func everyCodeOfTheProtocolIsInTheTable() {
        let known = (Int32(0)...200).map { ErrorCode(rawValue: $0) }.filter {
            if case .unrecognized = $0 { false } else { true }
        }
        for code in known { #expect(rules.contains { $0.0 == code }, "\(code)") }
    }

    @Test func whatWasNeverLookedAtIsSentAgain() {
        for kind in CallKind.allCases {
            #expect(Reaction(to: .notSent("x"), of: kind) == .tryElsewhere(pause: nil))
            #expect(Reaction(to: .notLookedAt("x"), of: kind) == .tryElsewhere(pause: nil))
        }
    }

    @Test func whatWasLostIsSentAgainOnlyIfThatDoesNoHarm() {
        for trouble in [Trouble.lost("x"), .expired("x")] {
            #expect(Reaction(to: trouble, of: .read) == .tryElsewhere(pause: nil))
            #expect(Reaction(to: trouble, of: .repeatable) == .tryElsewhere(pause: nil))
            #expect(Reaction(to: trouble, of: .write) == .giveUp(mayHaveHappened: true))
        }
    }

    @Test func wordOfTheLeaderIsFollowedAndPausesAreBelievedWithinLimits() {
        let hint = WireError(code: .notLeader, leaderAddress: "10.0.0.2:4401")
        #expect(Reaction(to: .refused(hint), of: .write) == .follow("10.0.0.2:4401"))
        let busy = WireError(code: .overloaded, retryAfterMs: 30)
        #expect(
            Reaction(to: .refused(busy), of: .write) == .tryElsewhere(pause: .milliseconds(30)))
        let long = WireError(code: .noLeader, retryAfterMs: 1_000_000)
        #expect(
            Reaction(to: .refused(long), of: .read) == .tryElsewhere(pause: Limits.longestHint))
    }

    /// The same table again, over real connections: how often is the call sent?
    @Test(arguments: rules.indices) func membersAreAskedAgainAsTheTableSays(index: Int) {
        let rule = rules[index]
        let bench = Bench()
        bench.members[0].onRequest = { $0.fail(rule.0) }
        bench.members[1].onRequest = { $0.serve() }
        #expect(bench.range().isSuccess == (rule.read == "r"), "\(rule.0)")
        let put = bench.put()
        #expect(bench.members.map(\.requests.count).reduce(0, +) > 1)
        // The first member may be out of service by now; ask it anew with a client of its own.
        let fresh = Bench()
        fresh.members[0].onRequest = { $0.fail(rule.0) }
        fresh.members[1].onRequest = { $0.serve() }
        let outcome = fresh.put()
        #expect(outcome.isSuccess == (rule.write == "r"), "\(rule.0): \(outcome)")
        #expect(fresh.members[1].requests.count == (rule.write == "r" ? 1 : 0), "\(rule.0)")
        if let failure = outcome.failure {
            #expect(failure.mayHaveHappened == (rule.write == "?"), "\(rule.0)")
        }
        _ = put
        let third = Bench()
        third.members[0].onRequest = { $0.fail(rule.0) }
        third.members[1].onRequest = { $0.serve() }
        #expect(third.keepAlive().isSuccess == (rule.repeatable == "r"), "\(rule.0)")
    }
}
