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
        Example("Several together", "martlet store lease keep-alive 694d77aa9e38260f 1b2c3d4e"),
    ]
    package static var configuration: CommandConfiguration {
        entry("keep-alive", "Let leases live on, once or until Ctrl-C.")
    }

    @Argument(help: "The leases.") package var leases: [ID]
    @Flag(help: "Once, and be done.") package var once = false
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard leases.count <= Limits.leasesTogether else {
            throw .misused("name at most \(Limits.leasesTogether) leases, not \(leases.count)")
        }
        let interrupt = Interrupt(session)
        defer { interrupt.close() }
        var living = leases.map(\.signed)
        while true {
            let ttl = try beat(session, &living)
            if once { return }
            // Thrice in its life, so that one lost beat does not end it.
            let pause = Instant.Span.milliseconds(UInt64(max(1, ttl)) * 1000 / 3)
            if session.loop.run(for: pause, until: { interrupt.came }) { return }
        }
    }

    /// The shortest life among those that live on.
    private func beat(_ session: Session, _ living: inout [Int64]) throws(Complaint) -> Int64 {
        let ttls = living.count == 1 ? [try one(living[0], session)] : try many(living, session)
        var gone: [Int64] = []
        for (lease, ttl) in zip(living, ttls) {
            guard ttl > 0 else {
                gone.append(lease)
                continue
            }
            session.print(
                Rendering.object([("lease", .string(Hex.id(lease))), ("ttl", .integer(ttl))]),
                or: "lease \(Hex.id(lease)) lives for \(ttl) s")
        }
        session.terminal.flush()
        if session.terminal.brokenBecause != nil { try session.finish() }
        let ended = Set(gone)
        living.removeAll { ended.contains($0) }
        let names = gone.map { Hex.id($0) }.joined(separator: ", ")
        if once || living.isEmpty, !gone.isEmpty {
            throw .failed("cannot keep alive what has ended: \(names)")
        }
        if !gone.isEmpty { session.note("ended: \(names)") }
        return ttls.filter { $0 > 0 }.min() ?? 1
    }

    private func one(_ lease: Int64, _ session: Session) throws(Complaint) -> Int64 {
        let answer: LeaseKeepAliveResponse = try session.ask("keep lease \(Hex.id(lease)) alive") {
            $0.keepAlive(LeaseKeepAliveRequest(id: lease), session.patience, then: $1)
        }
        return answer.ttl
    }

    private func many(_ leases: [Int64], _ session: Session) throws(Complaint) -> [Int64] {
        let answer: LeaseKeepAliveManyResponse = try session.ask("keep the leases alive") {
            $0.keepAlive(LeaseKeepAliveManyRequest(ids: leases), session.patience, then: $1)
        }
        return answer.ttls
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
        var ids: [JSON] = []
        var page = try page(after: 0, session)
        while true {
            for id in page.ids {
                let id = Hex.id(id)
                if session.isJSON { ids.append(.string(id)) } else { session.terminal.print(id) }
            }
            guard page.more, let last = page.ids.last else { break }
            page = try self.page(after: last, session)
        }
        guard session.isJSON else { return }
        session.print(
            Rendering.object([
                ("leases", .array(ids)), ("revision", .integer(page.header?.revision ?? 0)),
            ]))
    }

    private func page(
        after last: Int64, _ session: Session
    ) throws(Complaint) -> LeaseListResponse {
        try session.ask("list the leases") {
            $0.leases(LeaseListRequest(after: last), session.patience, then: $1)
        }
    }
}
