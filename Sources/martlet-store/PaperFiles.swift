import Daemon
import EventLoop
import Glibc
import TLS
import Units

/// The files of one set: our certificate, its key, and the authorities that we trust.
struct PaperFiles: Equatable {
    var certificate: String
    var key: String
    var authority: String

    /// From what was said of a set; nil when nothing was.
    init?(certificate: String?, key: String?, authority: String?, prefix: String)
        throws(StartRefusal)
    {
        let said = [
            ("cert-file", certificate), ("key-file", key), ("ca-file", authority),
        ]
        guard said.contains(where: { $0.1 != nil }) else { return nil }
        if let (name, _) = said.first(where: { $0.1 == nil }) {
            throw .other(
                "--\(prefix)\(name) is missing: --\(prefix)cert-file, --\(prefix)key-file and "
                    + "--\(prefix)ca-file belong together")
        }
        self.certificate = certificate!
        self.key = key!
        self.authority = authority!
    }

    var paths: [String] { [certificate, key, authority] }

    /// For what the set is used, and so what must hold of it.
    enum Use: Equatable {
        /// At the clients' door.
        case clients(wantsCertificate: Bool)
        /// Among members, as the member of this name.
        case members(name: String)
    }

    /// What is wrong with a file of the set.
    struct Fault: Error, Equatable, CustomStringConvertible {
        var what: String
        var path: String
        var why: String

        var description: String { "cannot use \(what) '\(path)': \(why)" }
    }

    /// Reads all three, and checks what others would check when it is too late.
    func load(_ use: Use, at now: Instant) throws(Fault) -> Context {
        let authorities = try authorities()
        let papers = try papers()
        try check(papers.certificate, at: now)
        try check(papers, authorities, use)
        do throws(PaperFault) {
            return try Context(
                papers: papers, authorities: authorities,
                wantsClientCertificate: use != .clients(wantsCertificate: false))
        } catch {
            throw Fault(what: "certificate", path: certificate, why: error.description)
        }
    }

    private func authorities() throws(Fault) -> [Certificate] {
        let text = try read("authority", authority)
        do throws(PaperFault) {
            return try Certificate.all(pem: text.span)
        } catch {
            throw Fault(what: "authority", path: authority, why: error.description)
        }
    }

    private func papers() throws(Fault) -> Papers {
        let chain = try chain()
        try checkRights()
        let text = try read("key", key)
        do throws(PaperFault) {
            return try Papers(chain: chain, key: try PrivateKey(pem: text.span))
        } catch {
            let why =
                error == .otherKey
                ? "it does not belong to the certificate in '\(certificate)'" : error.description
            throw Fault(what: "key", path: key, why: why)
        }
    }

    private func chain() throws(Fault) -> [Certificate] {
        let text = try read("certificate", certificate)
        do throws(PaperFault) {
            return try Certificate.all(pem: text.span)
        } catch {
            throw Fault(what: "certificate", path: certificate, why: error.description)
        }
    }

    private func read(_ what: String, _ path: String) throws(Fault) -> [UInt8] {
        do throws(SmallFile.Fault) {
            return try SmallFile.read(path, limit: TLS::Limits.file)
        } catch {
            throw Fault(what: what, path: path, why: error.description)
        }
    }

    /// Whoever reads the key can be us.
    private func checkRights() throws(Fault) {
        guard let mark = FileMark(of: key), mark.mode & 0o037 != 0 else { return }
        let mode = String(mark.mode, radix: 8)
        throw Fault(
            what: "key", path: key,
            why: "others may read or change it (mode \(mode)); try 'chmod 600 \(key)'")
    }

    private func check(_ own: Certificate, at now: Instant) throws(Fault) {
        let seconds = Int64(now.nanoseconds / 1_000_000_000)
        if own.notAfter <= seconds {
            throw Fault(
                what: "certificate", path: certificate,
                why: "it expired on \(Day.text(own.notAfter)); renew it ('martlet cert')")
        }
        if own.notBefore > seconds {
            throw Fault(
                what: "certificate", path: certificate,
                why: "it is not valid before \(Day.text(own.notBefore)); is the clock right?")
        }
    }

    private func check(
        _ papers: Papers, _ authorities: [Certificate], _ use: Use
    ) throws(Fault) {
        let own = papers.certificate
        func refuse(_ why: String) -> Fault {
            Fault(what: "certificate", path: certificate, why: why)
        }
        guard own.servesClients else { throw refuse("it is not made for a server") }
        guard case .members(let name) = use else { return }
        guard let member = own.memberName else {
            throw refuse(
                "it names no member; make one with 'martlet cert member \(name)', or give members "
                    + "a set of their own with --peer-cert-file")
        }
        guard member == name else {
            throw refuse("it is for member '\(member)', and this is '\(name)'")
        }
        guard own.callsServers else { throw refuse("it is made for servers alone") }
        let between = Array(papers.chain.dropFirst())
        if let objection = own.objection(trusting: authorities, between: between) {
            throw refuse("other members would say of it: \(objection)")
        }
    }
}
