internal import TLS

/// The certificates that a call is made with: `--ca`, `--cert` and `--key`, or the environment.
struct Secrecy: Equatable {
    var authority: String
    var certificate: String?
    var key: String?

    /// Nil for calls without TLS: nobody named an authority.
    init?(_ reach: Reach, _ environment: [String: String]) throws(Complaint) {
        func said(_ option: String?, _ variable: String) -> String? {
            if let option { return option }
            return environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        }
        certificate = said(reach.cert, "MARTLET_CERT")
        key = said(reach.key, "MARTLET_KEY")
        guard (certificate == nil) == (key == nil) else {
            throw .misused("--cert and --key (MARTLET_CERT, MARTLET_KEY) belong together")
        }
        guard let authority = said(reach.ca, "MARTLET_CA") else {
            guard certificate == nil else {
                throw .misused(
                    "--cert and --key also need --ca (MARTLET_CA): the authority that vouches for "
                        + "the other side")
            }
            return nil
        }
        self.authority = authority
    }

    func keyring() throws(Complaint) -> Keyring {
        let authorities = try PaperFolder.certificates(authority)
        var papers: Papers?
        if let certificate, let key {
            let chain = try PaperFolder.certificates(certificate)
            let text = try Descriptor.readAll(path: key)
            do throws(PaperFault) {
                papers = try Papers(chain: chain, key: try PrivateKey(pem: text.span))
            } catch {
                throw .failed("cannot use '\(key)' with '\(certificate)': \(error)")
            }
        }
        do throws(PaperFault) {
            return Keyring(try Context(papers: papers, authorities: authorities))
        } catch {
            throw .failed("cannot use '\(certificate ?? authority)': \(error)")
        }
    }
}
