import EventLoop
import Glibc
import RPC
import TLS
import Testing
import Units

@testable import Command

/// `martlet cert` from the authority to a call that is made with what came of it.
@Suite struct CertificateTests {
    /// A stage with an empty folder, which goes with everything in it.
    private func inFolder(_ body: (Stage, String) throws -> Void) throws {
        let stage = Stage()
        let folder = stage.folder + "/pki"
        defer {
            for name in files(folder) { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        try body(stage, folder)
    }

    private func files(_ folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private func mode(_ path: String) -> UInt32 {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return 0 }
        return facts.st_mode & 0o777
    }

    private func run(_ stage: Stage, _ line: String) -> Int32 {
        stage.run(Shell.words(line), atHost: false)
    }

    @Test func aWholeClusterIsMade() throws {
        try inFolder { stage, folder in
            #expect(run(stage, "cert ca \(folder)") == 0)
            #expect(stage.out.hasPrefix("made authority 'Martlet', valid to 20"))
            #expect(
                run(stage, "cert member m1 --dir \(folder) --address 127.0.0.1 --address ::1") == 0)
            #expect(stage.out.hasPrefix("made certificate for member 'm1', valid to 20"))
            #expect(run(stage, "cert server web --dir \(folder) --address web.example") == 0)
            #expect(run(stage, "cert client alice --dir \(folder) --days 30 --json") == 0)
            let made = try JSON(parsing: Array(stage.out.utf8))
            #expect(made["kind"] == .string("client") && made["name"] == .string("alice"))
            #expect(made["certificate"] == .string("\(folder)/client-alice.crt"))
            #expect(
                files(folder) == [
                    "ca.crt", "ca.key", "client-alice.crt", "client-alice.key", "member-m1.crt",
                    "member-m1.key", "server-web.crt", "server-web.key",
                ])
            for name in files(folder) where name.hasSuffix(".key") {
                #expect(mode("\(folder)/\(name)") == 0o600)
            }
            #expect(mode(folder) == 0o700)
        }
    }

    @Test func whatIsThereIsLeftAsItIs() throws {
        try inFolder { stage, folder in
            #expect(run(stage, "cert ca \(folder)") == 0)
            let before = try Descriptor.readAll(path: "\(folder)/ca.key")
            #expect(run(stage, "cert ca \(folder)") == 1)
            #expect(stage.err.contains("'\(folder)/ca.crt' is there already"))
            #expect(run(stage, "cert client a --dir \(folder)") == 0)
            unlink("\(folder)/client-a.crt")
            #expect(run(stage, "cert client a --dir \(folder)") == 1)
            #expect(stage.err.contains("'\(folder)/client-a.key' is there already"))
            #expect(try Descriptor.readAll(path: "\(folder)/ca.key") == before)
            #expect(files(folder) == ["ca.crt", "ca.key", "client-a.key"])
        }
    }

    @Test func showTellsWhoAndUntilWhen() throws {
        try inFolder { stage, folder in
            #expect(run(stage, "cert ca \(folder) --name 'Example Inc.' --days 100") == 0)
            #expect(run(stage, "cert member m1 --dir \(folder) --address 10.0.0.1") == 0)
            #expect(run(stage, "cert show \(folder)/member-m1.crt") == 0)
            let lines = stage.out.split(separator: "\n").map(String.init)
            #expect(lines[0] == "member member:m1" && lines[1] == "  issuer  Example Inc.")
            // No longer than its authority.
            #expect(lines[2].hasSuffix("(99 days left)") || lines[2].hasSuffix("(100 days left)"))
            #expect(lines[3] == "  for     10.0.0.1, urn:martlet:member:m1")
            #expect(run(stage, "cert show \(folder)/member-m1.crt --json") == 0)
            let shown = try JSON(parsing: Array(stage.out.utf8))["certificates"]?.items?[0]
            #expect(shown?["member"] == .string("m1") && shown?["kind"] == .string("member"))
            #expect(
                shown?["names"]
                    == .array([.string("10.0.0.1"), .string("urn:martlet:member:m1")]))
            #expect(run(stage, "cert show \(folder)/ca.key") == 1)
            #expect(stage.err.contains("there is no certificate in PEM form in it"))
        }
    }

    @Test func misuseIsNamed() throws {
        try inFolder { stage, folder in
            func says(_ line: String, _ code: Int32, _ words: String) {
                #expect(run(stage, line) == code, "\(line)")
                #expect(stage.err.contains(words), "\(line): \(stage.err)")
            }
            says("cert client a --dir \(folder)", 1, "make one with 'martlet cert ca")
            says("cert ca \(folder) --days 0", 2, "--days must be from 1")
            #expect(run(stage, "cert ca \(folder) --days 10") == 0)
            says("cert client a --dir \(folder) --days 11", 2, " only: choose --days ")
            says("cert client a --dir \(folder) --days 99999999", 2, "--days must be from 1")
            says("cert server s --dir \(folder)", 2, "a server needs an address")
            says("cert member m1 --dir \(folder)", 2, "a server needs an address")
            says("cert member m1 --dir \(folder) --address 1.2.3.4:80", 2, "neither an IP")
            says("cert client a/b --dir \(folder)", 2, "no '/'")
            says("cert client member:m1 --dir \(folder)", 2, "begins the names of members")
            says("cert client '' --dir \(folder)", 2, "1 to 64 bytes")
            says("cert clint a", 2, "Did you mean 'martlet cert client'?")
            #expect(files(folder) == ["ca.crt", "ca.key"])
        }
    }

    @Test func certificatesAreTakenBackOnConfirmation() throws {
        try inFolder { stage, folder in
            #expect(run(stage, "cert ca \(folder)") == 0)
            #expect(run(stage, "cert client alice --dir \(folder)") == 0)
            #expect(run(stage, "cert client bob --dir \(folder)") == 0)
            #expect(run(stage, "cert revoke \(folder)/client-alice.crt --dir \(folder)") == 2)
            #expect(stage.err.contains("add --yes to confirm"))
            for name in ["alice", "bob"] {
                let line = "cert revoke \(folder)/client-\(name).crt --dir \(folder) --yes"
                #expect(run(stage, line) == 0)
                #expect(stage.out.hasPrefix("revoked the certificate of '\(name)'; give"))
            }
            let text = try Descriptor.readAll(path: "\(folder)/ca.crl")
            let lists = try RevocationList.all(pem: text.span)
            for name in ["alice", "bob"] {
                let found = try PaperFolder.certificates("\(folder)/client-\(name).crt")
                #expect(lists[0].revokes(found[0]))
            }
        }
    }

    // MARK: Calls

    /// The fake store's door with what `martlet cert` has made.
    private func secure(_ stage: Stage, _ folder: String) throws {
        #expect(run(stage, "cert ca \(folder)") == 0)
        #expect(run(stage, "cert member m1 --dir \(folder) --address 127.0.0.1") == 0)
        #expect(run(stage, "cert client alice --dir \(folder)") == 0)
        let chain = try PaperFolder.certificates("\(folder)/member-m1.crt")
        let authorities = try PaperFolder.certificates("\(folder)/ca.crt")
        let text = try Descriptor.readAll(path: "\(folder)/member-m1.key")
        let key = try PrivateKey(pem: text.span)
        let papers = try Papers(chain: chain, key: key)
        let context = try Context(papers: papers, authorities: authorities)
        stage.store.server.security = Security(Keyring(context), expecting: .user)
    }

    @Test func callsAreMadeWithFlagsOrTheEnvironment() throws {
        try inFolder { stage, folder in
            try secure(stage, folder)
            let own = "--cert \(folder)/client-alice.crt --key \(folder)/client-alice.key"
            #expect(stage.run("store put a 1 --ca \(folder)/ca.crt \(own)") == 0)
            #expect(stage.run("--ca \(folder)/ca.crt \(own) store put a 1") == 0)
            stage.environment = [
                "MARTLET_CA": "\(folder)/ca.crt", "MARTLET_CERT": "\(folder)/client-alice.crt",
                "MARTLET_KEY": "\(folder)/client-alice.key",
            ]
            #expect(stage.run("store put a 1") == 0)
            stage.environment["MARTLET_CA"] = nil
            #expect(stage.run("store put a 1") == 2)
            #expect(stage.err.contains("also need --ca"))
            stage.environment["MARTLET_CERT"] = nil
            #expect(stage.run("store put a 1") == 2)
            #expect(stage.err.contains("belong together"))
            stage.environment = [:]
            #expect(stage.run("store put a 1 --timeout 1s") == 1)
            #expect(stage.err.contains("this address wants TLS"))
            #expect(stage.run("store put a 1 --timeout 1s --ca \(folder)/ca.crt") == 1)
            #expect(stage.err.contains("wants a certificate, and we gave none"))
            #expect(stage.run("store put a 1 --ca \(folder)/nothing") == 1)
            #expect(stage.err.contains("cannot open '\(folder)/nothing'"))
            #expect(
                stage.run(
                    "store put a 1 --ca \(folder)/ca.crt --cert \(folder)/client-alice.crt --key "
                        + "\(folder)/ca.key") == 1)
            #expect(stage.err.contains("the key does not belong to the certificate"))
        }
    }
}
