import EventLoop
import RPC
import Testing
import Units
import Wire

@testable import Client

/// A server that does as a test tells it, on the loop of the client.
final class FakeMember {
    struct Request {
        var connection: Connection
        var header: FrameHeader
        var body: [UInt8]
        var turn: UInt64

        func decoded<Message: WireMessage>(_ type: Message.Type = Message.self) -> Message {
            try! Message(decoding: body.span)
        }

        func answer(_ message: some WireMessage) {
            connection.send(
                .response, stream: header.stream, method: header.method, body: message.encoded.span)
        }

        func part(_ message: some WireMessage) {
            connection.send(
                .stream, stream: header.stream, method: header.method, body: message.encoded.span)
        }

        func fail(_ error: WireError) { connection.fail(header.stream, header.method, error) }

        func fail(_ code: ErrorCode) { fail(WireError(code: code, message: "as told")) }

        /// Leaves without having looked at this call.
        func goAway(lastStream: UInt32) {
            connection.stream.send { out in
                let start = out.beginFrame()
                Goaway(code: .shuttingDown, message: "as told", lastStream: lastStream)
                    .encode(into: &out)
                out.endFrame(at: start, type: .goaway)
            }
        }

        func hangUp() { connection.close() }
    }

    let server: Server
    let address: Address
    private(set) var requests: [Request] = []
    var onRequest: (Request) -> Void = { _ in }

    init(on loop: Loop) {
        server = Server(on: loop, Settings(software: "fake/1"))
        address = try! server.listen(on: .host("127.0.0.1", port: 0)).address
        server.onConnection = { [unowned self] connection in
            connection.onCancel = { connection, stream in
                connection.fail(stream, .watch, WireError(code: .cancelled, message: "as told"))
            }
            connection.onFrame = { [unowned self] connection, header, body in
                let request = Request(
                    connection: connection, header: header, body: body.array, turn: loop.turns)
                requests.append(request)
                onRequest(request)
            }
        }
    }

    /// An address at which nobody listens.
    static func nowhere(on loop: Loop) -> Address {
        let member = FakeMember(on: loop)
        member.server.close()
        return member.address
    }
}

/// A client, its loop, and some members to talk to. The first member is asked first.
final class Bench {
    let loop = Loop()
    var members: [FakeMember] = []
    let client: Client

    init(members count: Int = 2, before: (Loop) -> [Address] = { _ in [] }) {
        let loop = loop
        members = (0..<count).map { _ in FakeMember(on: loop) }
        client = Client(
            on: loop, before(loop) + members.map(\.address), software: "test/1", seed: 7)
    }

    deinit {
        client.close()
        for member in members { member.server.close() }
        loop.stop()
        loop.run()
    }

    func run(_ until: () -> Bool) {
        let held = loop.run(for: .seconds(10), until: until)
        #expect(held, "it did not happen within ten seconds")
    }

    func put(_ patience: Patience = .init()) -> Result<PutResponse, ClientFailure> {
        client.wait { self.client.put(PutRequest(key: [1], value: [2]), patience, then: $0) }
    }

    func range(_ patience: Patience = .init()) -> Result<RangeResponse, ClientFailure> {
        client.wait { self.client.range(RangeRequest(key: [1]), patience, then: $0) }
    }

    func keepAlive() -> Result<LeaseKeepAliveResponse, ClientFailure> {
        client.wait { self.client.keepAlive(LeaseKeepAliveRequest(id: 1), then: $0) }
    }
}

extension FakeMember.Request {
    /// An answer to whatever it is.
    func serve() {
        switch header.method {
        case .put: answer(PutResponse(header: ResponseHeader(revision: 9)))
        case .range: answer(RangeResponse(header: ResponseHeader(revision: 9)))
        case .leaseKeepAlive: answer(LeaseKeepAliveResponse(id: 1, ttl: 5))
        default: fail(.unknownMethod)
        }
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }

    var isSuccess: Bool { failure == nil }
}
