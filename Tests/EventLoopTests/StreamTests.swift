import EventLoop
import Glibc
import Testing
import Units

struct StreamTests {
    @Test func whatIsSentInATurnArrivesInOrder() throws {
        try withLoop { loop in
            let (left, right) = try Stream.pair(on: loop)
            let inbox = Inbox(right)
            for number in 0..<100 { left.send(text: "\(number),") }
            #expect(inbox.bytes.isEmpty)
            #expect(left.buffered > 0)
            let wanted = (0..<100).map { "\($0)," }.joined()
            loop.turn { inbox.text == wanted }
            #expect(left.buffered == 0)
        }
    }

    @Test func unusedInputIsShownAgainWithWhatFollows() throws {
        try withLoop { loop in
            let (left, right) = try Stream.pair(on: loop)
            var shown: [String] = []
            right.onRead = { bytes in
                shown.append(String(decoding: bytes.array, as: UTF8.self))
                return bytes.count / 4 * 4
            }
            right.resumeReading()
            left.send(text: "abcdef")
            loop.turn { shown.count == 1 }
            left.send(text: "gh")
            loop.turn { shown.count == 2 }
            #expect(shown == ["abcdef", "efgh"])
        }
    }

    /// Frames of many sizes, in pieces that respect nothing: below and above what is copied.
    @Test(arguments: [1, 2, 3]) func framesOfAnySizeSurvive(seed: UInt64) throws {
        try withLoop { loop in
            var chance = Chance(seed: seed, name: "frames")
            let (left, right) = try Stream.pair(on: loop)
            let sizes = [1, 100, 5_000, 65_000, 70_000, 300_000, 2_000_000, 12, 900_000, 3]
                .shuffled(using: &chance)
            var got: [Int] = []
            right.onRead = { bytes in
                var used = 0
                while bytes.count - used >= 4 {
                    let size = Int(bytes.little(UInt32.self, at: used))
                    guard bytes.count - used >= 4 + size else { break }
                    let mark = UInt8(truncatingIfNeeded: size)
                    let good = stride(from: 0, to: size, by: 997).allSatisfy {
                        bytes[used + 4 + $0] == mark
                    }
                    got.append(good ? size : -1)
                    used += 4 + size
                }
                return used
            }
            right.resumeReading()
            for size in sizes {
                left.send { out in
                    out.append(little: UInt32(size))
                    out += [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
                }
            }
            loop.turn { got.count == sizes.count }
            #expect(got == sizes)
        }
    }

    @Test func aPausedReaderMakesTheWriterWaitAndThenGetsAll() throws {
        try withLoop { loop in
            let (left, right) = try Stream.pair(on: loop)
            let inbox = Inbox(right)
            right.pauseReading()
            var drained = false
            let size = 8 << 20
            left.send { $0 += [UInt8](repeating: 7, count: size) }
            for _ in 0..<10 { loop.poll() }
            #expect(left.buffered > size / 2)
            left.whenBuffered(atMost: 1000) {
                #expect(left.buffered <= 1000)
                drained = true
            }
            #expect(inbox.bytes.isEmpty)
            right.resumeReading()
            loop.turn { inbox.bytes.count == size }
            loop.turn { left.buffered == 0 }
            #expect(drained)
        }
    }

    @Test func leftoversAreShownWhenReadingResumes() throws {
        try withLoop { loop in
            let (left, right) = try Stream.pair(on: loop)
            var shown: [String] = []
            right.onRead = { bytes in
                shown.append(String(decoding: bytes.array, as: UTF8.self))
                right.pauseReading()
                return 2
            }
            right.resumeReading()
            left.send(text: "abcd")
            loop.turn { shown.count == 1 }
            right.resumeReading()
            loop.turn { shown.count == 2 }
            #expect(shown == ["abcd", "cd"])
        }
    }

    @Test func tooMuchLeftUnreadIsAFailure() throws {
        try withLoop { loop in
            let (left, right) = try Stream.pair(on: loop)
            var end: EventLoop.Stream.End?
            right.onRead = { _ in 0 }
            right.onEnd = { end = $0 }
            right.resumeReading()
            left.send { $0 += [UInt8](repeating: 0, count: Limits.leftover + 1) }
            loop.turn { end != nil }
            guard case .failed(let failure) = end else {
                Issue.record("\(end!)")
                return
            }
            #expect(failure.reason == .unreadInput(limit: Limits.leftover))
        }
    }

    @Test func theEndOfTheOtherSideIsTold() throws {
        try withLoop { loop in
            let (left, right) = try Stream.pair(on: loop)
            let inbox = Inbox(right)
            left.send(text: "bye")
            left.finish()
            loop.turn { inbox.end != nil }
            #expect(inbox.end == .finished)
            #expect(inbox.text == "bye")
            right.close()
            loop.turn { left.isClosed }
        }
    }

    @Test func writingToOneThatIsGoneIsAFailureAndNoSignal() throws {
        try withLoop { loop in
            let (left, right) = try Stream.pair(on: loop)
            var end: EventLoop.Stream.End?
            left.onEnd = { end = $0 }
            right.close()
            loop.poll()
            left.send(text: "hello?")
            loop.turn { end != nil }
            #expect(end == .failed(LoopFailure(.reset, "write to", "unix")))
        }
    }

    /// A close with unread input would reset the connection and lose what was said last.
    @Test func lastWordsReachOneWhoIsStillTalking() throws {
        try withLoop { loop in
            var taken: EventLoop.Stream?
            let listener = try Listener.open(on: loop, .host("127.0.0.1", port: 0)) { taken = $0 }
            var caller: EventLoop.Stream?
            Connect.start(on: loop, to: listener.address) { caller = try? $0.get() }
            loop.turn { taken != nil && caller != nil }
            let inbox = Inbox(caller!)
            caller!.send { $0 += [UInt8](repeating: 1, count: 1 << 20) }
            taken!.send(text: "last words")
            taken!.finish()
            loop.turn { inbox.end != nil }
            #expect(inbox.text == "last words")
            #expect(inbox.end == .finished)
        }
    }

    @Test func oneWhoNeverReadsCannotHoldUpAFinish() throws {
        try withLoop { loop in
            let (left, right) = try Stream.pair(on: loop)
            left.send { $0 += [UInt8](repeating: 1, count: 4 << 20) }
            left.finish(within: .milliseconds(5))
            loop.turn { left.isClosed }
            #expect(!right.isClosed)
        }
    }

    @Test func aUnixSocketKnowsWhoIsThere() throws {
        try withLoop { loop in
            let (left, _) = try Stream.pair(on: loop)
            let who = try #require(left.credentials)
            #expect(who.process == getpid() && who.user == getuid() && who.group == getgid())
        }
    }
}

struct ListenerTests {
    @Test func tcpConnectsAndNamesBothEnds() throws {
        try withLoop { loop in
            var taken: EventLoop.Stream?
            let listener = try Listener.open(on: loop, .host("127.0.0.1", port: 0)) { taken = $0 }
            guard case .host(_, let port) = listener.address else {
                Issue.record()
                return
            }
            #expect(port != 0)
            var caller: EventLoop.Stream?
            Connect.start(on: loop, to: .host("localhost", port: port)) {
                caller = try? $0.get()
            }
            loop.turn { taken != nil && caller != nil }
            #expect(caller!.peer == "127.0.0.1:\(port)")
            #expect(taken!.peer == caller!.localAddress?.description)
            #expect(taken!.credentials == nil)
        }
    }

    /// A toy cipher: what a turn sent is sealed once, in order with what needs no sealing, and waits
    /// as long as the cipher is not ready.
    @Test func whatIsSealedLeavesOncePerTurn() throws {
        try withLoop { loop in
            let (left, right) = try EventLoop.Stream.pair(on: loop)
            var heard: [UInt8] = []
            right.onRead = {
                heard += $0.array
                return $0.count
            }
            right.resumeReading()
            var isReady = false
            var turns: [Int] = []
            left.seal = { plain, out in
                guard isReady else { return }
                if !plain.isEmpty { turns.append(plain.count) }
                out += plain.map { $0 ^ 0xFF }
                plain.removeAll(keepingCapacity: true)
            }
            left.send([1].span)
            left.sendSealed { $0.append(9) }
            loop.turn { heard == [9] }
            #expect(left.buffered == 1)
            isReady = true
            left.send([2].span)
            left.send([3].span)
            loop.turn { heard.count == 4 }
            #expect(heard == [9, 0xFE, 0xFD, 0xFC] && turns == [3] && left.buffered == 0)
            left.send([4].span)
            left.finish()
            loop.turn { heard.count == 5 }
            #expect(heard.last == 0xFB)
            right.close()
        }
    }

    @Test func aPortInUseIsNamed() throws {
        try withLoop { loop in
            let first = try Listener.open(on: loop, .host("127.0.0.1", port: 0)) { _ in }
            let failure = #expect(throws: LoopFailure.self) {
                try Listener.open(on: loop, first.address) { _ in }
            }
            #expect(failure?.reason == .addressInUse)
            #expect(
                failure?.description
                    == "cannot listen on \(first.address): address in use; "
                    + "stop the program that has it or choose another")
        }
    }

    @Test(arguments: [
        ("192.0.2.1", LoopFailure.Reason.addressNotHere),
        ("no-such-host.invalid", LoopFailure.Reason.unknownHost),
    ]) func badAddressesAreNamed(host: String, reason: LoopFailure.Reason) throws {
        try withLoop { loop in
            let failure = #expect(throws: LoopFailure.self) {
                try Listener.open(on: loop, .host(host, port: 4001)) { _ in }
            }
            #expect(failure?.reason == reason)
        }
    }

    @Test func nobodyThereIsRefused() throws {
        try withLoop { loop in
            let listener = try Listener.open(on: loop, .host("127.0.0.1", port: 0)) { _ in }
            let address = listener.address
            listener.close()
            loop.poll()
            var outcome: Connect.Outcome?
            Connect.start(on: loop, to: address) { outcome = $0 }
            loop.turn { outcome != nil }
            guard case .failure(let failure) = outcome else {
                Issue.record()
                return
            }
            #expect(failure.description == "cannot connect to \(address): nobody listens there")
        }
    }

    @Test func aCancelledAttemptSaysNothing() throws {
        try withLoop { loop in
            let listener = try Listener.open(on: loop, .host("127.0.0.1", port: 0)) { $0.close() }
            var called = false
            let attempt = Connect.start(on: loop, to: listener.address) { _ in called = true }
            attempt.cancel()
            let late = Connect.start(on: loop, to: listener.address) { _ in called = true }
            loop.nextTurn { late.cancel() }
            for _ in 0..<5 { loop.poll() }
            #expect(!called)
        }
    }

    @Test func anAddressThatDoesNotAnswerTimesOut() throws {
        try withLoop { loop in
            // Nobody accepts, and the queue is full: the kernel drops what comes after.
            let deaf = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(deaf) }
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let bound = withUnsafePointer(to: &name) {
                bind(deaf, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), 16)
            }
            #expect(bound == 0)
            listen(deaf, 0)
            var size = socklen_t(16)
            withUnsafeMutablePointer(to: &name) {
                _ = getsockname(
                    deaf, UnsafeMutableRawPointer($0).assumingMemoryBound(to: sockaddr.self), &size)
            }
            let port = UInt16(bigEndian: name.sin_port)
            var outcomes: [Connect.Outcome] = []
            for _ in 0..<4 {
                Connect.start(
                    on: loop, to: .host("127.0.0.1", port: port), limit: .milliseconds(5)
                ) { outcomes.append($0) }
            }
            loop.turn { outcomes.count == 4 }
            #expect(
                outcomes.contains {
                    if case .failure(let failure) = $0 {
                        failure.reason == .timedOut
                    } else {
                        false
                    }
                })
        }
    }
}

struct UnixListenerTests {
    private let scratch = Scratch()
    private var address: Address { .unix("\(scratch.path)/door") }

    private func mode(of path: String) -> UInt32 {
        var facts = stat()
        return lstat(path, &facts) == 0 ? UInt32(facts.st_mode) & 0o777 : 0
    }

    @Test func modeAndFileComeAndGo() throws {
        try withLoop { loop in
            var taken = 0
            let listener = try Listener.open(on: loop, address, access: .init(mode: 0o620)) { _ in
                taken += 1
            }
            #expect(mode(of: "\(scratch.path)/door") == 0o620)
            Connect.start(on: loop, to: address) { _ in }
            loop.turn { taken == 1 }
            listener.close()
            #expect(mode(of: "\(scratch.path)/door") == 0)
        }
    }

    @Test func theGroupIsSetOrNamed() throws {
        try withLoop { loop in
            let own = String(cString: getgrgid(getgid()).pointee.gr_name)
            let good = try Listener.open(on: loop, address, access: .init(group: own)) { _ in }
            good.close()
            let failure = #expect(throws: LoopFailure.self) {
                try Listener.open(on: loop, address, access: .init(group: "no-such")) { _ in }
            }
            #expect(failure?.reason == .unknownGroup("no-such"))
        }
    }

    @Test func aStaleSocketIsReplacedAndALivingOneIsNot() throws {
        try withLoop { loop in
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &name.sun_path) {
                $0.copyBytes(from: "\(scratch.path)/door".utf8)
            }
            let bound = withUnsafePointer(to: &name) {
                bind(
                    descriptor,
                    UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
                    socklen_t(MemoryLayout<sockaddr_un>.size))
            }
            #expect(bound == 0)
            close(descriptor)
            _ = try Listener.open(on: loop, address) { _ in }
            let failure = #expect(throws: LoopFailure.self) {
                try Listener.open(on: loop, address) { _ in }
            }
            #expect(failure?.reason == .addressInUse)
        }
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() throws {
        try withLoop { loop in
            let descriptor = creat("\(scratch.path)/door", 0o600)
            close(descriptor)
            let failure = #expect(throws: LoopFailure.self) {
                try Listener.open(on: loop, address) { _ in }
            }
            #expect(failure?.reason == .notASocket)
            #expect(mode(of: "\(scratch.path)/door") == 0o600)
        }
    }

    @Test func longPathsAreRefusedByName() throws {
        try withLoop { loop in
            let long = Address.unix("/" + String(repeating: "x", count: Limits.unixPath))
            let failure = #expect(throws: LoopFailure.self) {
                try Listener.open(on: loop, long) { _ in }
            }
            #expect(failure?.reason == .nameTooLong(limit: Limits.unixPath))
            var outcome: Connect.Outcome?
            Connect.start(on: loop, to: long) { outcome = $0 }
            loop.turn { outcome != nil }
            guard case .failure(let connecting) = outcome else {
                Issue.record()
                return
            }
            #expect(connecting.reason == .nameTooLong(limit: Limits.unixPath))
        }
    }

    @Test(arguments: [AF_INET, AF_UNIX]) func boundDescriptorsAreAdopted(family: Int32) throws {
        try withLoop { loop in
            let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
            let status: Int32
            if family == AF_UNIX {
                var name = sockaddr_un()
                name.sun_family = sa_family_t(AF_UNIX)
                withUnsafeMutableBytes(of: &name.sun_path) {
                    $0.copyBytes(from: "\(scratch.path)/door".utf8)
                }
                status = withUnsafePointer(to: &name) {
                    bind(
                        descriptor, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
                        socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            } else {
                var name = sockaddr_in()
                name.sin_family = sa_family_t(AF_INET)
                name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
                status = withUnsafePointer(to: &name) {
                    bind(
                        descriptor, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
                        socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            #expect(status == 0)
            var taken = 0
            let listener = try Listener.adopt(
                on: loop, descriptor: descriptor, family == AF_UNIX ? .unix : .tcp
            ) { _ in taken += 1 }
            if family == AF_UNIX { #expect(listener.address == address) }
            Connect.start(on: loop, to: listener.address) { _ in }
            loop.turn { taken == 1 }
            listener.close()
            // Whoever bound it owns the file.
            if family == AF_UNIX { #expect(mode(of: "\(scratch.path)/door") != 0) }
        }
    }

    @Test func aDescriptorThatIsNoSocketIsRefused() throws {
        try withLoop { loop in
            #expect(throws: LoopFailure.self) {
                try Listener.adopt(on: loop, descriptor: 1_000_000, .tcp) { _ in }
            }
        }
    }
}
