package import ArgumentParser
internal import TLS

package struct CertNoun: ParsableCommand {
    package static var configuration: CommandConfiguration {
        noun(
            "cert", "Certificates for a small cluster. No store is needed.",
            [
                CertAuthorityVerb.self, CertMemberVerb.self, CertServerVerb.self,
                CertClientVerb.self, CertShowVerb.self,
            ])
    }
    @OptionGroup package var reach: Reach
    package init() {}
}

/// Where certificates lie and how long they live.
package struct PaperWords: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder with the authority, ca.crt and ca.key; what is made goes there too. Else "
                + "the current one.", valueName: "folder"))
    package var dir = "."

    @Option(
        help: ArgumentHelp(
            "Valid for so many days. Else 365, or as long as the authority.", valueName: "count"))
    package var days: Int?

    package init() {}

    func issue(
        _ subject: Issuer.Subject, as name: String
    ) throws(Complaint) -> PaperFolder.Made {
        if let days { try check(days) }
        return try PaperFolder(path: dir).issue(subject, as: name, days: days, from: Validity.now)
    }
}

private func check(_ days: Int) throws(Complaint) {
    guard (1...TLS::Limits.days).contains(days) else {
        throw .misused("--days must be from 1 to \(TLS::Limits.days)")
    }
}

extension Session {
    fileprivate func print(_ made: PaperFolder.Made) {
        let kind = Rendering.kind(made.certificate)
        print(
            Rendering.object(
                Rendering.members(made.certificate) + [
                    ("certificate", .string(made.certificatePath)), ("key", .string(made.keyPath)),
                ]),
            or: "made \(kind) \(made.certificate.holder), valid to "
                + "\(Day.text(made.certificate.notAfter)): \(made.certificatePath), "
                + made.keyPath)
    }
}

package struct CertAuthorityVerb: Verb {
    package static let examples = [
        Example("In a folder of its own", "martlet cert ca ./pki"),
        Example("For five years", "martlet cert ca ./pki --name 'Example Inc.' --days 1825"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "ca", "Make an authority: ca.crt and ca.key.",
            more: """
                Members and clients trust whoever holds a certificate of it, so keep ca.key away from \
                the machines that use the certificates. Its own certificate goes to all of them.
                """)
    }

    @Argument(help: "The folder; it is made if it is not there.") package var dir: String
    @Option(help: "The name of the authority.") package var name = "Martlet"
    @Option(help: ArgumentHelp("Valid for so many days.", valueName: "count"))
    package var days = Limits.authorityDays
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        try check(days)
        let validity = Validity.of(days, from: Validity.now)
        session.print(try PaperFolder(path: dir).found(named: name, validity))
    }
}

package struct CertMemberVerb: Verb {
    package static let examples = [
        Example(
            "For a member with two addresses",
            "martlet cert member m1 --dir ./pki --address 10.0.0.1 --address m1.example.com")
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "member", "Make the certificate of a store member.",
            more: """
                It serves at all doors of that member and when it calls other members, who check for \
                its name (the URI urn:martlet:member:NAME). Clients check for the address that they \
                dial, so name every one.
                """)
    }

    @Argument(help: "The member's name, as in martlet-store --name.") package var name: String
    @Option(help: "A DNS name or an IP address of it. May be repeated.")
    package var address: [String] = []
    @OptionGroup package var papers: PaperWords
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        session.print(
            try papers.issue(.member(name, addresses: address), as: "member-\(name)"))
    }
}

package struct CertServerVerb: Verb {
    package static let examples = [
        Example(
            "For the clients' door alone",
            "martlet cert server store --dir ./pki --address store.example.com")
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "server", "Make a certificate for a clients' door alone.",
            more: "It cannot be used among members. One for every member does: 'cert member'.")
    }

    @Argument(help: "A name for it; nobody checks that.") package var name: String
    @Option(help: "A DNS name or an IP address of it. May be repeated.")
    package var address: [String] = []
    @OptionGroup package var papers: PaperWords
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        session.print(
            try papers.issue(.server(name, addresses: address), as: "server-\(name)"))
    }
}

package struct CertClientVerb: Verb {
    package static let examples = [
        Example("For a user", "martlet cert client alice --dir ./pki"),
        Example("For thirty days", "martlet cert client backup --dir ./pki --days 30"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "client", "Make the certificate of a user.",
            more: "Its name is who the store takes its holder for.")
    }

    @Argument(help: "The user's name.") package var name: String
    @OptionGroup package var papers: PaperWords
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        guard !name.hasPrefix("member:") else {
            throw .misused("'member:' begins the names of members; choose another name")
        }
        session.print(try papers.issue(.client(name), as: "client-\(name)"))
    }
}

package struct CertShowVerb: Verb {
    package static let examples = [
        Example("Who is it, and until when?", "martlet cert show ./pki/member-m1.crt")
    ]
    package static var configuration: CommandConfiguration {
        entry("show", "Show what is in a file of certificates.")
    }

    @Argument(help: "The file, in PEM form.") package var file: String
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        let found = try PaperFolder.certificates(file)
        let now = Validity.now
        session.print(
            Rendering.object([("certificates", .array(found.map { Rendering.json($0) }))]),
            or: found.map { Rendering.words($0, at: now) }.joined(separator: "\n\n"))
    }
}

extension Rendering {
    /// What it is for.
    static func kind(_ certificate: Certificate) -> String {
        if certificate.isAuthority { return "authority" }
        if certificate.memberName != nil { return "certificate for" }
        return certificate.servesClients ? "certificate for server" : "certificate for client"
    }

    private static func use(_ certificate: Certificate) -> String {
        if certificate.isAuthority { return "authority" }
        if certificate.memberName != nil { return "member" }
        if certificate.servesClients { return "server" }
        return certificate.callsServers ? "client" : "other"
    }

    static func json(_ certificate: Certificate) -> JSON { object(members(certificate)) }

    static func members(_ certificate: Certificate) -> [(String, JSON)] {
        let names = certificate.otherNames.map { name in
            switch name {
            case .dns(let text), .ip(let text), .uri(let text): JSON.string(text)
            }
        }
        return [
            ("kind", .string(use(certificate))), ("name", .string(certificate.commonName ?? "")),
            ("member", certificate.memberName.map { .string($0) } ?? .null),
            ("names", .array(names)), ("issuer", .string(certificate.issuerName ?? "")),
            ("not_before", .integer(certificate.notBefore)),
            ("not_after", .integer(certificate.notAfter)),
            ("serial", .string(certificate.serial)),
            ("sha256", .string(certificate.fingerprint)),
        ]
    }

    static func words(_ certificate: Certificate, at now: Int64) -> String {
        let names = certificate.otherNames.map { name in
            switch name {
            case .dns(let text), .ip(let text), .uri(let text): text
            }
        }
        let days = (certificate.notAfter - now) / Validity.day
        let left = certificate.notAfter <= now ? "EXPIRED" : Spelling.count(days, "day") + " left"
        var lines = [
            "\(use(certificate)) \(certificate.commonName ?? "without a name")",
            "  issuer  \(certificate.issuerName ?? "?")",
            "  valid   \(Day.text(certificate.notBefore)) to \(Day.text(certificate.notAfter))"
                + " (\(left))",
        ]
        if !names.isEmpty { lines.append("  for     \(names.joined(separator: ", "))") }
        lines.append("  serial  \(certificate.serial)")
        lines.append("  sha256  \(certificate.fingerprint)")
        return lines.joined(separator: "\n")
    }
}
