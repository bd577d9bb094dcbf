import Daemon
import EventLoop
import Glibc
import Testing
import Units

struct NotifyTests {
    @Test(arguments: [true, false]) func systemdHearsHowWeAre(abstract: Bool) {
        let mailbox = Mailbox(abstract: abstract)
        let notify = Notify(Environment(["NOTIFY_SOCKET": mailbox.path]))
        #expect(notify.isWanted)
        notify.ready("serving on :4001")
        #expect(mailbox.text == "READY=1\nSTATUS=serving on :4001")
        notify.status("two\nlines")
        #expect(mailbox.text == "STATUS=two\\nlines")
        notify.reloading(at: Instant(nanoseconds: 5_000_999))
        #expect(mailbox.text == "RELOADING=1\nMONOTONIC_USEC=5000")
        notify.watchdog()
        #expect(mailbox.text == "WATCHDOG=1")
        notify.stopping("")
        #expect(mailbox.text == "STOPPING=1\nSTATUS=")
        #expect(mailbox.text == nil)
    }

    @Test func aLongStatusIsCut() throws {
        let mailbox = Mailbox()
        let notify = Notify(Environment(["NOTIFY_SOCKET": mailbox.path]))
        notify.status(String(repeating: "é", count: 5_000))
        let text = try #require(mailbox.text)
        #expect(text.utf8.count <= Limits.status + 10 && text.hasSuffix("…"))
    }

    @Test(arguments: [nil, "", "relative", "@", "/" + String(repeating: "x", count: 200)])
    func withoutASocketNothingHappens(path: String?) {
        let notify = Notify(Environment(path.map { ["NOTIFY_SOCKET": $0] } ?? [:]))
        #expect(!notify.isWanted)
        notify.ready("x")
    }

    @Test func aSocketThatIsGoneIsNoMatter() {
        var mailbox: Mailbox? = Mailbox()
        let notify = Notify(Environment(["NOTIFY_SOCKET": mailbox!.path]))
        mailbox = nil
        notify.ready("x")
    }
}

struct WatchdogTests {
    @Test func itIsFedTwiceAsOftenAsAskedWhileAllIsWell() throws {
        try withLoop { loop in
            let mailbox = Mailbox()
            let notify = Notify(Environment(["NOTIFY_SOCKET": mailbox.path]))
            var isWell = true
            let watchdog = try #require(
                Watchdog(
                    on: loop, notify, Environment(["WATCHDOG_USEC": "4000"]), isWell: { isWell }))
            #expect(watchdog.beat == .milliseconds(2))
            #expect(mailbox.text == "WATCHDOG=1")
            #expect(loop.run(for: .seconds(10)) { mailbox.next() != nil })
            isWell = false
            while mailbox.next() != nil {}
            let until = loop.now + .milliseconds(20)
            _ = loop.run(for: .seconds(10)) { loop.now >= until }
            #expect(mailbox.next() == nil)
            watchdog.stop()
        }
    }

    @Test(arguments: [
        [:], ["WATCHDOG_USEC": "0"], ["WATCHDOG_USEC": "x"], ["WATCHDOG_USEC": "-5"],
        ["WATCHDOG_USEC": "18446744073709551615"],
        ["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"],
    ]) func nobodyWatches(variables: [String: String]) throws {
        try withLoop { loop in
            #expect(Watchdog(on: loop, Notify(Environment([:])), Environment(variables)) == nil)
        }
    }
}

struct ActivationTests {
    private func bound(_ family: Int32, listening: Bool = true) -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        if family == AF_UNIX {
            // Autobind: the kernel gives an abstract name.
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafePointer(to: &address) {
                _ = bind(
                    descriptor, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), 2)
            }
        }
        if listening { listen(descriptor, 5) }
        return descriptor
    }

    /// The same three under numbers that follow one another, none of which anybody else has: other
    /// tests open descriptors meanwhile.
    private func neighbours(_ one: Int32, _ two: Int32, _ three: Int32) -> (Int32, Int32, Int32) {
        defer { for descriptor in [one, two, three] { close(descriptor) } }
        var least: Int32 = 300
        while true {
            let first = fcntl(one, F_DUPFD, least)
            let second = fcntl(two, F_DUPFD, first + 1)
            let third = fcntl(three, F_DUPFD, second + 1)
            if second == first + 1, third == second + 1 { return (first, second, third) }
            for descriptor in [first, second, third] { close(descriptor) }
            least = third + 1
        }
    }

    @Test func socketsAreTakenWithTheirNames() throws {
        try withLoop { loop in
            let (first, second, third) = neighbours(
                bound(AF_INET), bound(AF_UNIX), bound(AF_INET, listening: false))
            let found = Activation.sockets(
                Environment([
                    "LISTEN_PID": "\(getpid())", "LISTEN_FDS": "3",
                    "LISTEN_FDNAMES": "clients:local:odd",
                ]), first: first)
            #expect(found.map(\.name) == ["clients", "local"])
            #expect(found.map(\.kind) == [.tcp, .unix])
            #expect(found.map(\.descriptor) == [first, second])
            #expect(fcntl(first, F_GETFD) == FD_CLOEXEC)
            var taken = 0
            let listener = try Listener.adopt(
                on: loop, descriptor: found[0].descriptor, found[0].kind
            ) { _ in taken += 1 }
            Connect.start(on: loop, to: listener.address) { _ in }
            #expect(loop.run(for: .seconds(10)) { taken == 1 })
            close(second)
            close(third)
        }
    }

    @Test(arguments: [
        [:], ["LISTEN_FDS": "1"], ["LISTEN_PID": "1", "LISTEN_FDS": "1"],
        ["LISTEN_PID": "x", "LISTEN_FDS": "1"], ["LISTEN_PID": "self", "LISTEN_FDS": "0"],
        ["LISTEN_PID": "self", "LISTEN_FDS": "-3"], ["LISTEN_PID": "self", "LISTEN_FDS": "many"],
        ["LISTEN_PID": "self", "LISTEN_FDS": "99999999"],
    ]) func whatIsNotForUsIsLeftAlone(variables: [String: String]) {
        let own = variables.mapValues { $0 == "self" ? "\(getpid())" : $0 }
        #expect(Activation.sockets(Environment(own), first: 1_000_000).isEmpty)
    }
}

@Suite(.serialized) struct StopOrderTests {
    @Test func theFirstOrderIsCarriedOutAndTheSecondForces() throws {
        try withLoop { loop in
            var story: [String] = []
            let order = try StopOrder(
                on: loop, orderly: { story.append("orderly") }, forced: { story.append("forced") })
            #expect(!order.wasGiven)
            kill(getpid(), SIGTERM)
            #expect(loop.run(for: .seconds(10)) { story == ["orderly"] })
            #expect(order.wasGiven)
            kill(getpid(), SIGINT)
            #expect(loop.run(for: .seconds(10)) { story == ["orderly", "forced"] })
            order.close()
        }
    }
}

struct ProcessFactsTests {
    @Test func theyAreLikely() {
        #expect(ProcessFacts.residentBytes > 1 << 20)
        #expect(ProcessFacts.residentBytes < 1 << 36)
        #expect(ProcessFacts.processorTime > .seconds(0))
        #expect(ProcessFacts.uptime < .seconds(86_400))
    }
}

struct FileMarkTests {
    @Test func itChangesWithTheFile() throws {
        let path = "/tmp/martlet-mark-\(getpid())-\(Loop.seed())"
        #expect(FileMark(of: path) == nil)
        func write(_ text: String, to path: String) throws {
            let file = try #require(fopen(path, "w"))
            fputs(text, file)
            fclose(file)
        }
        try write("one", to: path)
        defer { unlink(path) }
        chmod(path, 0o640)
        let first = FileMark(of: path)
        #expect(first == FileMark(of: path) && first?.mode == 0o640)
        try write("three", to: path)
        let second = FileMark(of: path)
        #expect(second != first)
        // Another in its place, however alike.
        try write("three", to: path + ".new")
        chmod(path + ".new", 0o640)
        rename(path + ".new", path)
        #expect(FileMark(of: path) != second)
        #expect(try SmallFile.read(path, limit: 5) == Array("three".utf8))
        #expect(throws: SmallFile.Fault.self) { try SmallFile.read(path, limit: 4) }
        #expect(throws: SmallFile.Fault.self) { try SmallFile.read(path + "x", limit: 4) }
    }
}
