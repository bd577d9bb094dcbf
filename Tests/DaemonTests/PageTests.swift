import EventLoop
import Glibc
import Testing
import Units

@testable import Daemon

@Suite struct PageRequestTests {
    @Test(
        arguments: [
            ("", .partial), ("GET / HTTP/1.1\r\n", .partial),
            ("GET / HTTP/1.1\r\nHost: x\r\n", .partial),
            ("GET / HTTP/1.1\r\n\r\n", .request(PageRequest(path: "/"))),
            (
                "GET /a?b=c&d&e=f=g HTTP/1.0\n\n",
                .request(
                    PageRequest(
                        path: "/a", query: [.init("b", "c"), .init("d", ""), .init("e", "f=g")]))
            ),
            ("POST / HTTP/1.1\r\n", .refused(405)), ("get / HTTP/1.1\r\n", .refused(405)),
            ("GET / HTTP/2.0\r\n", .refused(505)), ("GET /\r\n", .refused(400)),
            ("GET  / HTTP/1.1\r\n", .refused(400)), ("GET http://x/ HTTP/1.1\r\n", .refused(400)),
            ("\r\n\r\n", .refused(400)), ("GET /\u{7F} HTTP/1.1\r\n", .refused(400)),
            ("GET / HTTP/1.1\r\nno colon\r\n", .refused(400)),
            ("GET / HTTP/1.1\r\n: empty\r\n", .refused(400)),
            ("GET / HTTP/1.1\r\na: \u{1}\r\n", .refused(400)),
        ] as [(String, PageRequest.Outcome)]) func forms(
            text: String, outcome: PageRequest.Outcome
        )
    {
        #expect(PageRequest.read(Array(text.utf8).span) == outcome)
    }

    @Test func whatIsTooLongIsRefused() {
        let long = String(repeating: "x", count: Limits.pageHead)
        #expect(PageRequest.read(Array("GET /\(long)".utf8).span) == .refused(414))
        let field = "GET / HTTP/1.1\r\na: \(long)"
        #expect(PageRequest.read(Array(field.utf8).span) == .refused(431))
        let fields = String(repeating: "a: b\r\n", count: Limits.pageFields + 1)
        #expect(
            PageRequest.read(Array("GET / HTTP/1.1\r\n\(fields)\r\n".utf8).span) == .refused(431))
    }

    /// Whatever comes, in whatever pieces: the same outcome, and never a trap.
    @Test func piecesDoNotMatterFuzz() {
        var chance = Chance(seed: 11, name: "page")
        let seeds = [
            "GET /metrics?a=b HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n",
            "GET / HTTP/1.0\n\n", "POST / HTTP/1.1\r\n\r\n",
        ].map { Array($0.utf8) }
        for _ in 0..<5_000 {
            var bytes = seeds[Int(chance.below(3))]
            for _ in 0..<chance.below(4) {
                let at = Int(chance.below(UInt64(bytes.count)))
                switch chance.below(3) {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: chance.next())
                case 1: bytes.remove(at: at)
                default: bytes.insert(UInt8(truncatingIfNeeded: chance.next()), at: at)
                }
            }
            let whole = PageRequest.read(bytes.span)
            var first = PageRequest.Outcome.partial
            for count in 0...bytes.count {
                first = PageRequest.read(bytes.span.extracting(0..<count))
                if first != .partial { break }
            }
            #expect(first == whole)
        }
    }
}

/// A page and somebody who asks it over a socket.
private final class Reader {
    let stream: EventLoop.Stream
    private(set) var text = ""
    private(set) var isOver = false

    init(_ stream: EventLoop.Stream) {
        self.stream = stream
        stream.onRead = { [unowned self] bytes in
            text += String(decoding: bytes.array, as: UTF8.self)
            return bytes.count
        }
        stream.onEnd = { [unowned self] _ in
            isOver = true
            self.stream.close()
        }
        stream.resumeReading()
    }

    static func connected(to address: Address, on loop: Loop) throws -> Reader {
        guard case .host(_, let port) = address else { preconditionFailure("no port") }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(status == 0)
        return Reader(try EventLoop.Stream(adopting: socket, .tcp, on: loop))
    }

    func send(_ text: String) { stream.send { $0 += Array(text.utf8) } }
}

@Suite struct MetricsPageTests {
    private let usual = Address.host("127.0.0.1", port: 0)

    @Test func oneAnswerAndGoodbye() throws {
        try withLoop { loop in
            let page = try MetricsPage(on: loop, usual) { request, answer in
                answer(PageAnswer(200, "you asked for \(request.path)"))
            }
            let reader = try Reader.connected(to: page.address, on: loop)
            reader.send("GET /x HTTP/1.1\r\nHost: h\r\n")
            let until = loop.turns + 20
            _ = loop.run(for: .milliseconds(20)) { loop.turns > until }
            #expect(reader.text.isEmpty)
            reader.send("\r\nmore that nobody reads")
            #expect(loop.run(for: .seconds(10)) { reader.isOver })
            #expect(
                reader.text == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                    + "Content-Length: 17\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
                    + "you asked for /x\n")
            #expect(loop.run(for: .seconds(10)) { page.connections == 0 })
            page.close()
        }
    }

    @Test(
        arguments: [
            ("POST / HTTP/1.1\r\n\r\n", "405 Method Not Allowed"), ("nonsense\r\n", "400 Bad"),
            ("GET /" + String(repeating: "a", count: 10_000), "414 URI Too Long"),
        ]) func whatIsRefused(request: String, status: String) throws
    {
        try withLoop { loop in
            let page = try MetricsPage(on: loop, usual) { _, _ in Issue.record("not served") }
            let reader = try Reader.connected(to: page.address, on: loop)
            reader.send(request)
            #expect(loop.run(for: .seconds(10)) { reader.isOver })
            #expect(reader.text.hasPrefix("HTTP/1.1 \(status)"))
            page.close()
        }
    }

    @Test func whoIsSlowIsSentAway() throws {
        try withLoop { loop in
            let page = try MetricsPage(on: loop, usual, patience: .milliseconds(10)) { _, _ in }
            let sender = try Reader.connected(to: page.address, on: loop)
            sender.send("GET / HT")
            let asker = try Reader.connected(to: page.address, on: loop)
            asker.send("GET / HTTP/1.1\r\n\r\n")
            #expect(loop.run(for: .seconds(10)) { sender.isOver && asker.isOver })
            #expect(sender.text.hasPrefix("HTTP/1.1 408"))
            #expect(asker.text.hasPrefix("HTTP/1.1 408"))
            #expect(loop.run(for: .seconds(10)) { page.connections == 0 })
            page.close()
        }
    }

    @Test func thereAreNeverTooMany() throws {
        try withLoop { loop in
            let page = try MetricsPage(on: loop, usual) { _, answer in answer(PageAnswer(200, "")) }
            let readers = try (0..<Limits.pageConnections + 3).map { _ in
                try Reader.connected(to: page.address, on: loop)
            }
            #expect(loop.run(for: .seconds(10)) { readers.filter(\.isOver).count == 3 })
            #expect(page.connections == Limits.pageConnections)
            readers.first { !$0.isOver }?.send("GET / HTTP/1.1\r\n\r\n")
            #expect(loop.run(for: .seconds(10)) { page.connections < Limits.pageConnections })
            let late = try Reader.connected(to: page.address, on: loop)
            late.send("GET / HTTP/1.1\r\n\r\n")
            #expect(loop.run(for: .seconds(10)) { late.isOver })
            #expect(late.text.hasPrefix("HTTP/1.1 200"))
            page.close()
            for reader in readers { reader.stream.close() }
        }
    }

    @Test func anAddressThatIsTakenIsRefused() throws {
        try withLoop { loop in
            let page = try MetricsPage(on: loop, usual) { _, _ in }
            #expect(throws: LoopFailure.self) {
                _ = try MetricsPage(on: loop, page.address) { _, _ in }
            }
            page.close()
        }
    }
}
