import EventLoop
import Testing
import Units
import Wire

@testable import Client

/// A store of sessions, as far as a client can see it: it carries out each number once.
private final class Kitchen {
    var done: [Int64: [UInt8]] = [:]
    var session: Int64?
    var opened = 0
    var executed = 0
    var acknowledged: [Int64] = []
    /// Called with each ONCE before it is answered; true when it took care of the answer itself.
    var before: (FakeMember.Request) -> Bool = { _ in false }

    func serve(_ request: FakeMember.Request) {
        switch request.header.method {
        case .sessionOpen:
            let open: SessionOpenRequest = request.decoded()
            session = open.id
            opened += 1
            request.answer(SessionOpenResponse(id: open.id, ttl: open.ttl))
        case .sessionClose:
            session = nil
            request.answer(SessionCloseResponse())
        case .once: once(request)
        default: request.serve()
        }
    }

    private func once(_ request: FakeMember.Request) {
        let once: OnceRequest = request.decoded()
        guard once.session == session else { return request.fail(.sessionNotFound) }
        acknowledged.append(once.acknowledgedBelow)
        let isNew = done[once.sequence] == nil
        if isNew {
            executed += 1
            done[once.sequence] =
                PutResponse(header: ResponseHeader(revision: Int64(executed + 1))).encoded
        }
        guard !before(request) else { return }
        request.answer(OnceResponse(answer: done[once.sequence]!, repeated: !isNew))
    }
}

@Suite struct OnceTests {
    private func bench(_ count: Int = 2) -> (Bench, Kitchen) {
        let bench = Bench(members: count)
        let kitchen = Kitchen()
        for member in bench.members { member.onRequest = { kitchen.serve($0) } }
        bench.client.writeOnce()
        return (bench, kitchen)
    }

    @Test func aLostAnswerIsAskedForAgain() throws {
        let (bench, kitchen) = bench()
        var drops = 2
        kitchen.before = { request in
            guard drops > 0 else { return false }
            drops -= 1
            request.hangUp()
            return true
        }
        #expect(try bench.put().get().header?.revision == 2)
        #expect(kitchen.executed == 1 && kitchen.opened == 1)
        #expect(try bench.put().get().header?.revision == 3)
    }

    @Test func theWriteItselfTravelsUnchanged() throws {
        let (bench, _) = bench()
        var inner: OnceRequest?
        for member in bench.members {
            let serve = member.onRequest
            member.onRequest = {
                if $0.header.method == .once { inner = $0.decoded() }
                serve($0)
            }
        }
        #expect(bench.put().isSuccess)
        #expect(inner?.method == 1 && inner?.sequence == 1)
        let body = inner?.body ?? []
        #expect(try PutRequest(decoding: body.span).key == [1])
    }

    @Test func whatWasHeardIsAcknowledged() throws {
        let (bench, kitchen) = bench()
        for _ in 0..<4 { #expect(bench.put().isSuccess) }
        #expect(kitchen.acknowledged == [1, 2, 3, 4])
    }

    @Test func anEndedSessionIsOpenedAnew() throws {
        let (bench, kitchen) = bench()
        #expect(bench.put().isSuccess)
        kitchen.session = nil
        kitchen.done = [:]
        #expect(bench.put().isSuccess)
        #expect(kitchen.opened == 2 && kitchen.executed == 2)
    }

    @Test func aSessionThatEndsUnderAWriteLeavesDoubt() throws {
        let (bench, kitchen) = bench()
        kitchen.before = { request in
            kitchen.session = nil
            request.hangUp()
            return true
        }
        guard case .lost? = bench.put().failure else {
            Issue.record("not lost")
            return
        }
        #expect(kitchen.executed == 1)
    }

    @Test func writesOfOneTurnShareTheSession() throws {
        let (bench, kitchen) = bench()
        var ended = 0
        for _ in 0..<10 {
            bench.client.put(PutRequest(key: [1], value: [2])) { outcome in
                #expect(outcome.isSuccess)
                ended += 1
            }
        }
        bench.run { ended == 10 }
        #expect(kitchen.opened == 1 && kitchen.executed == 10)
    }

    @Test func whoCancelsBeforeItIsOpenIsNotSent() throws {
        let (bench, kitchen) = bench()
        let first = bench.client.put(PutRequest(key: [1], value: [2])) { _ in
            Issue.record("it was cancelled")
        }
        first.cancel()
        #expect(bench.put().isSuccess)
        #expect(kitchen.executed == 1)
    }

    @Test func withoutSessionsItSaysSo() throws {
        let bench = Bench(members: 1)
        bench.members[0].onRequest = { $0.serve() }
        bench.client.writeOnce()
        #expect(bench.put().failure?.code == .unknownMethod)
        #expect(bench.put().failure?.mayHaveHappened == false)
    }

    @Test func itCanBeEnded() throws {
        let (bench, kitchen) = bench()
        #expect(bench.put().isSuccess)
        var isEnded = false
        bench.client.endWriteOnce { isEnded = true }
        bench.run { isEnded }
        #expect(kitchen.session == nil)
        #expect(try bench.put().get().header?.revision == 9)
    }

    @Test func whatMayBeRepeatedNeedsNone() throws {
        let (bench, kitchen) = bench()
        #expect(try bench.put(Patience(mayRepeat: true)).get().header?.revision == 9)
        #expect(kitchen.opened == 0)
    }
}

@Suite struct LeaseKeeperTests {
    @Test func saysWhenTheLeaseHasEnded() {
        let bench = Bench(members: 1)
        var beats = 0
        bench.members[0].onRequest = { request in
            beats += 1
            if beats < 3 { request.serve() } else { request.fail(.leaseNotFound) }
        }
        var why: String?
        let keeper = LeaseKeeper(bench.client, lease: 1, ttl: 1, granted: bench.loop.now) {
            why = $0
        }
        bench.run { why != nil }
        #expect(beats == 3)
        keeper.close()
    }

    @Test func saysWhenNobodyAnswersInTime() {
        let bench = Bench(members: 1)
        var why: String?
        let start = bench.loop.now
        let keeper = LeaseKeeper(bench.client, lease: 1, ttl: 1, granted: start) { why = $0 }
        bench.run { why != nil }
        #expect(bench.loop.now.since(start) >= .milliseconds(990))
        keeper.close()
    }
}

@Suite struct LockCallTests {
    @Test func aLostConnectionKeepsWaiting() throws {
        let bench = Bench()
        bench.members[0].onRequest = { $0.hangUp() }
        bench.members[1].onRequest = { $0.answer(LockResponse(key: [1], token: 7)) }
        let outcome: Result<LockResponse, ClientFailure> = bench.client.wait {
            bench.client.lock(
                LockRequest(name: [1], lease: 5), Patience(timeout: nil, rounds: nil), then: $0)
        }
        #expect(try outcome.get().token == 7)
    }

    /// The server gives the place up when a deadline passes, so no try may have a shorter one.
    @Test func itsDeadlineIsTheWholePatience() throws {
        let bench = Bench(members: 1)
        var deadlines: [UInt32] = []
        bench.members[0].onRequest = {
            deadlines.append($0.header.deadline)
            $0.answer(LockResponse(token: 1))
        }
        for timeout in [Instant.Span.seconds(30), nil] {
            let outcome: Result<LockResponse, ClientFailure> = bench.client.wait {
                bench.client.lock(
                    LockRequest(name: [1], lease: 5), Patience(timeout: timeout), then: $0)
            }
            #expect(outcome.isSuccess)
        }
        #expect(deadlines[0] > 25_000 && deadlines[1] == FrameHeader.noDeadline)
    }

    @Test func anElectionIsFollowedOverConnections() throws {
        let bench = Bench()
        let leader = KeyValue(key: [1], createRevision: 4, modRevision: 4, value: [9])
        var asked = 0
        for member in bench.members {
            member.onRequest = { request in
                asked += 1
                request.part(ElectionLeaderResponse(leader: leader))
                if asked == 1 {
                    bench.loop.nextTurn { request.hangUp() }
                } else {
                    request.part(ElectionLeaderResponse())
                }
            }
        }
        var told: [Int64?] = []
        let errand = bench.client.observe(
            ElectionObserveRequest(name: [1]), onAnswer: { told.append($0.leader?.modRevision) },
            then: { Issue.record("it ended: \($0)") })
        bench.run { told.count == 2 }
        #expect(told == [4, nil])
        errand.cancel()
    }
}
