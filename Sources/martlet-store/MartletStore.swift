import ArgumentParser
import Glibc

@main
struct MartletStore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-store",
        abstract: "A member of Martlet's consensus key-value store.",
        discussion: """
            One member alone:
              martlet-store --data ./m1 --listen-unix ./m1.sock

            One of three on one host:
              martlet-store --name m1 --data ./m1 --listen 127.0.0.1:2390 \\
                --peer-listen 127.0.0.1:2380 --initial-cluster \\
                m1=127.0.0.1:2380/127.0.0.1:2390,m2=127.0.0.1:2381/127.0.0.1:2391,m3=…

            One more, by the address of any member:
              martlet-store --name m4 --data ./m4 --peer-listen 127.0.0.1:2383 \\
                --listen 127.0.0.1:2393 --join 127.0.0.1:2390

            With TLS, for clients and among members (SIGHUP reads the files anew, as a change does):
              martlet cert ca ./pki && martlet cert member m1 --dir ./pki --address 10.0.0.1
              martlet-store --name m1 --cert-file ./pki/member-m1.crt --ca-file ./pki/ca.crt \\
                --key-file ./pki/member-m1.key --listen 10.0.0.1:2390 --peer-listen 10.0.0.1:2380

            Exit codes: 0 stopped in order, 1 could not start or go on, 2 misused.
            """,
        version: Options.version)

    @OptionGroup var flags: Flags

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            // Asking for help is no misuse.
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if !message.isEmpty { print(message, to: code == .success ? 1 : 2) }
            Glibc.exit(code == .success ? 0 : code == .failure ? 1 : 2)
        }
    }

    func run() throws {
        // A file that may grow no further is a full disk, and no reason to die.
        signal(SIGXFSZ, SIG_IGN)
        let options = try Options(flags)
        let life = Life(options)
        let code = withExtendedLifetime(life) { life.run() }
        if code != 0 { throw ExitCode(code) }
    }

    private static func print(_ text: String, to descriptor: Int32) {
        let bytes = Array((text + "\n").utf8)
        unsafe bytes.withUnsafeBytes { unsafe _ = write(descriptor, $0.baseAddress, $0.count) }
    }
}
