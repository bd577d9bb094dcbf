import EventLoop
import Testing
import Units
import Wire

@testable import Client

private func event(_ index: UInt64, _ key: UInt8 = 1) -> TreeResponse {
    TreeResponse(
        index: index, action: .set, node: TreeNode(key: [0x2F, key], modifiedIndex: index))
}

@Suite struct DirectoryCallTests {
    @Test func aWatchGoesOnAfterTheLastIndexItSaw() {
        let bench = Bench()
        bench.members[0].onRequest = { request in
            request.part(TreeResponse(index: 4, created: true))
            request.part(event(6))
            request.hangUp()
        }
        var asked: UInt64 = 0
        bench.members[1].onRequest = { request in
            asked = request.decoded(TreeWatchRequest.self).waitIndex
            request.part(TreeResponse(index: 9, created: true))
            request.part(event(6))
            request.part(event(9))
            request.answer(TreeResponse(failure: TreeFailure(code: 401, index: 20_000)))
        }
        var seen: [UInt64] = []
        var end: TreeResponse?
        let watch = bench.client.watchTree(TreeWatchRequest(path: [0x2F], recursive: true)) {
            seen.append($0.node!.modifiedIndex)
        } then: {
            end = try? $0.get()
        }
        bench.run { end != nil }
        #expect(asked == 7 && seen == [6, 9] && watch.next == 10)
        #expect(end?.failure?.code == 401)
    }

    @Test func aListingThatBreaksBeginsAnew() {
        let bench = Bench()
        bench.members[0].onRequest = { request in
            request.part(TreeResponse(nodes: [TreeNode(key: [1])]))
            request.hangUp()
        }
        bench.members[1].onRequest = { request in
            #expect(request.decoded(TreeRequest.self).chunked)
            request.part(TreeResponse(nodes: [TreeNode(key: [2])]))
            request.part(TreeResponse(nodes: [TreeNode(key: [3])]))
            request.answer(TreeResponse(index: 5, node: TreeNode(directory: true)))
        }
        let answer = bench.client.wait {
            bench.client.list(TreeRequest(path: [0x2F], recursive: true), then: $0)
        }
        let keys = (try? answer.get())?.nodes.map(\.key)
        #expect(keys == [[2], [3]])
    }

    /// A change whose connection broke may have happened; a look is asked again.
    @Test func changesAreNotRepeatedAndLooksAre() {
        let bench = Bench()
        for member in bench.members { member.onRequest = { $0.hangUp() } }
        let change = bench.client.wait {
            bench.client.tree(TreeRequest(action: .set, path: [0x2F, 1]), then: $0)
        }
        guard case .failure = change else {
            Issue.record("a change was answered")
            return
        }
        #expect(bench.members.reduce(0) { $0 + $1.requests.count } == 1)
        bench.members[1].onRequest = { $0.answer(TreeResponse(index: 7)) }
        bench.members[0].onRequest = { $0.answer(TreeResponse(index: 7)) }
        let look = bench.client.wait { bench.client.tree(TreeRequest(path: [0x2F]), then: $0) }
        #expect((try? look.get())?.index == 7)
    }
}
