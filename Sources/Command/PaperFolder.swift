internal import EventLoop
internal import TLS
internal import Units

/// A folder with the certificate of an authority and those that it made: `ca.crt`, `ca.key`, then
/// `KIND-NAME.crt` and `KIND-NAME.key` for each. Nothing in it is ever overwritten.
struct PaperFolder {
    let path: String

    var authorityPath: String { "\(path)/ca.crt" }

    /// What was made, and where it lies.
    struct Made {
        var certificate: Certificate
        var certificatePath: String
        var keyPath: String
    }

    /// Founds an authority; makes the folder if need be.
    func found(named name: String, _ validity: Issuer.Validity) throws(Complaint) -> Made {
        if let fault = Issuer.Subject.fault(in: name) { throw .misused(fault) }
        try Descriptor.makeFolder(path)
        let issuer = Issuer.found(named: name, validity)
        return try write("ca", issuer.certificate, issuer.key)
    }

    /// Makes a certificate, valid from now on for `days`, or as long as its authority.
    func issue(
        _ subject: Issuer.Subject, as name: String, days: Int?, from now: Int64
    ) throws(Complaint) -> Made {
        if let fault = subject.fault { throw .misused(fault) }
        guard !name.contains("/") else { throw .misused("a name has no '/'") }
        let issuer = try issuer()
        let papers = issuer.issue(subject, try validity(issuer.certificate, days, now))
        return try write(name, papers.certificate, papers.key)
    }

    private func validity(
        _ authority: Certificate, _ days: Int?, _ now: Int64
    ) throws(Complaint) -> Issuer.Validity {
        let end = authority.notAfter
        guard now < end else {
            throw .failed(
                "the authority '\(authorityPath)' expired on \(Day.text(end)); make a new one with "
                    + "'martlet cert ca'")
        }
        let wanted = Validity.of(days ?? Limits.certificateDays, from: now)
        guard wanted.to > end else { return wanted }
        guard days == nil else {
            throw .misused(
                "the authority is valid to \(Day.text(end)) only: choose --days "
                    + "\((end - now) / Validity.day) or fewer")
        }
        return Issuer.Validity(from: wanted.from, to: end)
    }

    private func issuer() throws(Complaint) -> Issuer {
        guard Descriptor.exists(authorityPath) else {
            throw .failed(
                "there is no authority in '\(path)'; make one with 'martlet cert ca \(path)', or "
                    + "name its folder with --dir")
        }
        let certificate = try PaperFolder.certificates(authorityPath)[0]
        let text = try Descriptor.readAll(path: "\(path)/ca.key")
        do throws(PaperFault) {
            return try Issuer(certificate: certificate, key: try PrivateKey(pem: text.span))
        } catch {
            throw .failed("cannot use '\(path)/ca.key': \(error)")
        }
    }

    /// The key first, so that a certificate is never without.
    private func write(
        _ name: String, _ certificate: Certificate, _ key: PrivateKey
    ) throws(Complaint) -> Made {
        let made = Made(
            certificate: certificate, certificatePath: "\(path)/\(name).crt",
            keyPath: "\(path)/\(name).key")
        for path in [made.certificatePath, made.keyPath] where Descriptor.exists(path) {
            throw .failed("'\(path)' is there already and is left as it is; move it away first")
        }
        try Descriptor.writeNew(made.keyPath, key.pem, mode: 0o600)
        do throws(Complaint) {
            try Descriptor.writeNew(made.certificatePath, certificate.pem, mode: 0o644)
        } catch {
            Descriptor.remove(made.keyPath)
            throw error
        }
        return made
    }

    /// All certificates of a file.
    static func certificates(_ path: String) throws(Complaint) -> [Certificate] {
        let text = try Descriptor.readAll(path: path)
        do throws(PaperFault) {
            return try Certificate.all(pem: text.span)
        } catch {
            throw .failed("cannot use '\(path)': \(error)")
        }
    }
}

/// How long a certificate is valid.
enum Validity {
    static let day: Int64 = 86_400
    /// Clocks differ: what is made now is already valid where it is a little earlier.
    private static let backward: Int64 = 600

    static var now: Int64 { Int64(Loop.wallClock.nanoseconds / 1_000_000_000) }

    static func of(_ days: Int, from now: Int64) -> Issuer.Validity {
        Issuer.Validity(from: now - backward, to: now + Int64(days) * day)
    }
}
