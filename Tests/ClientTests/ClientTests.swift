import EventLoop
import RPC
import Testing
import Units
import Wire

@testable import Client

@Suite struct ClientTests {
    private let quick = Patience(timeout: .milliseconds(300), attempt: .milliseconds(40))

    @Test func aCallIsAnswered() throws {
        let bench = Bench(members: 1)
        bench.members[0].onRequest = { $0.serve() }
        #expect(try bench.put().get().header?.revision == 9)
    }

    @Test func aDeadEndpointIsPassedOver() {
        let bench = Bench(members: 1, before: { [FakeMember.nowhere(on: $0)] })
        bench.members[0].onRequest = { $0.serve() }
        #expect(bench.put().isSuccess)
        #expect(bench.members[0].requests.count == 1)
    }

    @Test func whenNobodyAnswersItSaysWhoWasTried() {
        let bench = Bench(members: 0, before: { [FakeMember.nowhere(on: $0)] })
        guard case .unreachable(let tried) = bench.put().failure else {
            Issue.record("not unreachable")
            return
        }
        #expect(tried.map(\.address) == bench.client.addresses)
        #expect(bench.put().failure?.mayHaveHappened == false)
    }

    @Test func aWriteThatWasSentIsNotRepeatedWhenTheLineBreaks() {
        let bench = Bench()
        bench.members[0].onRequest = { $0.hangUp() }
        bench.members[1].onRequest = { $0.serve() }
        guard case .lost(let address, _) = bench.put().failure else {
            Issue.record("not lost")
            return
        }
        #expect(address == bench.members[0].address)
        #expect(bench.members[1].requests.isEmpty)
    }

    @Test func aReadThatWasSentIsRepeatedWhenTheLineBreaks() {
        let bench = Bench()
        bench.members[0].onRequest = { $0.hangUp() }
        bench.members[1].onRequest = { $0.serve() }
        #expect(bench.range().isSuccess)
    }

    @Test func aWriteWhoseCallerVouchesForItIsRepeated() {
        let bench = Bench()
        bench.members[0].onRequest = { $0.hangUp() }
        bench.members[1].onRequest = { $0.serve() }
        #expect(bench.put(Patience(mayRepeat: true)).isSuccess)
    }

    @Test func afterAGoodbyeOnlyWhatWasNotLookedAtIsRepeated() {
        let bench = Bench()
        bench.members[0].onRequest = { $0.goAway(lastStream: $0.header.stream - 1) }
        bench.members[1].onRequest = { $0.serve() }
        #expect(bench.put().isSuccess)
        #expect(bench.members[1].requests.count == 1)
    }

    @Test func afterAGoodbyeWhatWasLookedAtIsStillAnswered() {
        let bench = Bench()
        bench.members[0].onRequest = { request in
            request.goAway(lastStream: request.header.stream)
            request.serve()
        }
        #expect(bench.put().isSuccess)
        #expect(bench.members[1].requests.isEmpty)
    }

    @Test func wordOfAnotherLeaderIsFollowed() {
        let bench = Bench(members: 1)
        let leader = FakeMember(on: bench.loop)
        bench.members[0].onRequest = {
            $0.fail(WireError(code: .notLeader, leaderAddress: leader.address.description))
        }
        leader.onRequest = { $0.serve() }
        #expect(bench.put().isSuccess)
        #expect(leader.requests.count == 1)
        leader.server.close()
    }

    @Test func aLeaderThatIsNotThereIsGivenUp() {
        let bench = Bench()
        let nowhere = FakeMember.nowhere(on: bench.loop)
        bench.members[0].onRequest = {
            $0.fail(WireError(code: .notLeader, leaderAddress: nowhere.description))
        }
        bench.members[1].onRequest = { $0.serve() }
        bench.members[0].onRequest = { request in
            if bench.members[0].requests.count > 1 { return request.serve() }
            request.fail(WireError(code: .notLeader, leaderAddress: nowhere.description))
        }
        #expect(bench.put().isSuccess)
    }

    @Test func twoThatPointAtEachOtherEndInTime() {
        let bench = Bench()
        for index in 0...1 {
            let other = bench.members[1 - index].address.description
            bench.members[index].onRequest = {
                $0.fail(WireError(code: .notLeader, message: "not me", leaderAddress: other))
            }
        }
        let failure = bench.put(quick).failure
        #expect(
            failure
                == .timedOut(.milliseconds(300), because: "not me", mayHaveHappened: false))
    }

    @Test func silenceEndsAWriteInDoubt() {
        let bench = Bench()
        let failure = bench.put(quick).failure
        #expect(failure?.mayHaveHappened == true)
        guard case .timedOut = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(bench.members[0].requests.count == 1)
        #expect(bench.members[1].requests.isEmpty)
    }

    @Test func silenceSendsAReadElsewhere() {
        let bench = Bench()
        bench.members[1].onRequest = { $0.serve() }
        #expect(bench.range(quick).isSuccess)
    }

    @Test func aCallToOneMemberStaysThere() {
        let bench = Bench()
        bench.members[1].onRequest = {
            $0.answer(StatusResponse(name: "b"))
        }
        let address = bench.members[1].address
        let outcome: Result<StatusResponse, ClientFailure> = bench.client.wait {
            bench.client.status(of: address, then: $0)
        }
        #expect((try? outcome.get())?.name == "b")
        #expect(bench.members[0].requests.isEmpty)
    }

    @Test func whatIsAskedInOneTurnArrivesInOne() {
        let bench = Bench(members: 1)
        bench.members[0].onRequest = { $0.serve() }
        #expect(bench.put().isSuccess)
        var answers = 0
        for _ in 0..<100 {
            bench.client.put(PutRequest(key: [1])) { _ in answers += 1 }
        }
        bench.run { answers == 100 }
        let turns = Set(bench.members[0].requests.dropFirst().map(\.turn))
        #expect(turns.count == 1)
    }

    @Test func aRequestOverTheLimitIsNotSent() {
        let bench = Bench(members: 1)
        let request = PutRequest(key: [1], value: [UInt8](repeating: 0, count: 3 << 20))
        let outcome: Result<PutResponse, ClientFailure> = bench.client.wait {
            bench.client.put(request, then: $0)
        }
        #expect(outcome.failure?.message.hasSuffix("the limit is 2097152") == true)
        #expect(bench.members[0].requests.isEmpty)
    }

    @Test func anAnswerThatCannotBeReadIsSaidToBeThat() {
        let bench = Bench(members: 1)
        bench.members[0].onRequest = { request in
            let junk: [UInt8] = [0xFF, 0xFF]
            request.connection.send(
                .response, stream: request.header.stream, method: request.header.method,
                body: junk.span)
        }
        guard case .badAnswer = bench.put().failure else {
            Issue.record("not a bad answer")
            return
        }
    }

    @Test func whatIsCancelledIsNotHeardOf() {
        let bench = Bench(members: 1)
        var heard = false
        let errand = bench.client.put(PutRequest(key: [1])) { _ in heard = true }
        bench.run { !bench.members[0].requests.isEmpty }
        errand.cancel()
        bench.members[0].requests[0].serve()
        bench.members[0].onRequest = { $0.serve() }
        #expect(bench.range().isSuccess)
        #expect(!heard && errand.isOver)
    }

    @Test func tooManyCallsAreRefused() {
        let bench = Bench(members: 1)
        var refused = 0
        var waiting: [Errand] = []
        let client = Client(
            on: bench.loop, [bench.members[0].address], software: "test/1", maximumCalls: 100)
        for _ in 0...100 {
            waiting.append(
                client.range(RangeRequest(key: [1])) { outcome in
                    if outcome.failure == .tooManyCalls { refused += 1 }
                })
        }
        bench.run { refused == 1 }
        for errand in waiting { errand.cancel() }
        let over = waiting.filter { $0.isOver }
        #expect(over.count == waiting.count)
        client.close()
    }

    @Test func aMemberThatComesBackIsFound() {
        let loop = Loop()
        let path = "/tmp/martlet-client-\(Loop.seed()).sock"
        let client = Client(on: loop, [.unix(path)], software: "test/1", seed: 7)
        var outcome: Result<PutResponse, ClientFailure>?
        client.put(PutRequest(key: [1]), Patience(rounds: nil)) { outcome = $0 }
        _ = loop.run(for: .milliseconds(60)) { false }
        let server = FakeMember(on: loop)
        server.onRequest = { $0.serve() }
        #expect(throws: Never.self) { try server.server.listen(on: .unix(path)) }
        #expect(loop.run(for: .seconds(10)) { outcome != nil })
        #expect(outcome?.isSuccess == true)
        client.close()
        server.server.close()
    }
}
