package import ArgumentParser
internal import Client
internal import EventLoop
internal import Units
internal import Wire

package struct LeaseGrantVerb: Verb {
    package static let examples = [
        Example("A lease of a minute", "martlet store lease grant 60")
    ]
    package static var configuration: CommandConfiguration { entry("grant", "Begin a lease.") }

    @Argument(help: "Seconds that it lives unless it is kept alive.") package var seconds: Int64
    @Option(help: "The id that it is to have, hexadecimal. Else the store chooses.")
    package var id: ID?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard (1...9_000_000_000).contains(seconds) else {
            throw .misused("a lease lives 1 to 9,000,000,000 seconds, not \(seconds)")
        }
        let request = LeaseGrantRequest(ttl: seconds, id: id?.signed ?? 0)
        let answer: LeaseGrantResponse = try session.ask("grant a lease") {
            $0.grant(request, session.patience, then: $1)
        }
        session.print(
            Rendering.object([
                ("lease", .string(Hex.id(answer.id))), ("ttl", .integer(answer.ttl)),
                ("revision", .integer(answer.header?.revision ?? 0)),
            ]), or: "lease \(Hex.id(answer.id)) lives for \(answer.ttl) s")
    }
}

package struct LeaseKeepAliveVerb: Verb {
    package static let examples = [
        Example("Keep it alive until Ctrl-C", "martlet store lease keep-alive 694d77aa9e38260f"),
        Example("Once", "martlet store lease keep-alive 694d77aa9e38260f --once"),
    ]
    package static var configuration: CommandConfiguration {
        entry("keep-alive", "Let a lease live on, once or until Ctrl-C.")
    }

    @Argument(help: "The lease.") package var lease: ID
    @Flag(help: "Once, and be done.") package var once = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let interrupt = Interrupt(session)
        defer { interrupt.close() }
        while true {
            let ttl = try beat(session)
            if once { return }
            // Thrice in its life, so that one lost beat does not end it.
            let pause = Instant.Span.milliseconds(UInt64(max(1, ttl)) * 1000 / 3)
            if session.loop.run(for: pause, until: { interrupt.came }) { return }
        }
    }

    private func beat(_ session: Session) throws(Complaint) -> Int64 {
        let what = "keep lease \(Hex.id(lease.signed)) alive"
        let answer: LeaseKeepAliveResponse = try session.ask(what) {
            $0.keepAlive(LeaseKeepAliveRequest(id: lease.signed), session.patience, then: $1)
        }
        session.print(
            Rendering.object([
                ("lease", .string(Hex.id(lease.signed))), ("ttl", .integer(answer.ttl)),
            ]), or: "lease \(Hex.id(lease.signed)) lives for \(answer.ttl) s")
        session.terminal.flush()
        if session.terminal.brokenBecause != nil { try session.finish() }
        return answer.ttl
    }
}

package struct LeaseRevokeVerb: Verb {
    package static let examples = [
        Example("End it now", "martlet store lease revoke 694d77aa9e38260f")
    ]
    package static var configuration: CommandConfiguration {
        entry("revoke", "End a lease and delete the keys that are tied to it.")
    }

    @Argument(help: "The lease.") package var lease: ID
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let id = Hex.id(lease.signed)
        let answer: LeaseRevokeResponse = try session.ask("revoke lease \(id)") {
            $0.revoke(LeaseRevokeRequest(id: lease.signed), session.patience, then: $1)
        }
        let revision = answer.header?.revision ?? 0
        session.print(
            Rendering.object([("revoked", .string(id)), ("revision", .integer(revision))]),
            or: "lease \(id) is revoked")
    }
}

package struct LeaseTimeToLiveVerb: Verb {
    package static let examples = [
        Example(
            "What is left, and what hangs on it",
            "martlet store lease time-to-live 694d77aa9e38260f --keys")
    ]
    package static var configuration: CommandConfiguration {
        entry("time-to-live", "Show how long a lease still lives.", aliases: ["ttl"])
    }

    @Argument(help: "The lease.") package var lease: ID
    @Flag(help: "Also the keys that are tied to it.") package var keys = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let id = Hex.id(lease.signed)
        let answer: LeaseTimeToLiveResponse = try session.ask("look at lease \(id)") {
            $0.timeToLive(
                LeaseTimeToLiveRequest(id: lease.signed, keys: keys), session.patience, then: $1)
        }
        session.print(
            Rendering.json(answer, keys: keys), or: Rendering.words(answer, keys: keys))
    }
}

package struct LeaseListVerb: Verb {
    package static let examples = [Example("All leases", "martlet store lease list")]
    package static var configuration: CommandConfiguration { entry("list", "List the leases.") }

    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let answer: LeaseListResponse = try session.ask("list the leases") {
            $0.leases(session.patience, then: $1)
        }
        let ids = answer.ids.map { Hex.id($0) }
        if session.isJSON {
            return session.print(
                Rendering.object([
                    ("leases", .array(ids.map { .string($0) })),
                    ("revision", .integer(answer.header?.revision ?? 0)),
                ]))
        }
        for id in ids { session.terminal.print(id) }
    }
}
