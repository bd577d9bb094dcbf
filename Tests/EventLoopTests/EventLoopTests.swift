import EventLoop
import Testing
import Units

struct LoopTests {
    @Test func aLoopWithNothingToWaitForEnds() throws {
        try withLoop { $0.run() }
    }

    @Test func theClockStandsStillInsideATurnAndMovesOnBetween() throws {
        try withLoop { loop in
            var seen: [Instant] = []
            loop.nextTurn {
                seen = [loop.now, loop.now]
                loop.nextTurn { seen.append(loop.now) }
            }
            loop.turn { seen.count == 3 }
            #expect(seen[0] == seen[1])
            #expect(seen[2] > seen[1])
        }
    }

    @Test func hooksRunAfterInputAndBeforeOutput() throws {
        try withLoop { loop in
            let (left, right) = try Stream.pair(on: loop)
            let inbox = Inbox(right)
            var story: [String] = []
            loop.onTurn {
                guard story.last == "input" else { return }
                story.append("hook")
                left.send(text: "from the hook")
            }
            loop.nextTurn { story.append("input") }
            loop.turn { inbox.text == "from the hook" }
            #expect(story == ["input", "hook"])
        }
    }

    @Test func stopClosesEveryHandle() throws {
        let loop = Loop()
        let timer = Timer(on: loop) { _ in }
        timer.start(after: .seconds(3600))
        let (left, _) = try Stream.pair(on: loop)
        let wakeup = Wakeup(on: loop) {}
        let listener = try Listener.open(on: loop, .host("127.0.0.1", port: 0)) { _ in }
        loop.nextTurn { loop.stop() }
        loop.run()
        #expect(loop.openHandles == 0)
        #expect(timer.isClosed && left.isClosed && wakeup.isClosed && listener.isClosed)
    }

    @Test func aClosedHandleLetsGoOfItsOwner() throws {
        final class Owner {}
        try withLoop { loop in
            weak var watched: Owner?
            do {
                let owner = Owner()
                watched = owner
                let timer = Timer(on: loop) { _ in _ = owner }
                timer.start(after: .seconds(3600))
                #expect(watched != nil)
                timer.close()
            }
            loop.turn { watched == nil }
        }
    }
}

struct TimerTests {
    @Test func aTimerIsNeverEarly() throws {
        try withLoop { loop in
            for nanoseconds in [0, 1, 700_000, 1_000_000, 2_300_000] as [UInt64] {
                let due = loop.now + Instant.Span(nanoseconds: nanoseconds)
                var rang: Instant?
                let timer = Timer(on: loop) { _ in rang = loop.now }
                timer.start(at: due)
                loop.turn { rang != nil }
                #expect(rang! >= due)
                timer.close()
            }
        }
    }

    @Test func timersRingInOrderAndStoppedOnesDoNot() throws {
        try withLoop { loop in
            var rang: [Int] = []
            let timers = (0..<4).map { number in Timer(on: loop) { _ in rang.append(number) } }
            for (number, timer) in timers.enumerated() {
                timer.start(after: .milliseconds(UInt64(8 - 2 * number)))
            }
            timers[2].stop()
            loop.turn { rang.count == 3 }
            #expect(rang == [3, 1, 0])
        }
    }

    @Test func aBeatGoesOnUntilItIsStopped() throws {
        try withLoop { loop in
            var beats = 0
            let timer = Timer(on: loop) { timer in
                beats += 1
                if beats == 3 { timer.stop() }
            }
            timer.start(every: .milliseconds(1))
            loop.turn { beats == 3 }
            #expect(!timer.isActive)
        }
    }
}

struct WakeupTests {
    @Test func aBellIsHeardFromAnotherThread() throws {
        try withLoop { loop in
            var rung = 0
            let bell = Wakeup(on: loop) { rung += 1 }
            let rope = bell.sender
            let worker = Worker(on: loop, name: "ringer") { 0 }
            worker.perform({ _ in for _ in 0..<100 { rope.ring() } }, then: { _ in })
            loop.turn { rung > 0 && worker.pending == 0 }
            #expect(rung <= 100)
            bell.close()
            rope.ring()
        }
    }
}

struct WorkerTests {
    @Test func jobsAreDoneInOrderByOneThreadThatOwnsItsState() throws {
        try withLoop { loop in
            let worker = Worker(on: loop, name: "counter") { [Int]() }
            var heard: [[Int]] = []
            for number in 0..<100 {
                worker.perform(
                    { state in
                        state.append(number)
                        return state
                    }, then: { heard.append($0) })
            }
            #expect(worker.pending == 100)
            loop.turn { heard.count == 100 }
            #expect(heard.enumerated().allSatisfy { $1 == Array(0...$0) })
            #expect(worker.pending == 0)
        }
    }

    @Test func aJobMayBeGivenFromTheEndOfAnother() throws {
        try withLoop { loop in
            let worker = Worker(on: loop, name: "chain") { 0 }
            var last = 0
            func next() {
                worker.perform(
                    {
                        $0 += 1
                        return $0
                    },
                    then: { count in
                        last = count
                        if count < 50 { next() }
                    })
            }
            next()
            loop.turn { last == 50 }
        }
    }

    @Test func stopLetsGivenJobsEndAndRefusesNewOnes() throws {
        let loop = Loop()
        let worker = Worker(on: loop, name: "last") { 0 }
        var heard: [Int] = []
        for number in 0..<10 {
            worker.perform(
                { _ in number },
                then: { number in
                    heard.append(number)
                    worker.perform({ _ in -1 }, then: { heard.append($0) })
                })
        }
        var ended = false
        worker.close { ended = true }
        loop.stop()
        loop.run()
        #expect(heard == Array(0..<10))
        #expect(ended && loop.openHandles == 0)
    }
}
