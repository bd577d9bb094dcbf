import Daemon
import EventLoop
import TLS
import Units

/// The certificates of a member: those of its clients' door and those among members. It notices new
/// files, and keeps the old ones as long as the new are not in order.
final class Secrecy {
    /// How often the files are looked at.
    static let lookEvery = Instant.Span.seconds(5)
    /// From so many days before the end on, an operator is told once a day.
    static let warningDays: Int64 = 30
    private static let day: Int64 = 86_400

    private struct Entry {
        let files: PaperFiles
        let use: PaperFiles.Use
        let keyring: Keyring
        /// The files as they were when they were last read, well or not.
        var marks: [FileMark?]
        /// When the operator was last told that the end is near.
        var told: Int64?
    }

    private let log: Log
    private var entries: [Entry] = []
    private(set) var clients: Keyring?
    private(set) var members: Keyring?
    private var timer: Timer?
    private var signals: Signals?

    /// Reads all files; none may be out of order.
    init(_ options: Options, _ log: Log) throws(StartRefusal) {
        self.log = log
        if let files = options.clientPapers {
            clients = try add(files, .clients(wantsCertificate: options.clientCertAuth))
        }
        var forMembers = options.peerPapers
        if forMembers == nil { forMembers = try shared(options) }
        if let files = forMembers { members = try add(files, .members(name: options.name)) }
        for index in entries.indices { warnOfEnd(&entries[index]) }
        warnOfPlain(options)
    }

    /// One set serves both when it is a member's. Without TLS among members, nobody from outside
    /// may reach them.
    private func shared(_ options: Options) throws(StartRefusal) -> PaperFiles? {
        guard let files = options.clientPapers else { return nil }
        if clients?.context.papers?.certificate.memberName != nil { return files }
        guard !options.peerListen.isLoopback else { return nil }
        throw .other(
            "the certificate '\(files.certificate)' is for clients alone, and members would talk "
                + "in the open at \(options.peerListen); give --peer-cert-file, --peer-key-file and "
                + "--peer-ca-file, or one set made by 'martlet cert member \(options.name)'")
    }

    private func add(
        _ files: PaperFiles, _ use: PaperFiles.Use
    ) throws(StartRefusal) -> Keyring {
        let marks = files.paths.map { FileMark(of: $0) }
        do throws(PaperFiles.Fault) {
            let keyring = Keyring(try files.load(use, at: Loop.wallClock))
            entries.append(Entry(files: files, use: use, keyring: keyring, marks: marks))
            return keyring
        } catch {
            throw .other(error.description)
        }
    }

    private func warnOfPlain(_ options: Options) {
        let open =
            (clients == nil ? options.listen.filter { !$0.isLoopback } : [])
            + (members == nil && !options.peerListen.isLoopback ? [options.peerListen] : [])
        guard !open.isEmpty else { return }
        let addresses = open.map(\.description).joined(separator: ", ")
        log.warning(
            "\(addresses): everybody on the network can read and write here; give certificates "
                + "('martlet cert', --cert-file, --peer-cert-file)")
    }

    /// For asking a cluster to take us in.
    func joining() throws(StartRefusal) -> Keyring? {
        guard let clients else { return nil }
        let own = members?.context.papers ?? clients.context.papers
        do throws(PaperFault) {
            return Keyring(
                try Context(
                    papers: own?.certificate.callsServers == true ? own : nil,
                    authorities: clients.context.authorities))
        } catch {
            throw .other("cannot join: \(error)")
        }
    }

    // MARK: New files

    /// From now on new files are noticed, at once with SIGHUP.
    func watch(on loop: Loop) throws(LoopFailure) {
        let signals = try Signals(on: loop, 1) { [weak self] in self?.reload() }
        signals.unreference()
        self.signals = signals
        guard !entries.isEmpty else { return }
        let timer = Timer(on: loop) { [weak self] _ in self?.look() }
        timer.unreference()
        timer.start(every: Secrecy.lookEvery)
        self.timer = timer
    }

    private func reload() {
        if entries.isEmpty { log.notice("there are no certificates to read again") }
        for index in entries.indices { renew(&entries[index]) }
    }

    func look() {
        for index in entries.indices {
            let marks = entries[index].files.paths.map { FileMark(of: $0) }
            if marks != entries[index].marks { renew(&entries[index]) }
            warnOfEnd(&entries[index])
        }
    }

    private func renew(_ entry: inout Entry) {
        entry.marks = entry.files.paths.map { FileMark(of: $0) }
        do throws(PaperFiles.Fault) {
            entry.keyring.context = try entry.files.load(entry.use, at: Loop.wallClock)
            entry.told = nil
            let end = entry.keyring.context.papers.map { Day.text($0.certificate.notAfter) } ?? ""
            log.notice("certificate '\(entry.files.certificate)' was read anew; valid to \(end)")
        } catch {
            log.error("\(error.description). The old certificate stays in use.")
        }
    }

    private func warnOfEnd(_ entry: inout Entry) {
        guard let own = entry.keyring.context.papers?.certificate else { return }
        let now = Int64(Loop.wallClock.nanoseconds / 1_000_000_000)
        let days = (own.notAfter - now) / Secrecy.day
        guard days < Secrecy.warningDays, now - (entry.told ?? 0) >= Secrecy.day else { return }
        entry.told = now
        let when = own.notAfter <= now ? "expired on" : "expires on"
        log.warning(
            "certificate '\(entry.files.certificate)' \(when) \(Day.text(own.notAfter)); renew it "
                + "('martlet cert'), and the new file is used at once")
    }
}
