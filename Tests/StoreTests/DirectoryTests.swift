import MVCC
import Testing
import Units
import Wire

@testable import Store

private func request(
    _ action: TreeAction, _ path: String, _ value: String = "", ttl: UInt64? = nil,
    recursive: Bool = false, serializable: Bool = true, chunked: Bool = false
) -> TreeRequest {
    TreeRequest(
        action: action, path: Array(path.utf8), value: Array(value.utf8), recursive: recursive,
        expires: ttl != nil, ttl: ttl ?? 0, serializable: serializable, chunked: chunked)
}

extension Office {
    @discardableResult
    fileprivate func tree(
        _ action: TreeAction, _ path: String, _ value: String = "", ttl: UInt64? = nil,
        recursive: Bool = false
    ) throws -> TreeResponse {
        try answer(
            .tree, request(action, path, value, ttl: ttl, recursive: recursive).encoded)
    }

    fileprivate func watch(
        _ path: String, recursive: Bool = true, from index: UInt64 = 0, once: Bool = false,
        session: UInt64 = 1
    ) -> UInt32 {
        ask(
            .treeWatch,
            TreeWatchRequest(
                path: Array(path.utf8), recursive: recursive, waitIndex: index, once: once
            ).encoded, session: session)
    }

    fileprivate func told(_ stream: UInt32) throws -> [TreeResponse] {
        try frames(stream).filter { $0.type != .error }
            .map { try TreeResponse(decoding: $0.body.span) }
    }

    /// Indexes of the events that came.
    fileprivate func indexes(_ stream: UInt32) throws -> [UInt64] {
        try told(stream).compactMap(\.node?.modifiedIndex)
    }

    fileprivate func sets(_ count: Int, _ path: String = "/a") {
        for number in 0..<count {
            ask(.tree, request(.set, path, "\(number)").encoded)
            if number % 400 == 0 { finishAll() }
        }
        finishAll()
    }
}

@Suite struct DirectoryTests {
    @Test func commandsAndLooks() throws {
        let office = Office()
        office.lead()
        let set = try office.tree(.set, "/d/a", "1")
        #expect(set.action == .set && set.index == 4 && set.clusterID == 7 && set.raftTerm > 0)
        #expect(set.raftIndex > 0)
        #expect(
            set.node
                == TreeNode(
                    key: Array("/d/a".utf8), value: [49], hasValue: true, modifiedIndex: 4,
                    createdIndex: 4))
        #expect(set.previous == nil && set.failure == nil)
        let again = try office.tree(.set, "/d/a", "2")
        #expect(again.previous == set.node)
        let get = try office.tree(.get, "/", recursive: true)
        #expect(get.node?.key == [] && get.node?.directory == true && get.index == 5)
        #expect(get.nodes.map { String(decoding: $0.key, as: UTF8.self) } == ["/d", "/d/a"])
        let file = try office.tree(.get, "/d/a")
        #expect(file.node?.value == [50] && file.nodes.isEmpty)
    }

    @Test func failuresAreAnswers() throws {
        let office = Office()
        office.lead()
        let missing = try office.tree(.get, "/x/y")
        #expect(
            missing.failure
                == TreeFailure(
                    code: 100, message: "Key not found", cause: Array("/x".utf8), index: 3))
        #expect(missing.node == nil)
        try office.tree(.set, "/a", "1")
        #expect(try office.tree(.create, "/a", "1").failure?.code == 105)
        #expect(try office.tree(.delete, "/", recursive: true).failure?.code == 107)
        #expect(office.store.mvcc.treeIndex == 4)
    }

    /// What is wrong in form alone costs no log entry.
    @Test func malformedCommandsAreRefusedAtTheCounter() throws {
        let office = Office()
        office.lead()
        let entries = office.applied.count
        let long = String(repeating: "x", count: 4_097)
        let large = String(repeating: "x", count: MVCC::Limits.treeValue + 1)
        let cases: [(TreeRequest, ErrorCode)] = [
            (request(.set, "a"), .invalidArgument), (request(.set, ""), .invalidArgument),
            (request(.get, "//"), .invalidArgument), (request(.set, "/a/../b"), .invalidArgument),
            (request(.set, "/" + long), .keyTooLong), (request(.set, "/a", large), .valueTooLarge),
            (request(.expire, "/a"), .invalidArgument),
            (request(.unrecognized(99), "/a"), .invalidArgument),
            (request(.set, String(repeating: "/a", count: 129)), .invalidArgument),
        ]
        for (request, code) in cases {
            let stream = office.ask(.tree, request.encoded)
            office.finishAll()
            #expect(try office.code(stream) == code)
        }
        var refresh = request(.update, "/a")
        refresh.refresh = true
        let answer: TreeResponse = try office.answer(.tree, refresh.encoded)
        #expect(answer.failure?.code == 212 && answer.failure?.index == 0)
        #expect(try office.tree(.set, "/a", ttl: .max).failure?.code == 202)
        #expect(office.applied.count == entries)
    }

    @Test func linearizableLooksAskTheOthers() throws {
        let street = Street(3)
        let leader = street.elect()
        let follower = street.offices.first { $0 !== leader }!
        leader.ask(.tree, request(.set, "/a", "1").encoded)
        street.settle()
        let stream = follower.ask(.tree, request(.get, "/a", serializable: false).encoded)
        #expect(follower.frames(stream).isEmpty)
        street.settle()
        let answer: TreeResponse = try follower.last(stream)
        #expect(answer.node?.value == [49] && answer.memberID == follower.id)
        street.cutOff = [follower.id]
        let local = follower.ask(.tree, request(.get, "/a").encoded)
        #expect(follower.types(local) == [.response])
    }

    @Test func listingsComeInPartsAndWaitForCredit() throws {
        let office = Office()
        office.lead()
        let value = String(repeating: "v", count: 1_000)
        for number in 0..<1_000 {
            office.ask(.tree, request(.set, "/d/\(number % 7)/\(number)", value).encoded)
        }
        office.finishAll()
        let whole = try office.tree(.get, "/", recursive: true)
        #expect(whole.nodes.count == 1_008)
        office.open(2, streamCredit: 200_000, connectionCredit: 1 << 24)
        let stream = office.ask(
            .tree, request(.get, "/", recursive: true, chunked: true).encoded, session: 2)
        #expect(office.types(stream) == [.stream])
        try office.tree(.delete, "/d", recursive: true)
        for _ in 0..<20 { office.credit(stream, 100_000, session: 2) }
        let parts = try office.told(stream)
        #expect(office.types(stream).last == .response && parts.count > 7)
        #expect(parts.flatMap(\.nodes) == whole.nodes)
        #expect(parts.last?.node?.directory == true && parts.last?.index == whole.index)
        #expect(office.store.directory.listingBytes == 0)
    }

    @Test func listingsHaveAnEnd() throws {
        let office = Office()
        office.lead()
        let value = String(repeating: "v", count: 800_000)
        for number in 0..<3 { try office.tree(.set, "/d/\(number)", value) }
        let whole = office.ask(.tree, request(.get, "/d").encoded)
        #expect(try office.code(whole) == .frameTooLarge)
        var pen = ListingPen(limit: 2_000, partSize: 1_000)
        let part = String(repeating: "v", count: 600)
        try office.tree(.set, "/e", part)
        let path = try Tree.Path(Array("/e".utf8))
        let node = try office.store.mvcc.look(at: path, recursive: false, time: .zero) { _ in true }
        #expect((0..<4).map { _ in pen.add(node) } == [true, true, true, false])
        #expect(pen.parts.count == 3)
    }

    @Test func listingsThatNobodyTakesHaveAnEnd() throws {
        let office = Office()
        office.lead()
        try office.tree(.set, "/d/a", String(repeating: "v", count: 1_000))
        // Credit that can never be enough.
        office.open(2, streamCredit: 10, connectionCredit: 10)
        let list = request(.get, "/d", chunked: true).encoded
        #expect(try office.code(office.ask(.tree, list, session: 2)) == .invalidArgument)
        // Credit that may yet come, and a reader who leaves.
        office.open(3, streamCredit: 1 << 20, connectionCredit: 2_000)
        #expect(office.types(office.ask(.tree, list, session: 3)) == [.stream, .response])
        let waiting = office.ask(.tree, list, session: 3)
        #expect(office.types(waiting).isEmpty && office.store.directory.listingBytes > 1_000)
        office.step(.cancelled(SessionID(rawValue: 3), stream: waiting))
        #expect(try office.code(waiting) == .cancelled)
        _ = office.ask(.tree, list, session: 3)
        office.step(.closed(SessionID(rawValue: 3)))
        #expect(office.store.directory.listingBytes == 0)
        // Too many bytes for too few readers.
        office.store.directory.listingBytes = Limits.treeListings
        #expect(try office.code(office.ask(.tree, list)) == .overloaded)
    }

    @Test func counts() throws {
        let office = Office()
        office.lead()
        try office.tree(.set, "/a", "1")
        try office.tree(.get, "/a")
        try office.tree(.get, "/x")
        try office.tree(.compareAndDelete, "/x", "1")
        _ = office.watch("/")
        let counts: TreeStatisticsResponse = try office.answer(
            .treeStatistics, TreeStatisticsRequest().encoded)
        #expect(
            counts
                == TreeStatisticsResponse(
                    index: 4, getsSuccess: 1, getsFail: 1, setsSuccess: 1,
                    compareAndDeleteFail: 1, watchers: 1))
    }
}

@Suite struct DirectoryExpiryTests {
    private func keys(_ office: Office) throws -> [String] {
        let stream = office.ask(.tree, request(.get, "/", recursive: true).encoded)
        let answer: TreeResponse = try office.last(stream)
        return answer.nodes.map { String(decoding: $0.key, as: UTF8.self) }
    }

    @Test func theLeaderWakesWhenANodeEnds() throws {
        let office = Office()
        office.lead()
        try office.tree(.set, "/a", ttl: 2)
        try office.tree(.set, "/b", ttl: 5)
        let due = office.store.deadline.since(office.now)
        #expect(due <= .seconds(2))
        office.pass(1_990)
        office.finishAll()
        #expect(try keys(office) == ["/a", "/b"])
        office.pass(20)
        office.finishAll()
        #expect(try keys(office) == ["/b"])
        #expect(office.store.mvcc.treeStatistics.expired == 1)
    }

    @Test func aTimeToLiveOfZeroEndsAtTheNextTick() throws {
        let office = Office()
        office.lead()
        #expect(try office.tree(.set, "/a", ttl: 0).node?.expires == true)
        #expect(try keys(office) == ["/a"])
        office.pass(1)
        office.finishAll()
        #expect(try keys(office).isEmpty)
    }

    @Test func allMembersDeleteAtTheSameEntryAlsoAfterAnElection() throws {
        let street = Street(3)
        let first = street.elect()
        first.ask(.tree, request(.set, "/short", ttl: 1).encoded)
        first.ask(.tree, request(.createInOrder, "/queue", "x", ttl: 60).encoded)
        street.settle()
        let watches = street.offices.map { ($0, $0.watch("/")) }
        street.pass(800)
        // Who led is gone; cluster time goes on from where it stood.
        street.cutOff = [first.id]
        let second = street.elect()
        #expect(second !== first)
        let others = street.offices.filter { $0 !== first }
        #expect(try keys(second).count == 3)
        for _ in 0..<30 { street.pass(50) }
        for office in others { #expect(try keys(office).count == 2) }
        #expect(others[0].store.digest == others[1].store.digest)
        // The old leader has neither the time nor the majority to decide anything.
        #expect(try keys(first).count == 3)
        street.cutOff = []
        for _ in 0..<30 { street.pass(50) }
        #expect(try keys(first).count == 2)
        #expect(first.store.digest == second.store.digest)
        for (office, watch) in watches {
            let told = try office.told(watch).filter { $0.node != nil }
            #expect(told.map(\.action) == [.expire] && told[0].index == 6)
        }
    }

    @Test func thousandsEndTogether() throws {
        let office = Office()
        office.lead()
        for number in 0..<2_500 {
            office.ask(.tree, request(.set, "/d/\(number)", ttl: 3).encoded)
        }
        office.finishAll()
        let watch = office.watch("/d")
        office.pass(3_100)
        office.finishAll()
        #expect(try keys(office) == ["/d"])
        #expect(try office.indexes(watch) == Array(2_504..<5_004))
    }

    @Test func aRefreshedNodeLivesOnAndNobodyIsTold() throws {
        let office = Office()
        office.lead()
        try office.tree(.set, "/a", "1", ttl: 2)
        let watch = office.watch("/a")
        for _ in 0..<5 {
            office.pass(1_500)
            office.finishAll()
            var refresh = request(.update, "/a", ttl: 2)
            refresh.refresh = true
            let answer: TreeResponse = try office.answer(.tree, refresh.encoded)
            #expect(answer.node?.value == [49] && answer.node?.ttl == 2)
        }
        #expect(try office.indexes(watch) == [])
        #expect(office.store.mvcc.treeIndex == 9)
    }
}

@Suite struct DirectoryWatchTests {
    @Test func tellsOfWhatHappens() throws {
        let office = Office()
        office.lead()
        try office.tree(.set, "/a", "0")
        let all = office.watch("/")
        let one = office.watch("/d/x", recursive: false)
        #expect(try office.told(all).map(\.created) == [true])
        #expect(try office.told(all)[0].index == 4)
        try office.tree(.set, "/d/x", "1")
        try office.tree(.set, "/_hidden", "1")
        try office.tree(.set, "/b", "1")
        try office.tree(.delete, "/d", recursive: true)
        #expect(try office.indexes(all) == [5, 7, 8])
        #expect(try office.indexes(one) == [5, 8])
        #expect(try office.told(one).last?.node?.key == Array("/d".utf8))
    }

    @Test func readsHistoryAndGoesOnLive() throws {
        let office = Office()
        office.lead()
        office.sets(20)
        let watch = office.watch("/a", from: 10)
        office.sets(5)
        #expect(try office.indexes(watch) == Array(10...28))
        #expect(
            try office.told(watch).map(\.created) == [true] + Array(repeating: false, count: 19))
    }

    @Test func waitsForAnIndexThatIsToCome() throws {
        let office = Office()
        office.lead()
        let watch = office.watch("/a", from: 8, once: true)
        office.sets(4)
        #expect(try office.indexes(watch) == [])
        office.sets(4)
        #expect(try office.indexes(watch) == [8])
        #expect(office.types(watch) == [.stream, .response])
        #expect(office.store.directory.watches.count == 0)
    }

    @Test func onceEndsWithTheFirstEventOfHistory() throws {
        let office = Office()
        office.lead()
        office.sets(3)
        try office.tree(.set, "/b", "1")
        let watch = office.watch("/b", from: 1, once: true)
        office.turn()
        #expect(office.types(watch) == [.stream, .response])
        #expect(try office.indexes(watch) == [7])
    }

    @Test func isToldWhenItsBeginningIsForgotten() throws {
        let office = Office()
        office.lead()
        office.sets(10_010)
        let watch = office.watch("/a", from: 8)
        office.turn()
        #expect(office.types(watch) == [.response])
        let last: TreeResponse = try office.last(watch)
        #expect(last.failure?.code == 401 && last.failure?.index == 10_013)
        #expect(
            last.failure?.cause
                == Array("the requested history has been cleared [14/8]".utf8))
    }

    /// Slow readers become places in the history, until it runs away from them.
    @Test func aSlowReaderLosesNothingOrIsTold() throws {
        let office = Office()
        office.lead()
        office.open(2, streamCredit: 500, connectionCredit: 1 << 20)
        let patient = office.watch("/a", session: 2)
        let lazy = office.watch("/a", session: 2)
        office.sets(3_000)
        #expect(try office.indexes(patient).count < 20)
        while try office.indexes(patient).count < 3_000 {
            office.credit(patient, 9_000, session: 2)
        }
        #expect(try office.indexes(patient) == Array(4..<3_004))
        office.sets(8_000)
        while try office.indexes(patient).count < 11_000 {
            office.credit(patient, 90_000, session: 2)
        }
        #expect(try office.indexes(patient) == Array(4..<11_004))
        office.credit(lazy, 100_000, session: 2)
        let last: TreeResponse = try office.last(lazy)
        #expect(last.failure?.code == 401 && office.types(lazy).last == .response)
        let seen = try office.indexes(lazy)
        #expect(seen == Array(4..<(4 + UInt64(seen.count))))
    }

    /// More events in one turn than are remembered: who keeps up hears them all.
    @Test func liveReadersAreToldBeforeHistoryIsForgotten() throws {
        let office = Office()
        office.lead()
        office.open(2, streamCredit: 1 << 28, connectionCredit: 1 << 28)
        let watch = office.watch("/a", session: 2)
        for number in 0..<12_000 { office.ask(.tree, request(.set, "/a", "\(number)").encoded) }
        office.finishAll()
        #expect(try office.indexes(watch) == Array(4..<12_004))
    }

    @Test func anEventIsWrittenOnceForAll() throws {
        let office = Office()
        office.lead()
        let watches = (0..<50).map { _ in office.watch("/a") }
        office.ask(.tree, request(.set, "/a", String(repeating: "x", count: 10_000)).encoded)
        office.store.step(.logWritten, at: office.now)
        office.store.endTurn(at: office.now)
        let bodies = office.store.effects.frames.filter { $0.type == .stream }.map(\.body)
        #expect(bodies.count == watches.count && Set(bodies.map(\.lowerBound)).count == 1)
    }

    @Test func endsWhenItIsCancelledOrTheReaderLeaves() throws {
        let office = Office()
        office.lead()
        office.open(2)
        let first = office.watch("/")
        _ = office.watch("/", session: 2)
        office.step(.cancelled(SessionID(rawValue: 1), stream: first))
        #expect(try office.code(first) == .cancelled)
        office.step(.closed(SessionID(rawValue: 2)))
        #expect(office.store.directory.watches.count == 0)
        try office.tree(.set, "/a", "1")
        #expect(office.types(first) == [.stream, .error])
    }

    /// A member that was cut off hears of all that it missed, from its own history.
    @Test func watchesOfAMemberThatCatchesUpMissNothing() throws {
        let street = Street(3)
        let leader = street.elect()
        let follower = street.offices.first { $0 !== leader }!
        let watch = follower.watch("/")
        leader.ask(.tree, request(.set, "/a", "1").encoded)
        street.settle()
        street.cutOff = [follower.id]
        for number in 0..<50 { leader.ask(.tree, request(.set, "/b/\(number)").encoded) }
        street.settle()
        #expect(try follower.indexes(watch) == [4])
        street.cutOff = []
        for _ in 0..<20 { street.pass(50) }
        #expect(try follower.indexes(watch) == Array(4...54))
    }
}
