import ArgumentParser
import Daemon
import EventLoop
import Glibc
import RPC
import Raft
import Store
import Units
import Wire

/// What an operator may say, on the command line or, with the same names, in the config file. The
/// command line wins.
struct Flags: ParsableArguments {
    @Option(help: "This member's name, unique in the cluster. Default: 'default'.")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Where data is kept. Default: /var/lib/martlet/store/NAME.", valueName: "directory"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "Config file: lines 'key = value' with the names of these flags. Default: "
                + "/etc/martlet/store/NAME.conf, if it is there.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where clients of this machine connect. May be repeated. Default: "
                + "/run/martlet/store.sock, if nothing else is listened on.", valueName: "path"))
    var listenUnix: [String] = []

    @Option(
        help: ArgumentHelp(
            "Group that may use the unix socket (mode 0660). Default: 'martlet', if there is one.",
            valueName: "group"))
    var socketGroup: String?

    @Option(
        help: ArgumentHelp(
            "Where clients connect by TCP. May be repeated.", valueName: "host:port"))
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where other members connect. Default: 127.0.0.1:2380.", valueName: "host:port"))
    var peerListen: String?

    @Option(
        help: ArgumentHelp(
            "Certificate (PEM) that clients see by TCP; with it they speak TLS 1.3. A member's "
                + "certificate serves among members too.", valueName: "file"))
    var certFile: String?

    @Option(help: ArgumentHelp("Its key, mode 0600.", valueName: "file"))
    var keyFile: String?

    @Option(
        help: ArgumentHelp(
            "Authorities (PEM) that vouch for clients.", valueName: "file"))
    var caFile: String?

    @Option(
        help: ArgumentHelp(
            "Certificates that those authorities take back (PEM, 'martlet cert revoke').",
            valueName: "file"))
    var crlFile: String?

    @Option(
        help: ArgumentHelp(
            "Whether clients by TLS must show a certificate: on or off. Default: on.",
            valueName: "on|off"))
    var clientCertAuth: String?

    @Option(
        help: ArgumentHelp(
            "Certificate for other members, if it is not that of --cert-file. It names this member "
                + "('martlet cert member NAME').", valueName: "file"))
    var peerCertFile: String?

    @Option(help: ArgumentHelp("Its key, mode 0600.", valueName: "file"))
    var peerKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "Authorities (PEM) that vouch for members. New certificates are used without a restart.",
            valueName: "file"))
    var peerCaFile: String?

    @Option(
        help: ArgumentHelp("Certificates that those authorities take back.", valueName: "file"))
    var peerCrlFile: String?

    @Option(
        help: ArgumentHelp(
            "All first members: name=host:port, with commas between; a client address may follow "
                + "each after a slash. Only for the first start. Default: this member alone.",
            valueName: "members"))
    var initialCluster: String?

    @Option(
        help: ArgumentHelp(
            "Tells clusters apart that were founded with the same list.", valueName: "word"))
    var clusterToken: String?

    @Option(
        help: ArgumentHelp(
            "Join the cluster that answers at this client address, as a learner. Only for the "
                + "first start.", valueName: "address"))
    var join: String?

    @Flag(help: "With --join: stay a learner until 'martlet store member promote'.")
    var learner = false

    @Option(
        help: ArgumentHelp(
            "With --join: join this cluster and no other; its id as 'martlet status' shows it.",
            valueName: "id"))
    var cluster: String?

    @Option(
        help: ArgumentHelp(
            "Where other members reach this one. A member that restarts with another address tells "
                + "the cluster by itself. Default: --peer-listen, unless --initial-cluster names "
                + "an address.", valueName: "host:port"))
    var advertisePeer: String?

    @Option(
        help: ArgumentHelp(
            "Where clients reach this one. May be repeated. Default: --listen, unless "
                + "--initial-cluster names an address.", valueName: "host:port"))
    var advertise: [String] = []

    @Option(
        help: ArgumentHelp(
            "The newest cluster version that this member admits to, to keep the way back open "
                + "during an upgrade: 1 for 0.1, 2 for 0.2. Default: the newest it knows.",
            valueName: "n"))
    var highestVersion: UInt32?

    @Option(
        help: ArgumentHelp(
            "Bytes of state (with KiB, MiB or GiB) above which only what frees space is taken. "
                + "Default: as much as the disk takes.", valueName: "bytes"))
    var quota: String?

    @Option(
        help: ArgumentHelp(
            "Compact what was overwritten longer ago than this: 30m, 12h. Default: never.",
            valueName: "duration"))
    var autoCompactionAge: String?

    @Option(
        help: ArgumentHelp(
            "Compact all but this many of the newest revisions. Default: never.",
            valueName: "n"))
    var autoCompactionRevisions: UInt64?

    @Option(
        help: ArgumentHelp(
            "With --join, where access control is on: a user with the right 'members'.",
            valueName: "user"))
    var joinUser: String?

    @Option(
        help: ArgumentHelp(
            "That user's password is the first line of this file.", valueName: "file"))
    var joinPasswordFile: String?

    @Option(
        help: ArgumentHelp(
            "Least milliseconds without a leader before an election; drawn up to twice of it. "
                + "Default: 250.", valueName: "ms"))
    var electionMs: UInt64?

    @Option(
        help: ArgumentHelp(
            "Milliseconds between a leader's heartbeats. Default: 50.", valueName: "ms"))
    var heartbeatMs: UInt64?

    @Option(
        help: ArgumentHelp(
            "Bytes a second that this member, when it leads, spends on sending its state to "
                + "members that lag, as in 10MiB; 0: no limit. Default: 256MiB.",
            valueName: "size"))
    var snapshotRate: String?

    @Option(
        help: ArgumentHelp(
            "Where metrics and health are told by HTTP (GET /metrics, /health, /livez, /readyz), or "
                + "'none'. Keep it on this machine. Default: 127.0.0.1:4403, if that is free.",
            valueName: "host:port"))
    var metricsAddress: String?

    @Option(
        help: ArgumentHelp(
            "How long an operation takes that is logged as slow, with what it waited for; 'none' for "
                + "nothing. Default: 100ms.", valueName: "time"))
    var slowOperation: String?

    @Option(
        help: ArgumentHelp(
            "What the flight recorder may take of memory; 'none' turns it off. Default: 16MiB.",
            valueName: "bytes"))
    var recording: String?

    @Option(
        help: ArgumentHelp(
            "What is logged: error, warning, notice, info or debug. Default: info.",
            valueName: "level"))
    var logLevel: String?

    @Option(
        help: ArgumentHelp(
            "Which deeds of clients are logged, a line each: none, admin (cluster, users, roles, "
                + "quotas, who signs in) or all (also every write). Default: admin.",
            valueName: "level"))
    var audit: String?

    @Option(
        help: ArgumentHelp(
            "Processes of this machine with this uid are this user, on the unix socket. May be "
                + "repeated.", valueName: "uid=user"))
    var unixUser: [String] = []

    @Flag(
        help: ArgumentHelp(
            "On the unix socket, root and this daemon's own uid are not the user 'root' by "
                + "themselves."))
    var noUnixRoot = false

    @Option(
        help: ArgumentHelp(
            "What to do about a damaged log: 'auto' gets what is missing from the other members, "
                + "'never' refuses to start. Default: auto.", valueName: "auto|never"))
    var repair: String?

    @Option(
        help: ArgumentHelp(
            "How fast the disk is read again in search of damage: 'daily' for all of it once a day, "
                + "'off', or bytes a second. Default: daily.", valueName: "rate"))
    var scrubRate: String?

    @Flag(help: "Start although the clock is behind what this member last wrote.")
    var acceptClock = false
}

/// Where metrics are told.
enum MetricsAddress: Equatable {
    /// Nobody said: there, unless another program is.
    case usual
    case given(Address)
    case none

    static let usualAddress = Address.host("127.0.0.1", port: 4403)

    init(_ text: String?) throws {
        switch text {
        case nil: self = .usual
        case "none": self = .none
        case let text?: self = .given(try Options.address(text))
        }
    }
}

/// What flags and config file come to.
struct Options {
    var name: String
    var data: String
    var listenUnix: [String]
    var socketGroup: String?
    var listen: [Address]
    var peerListen: Address
    var initialCluster: String?
    var clusterToken: String
    var join: Address?
    /// Who asks to be taken in.
    var introduction: Introduction?
    var isLearner: Bool
    var cluster: UInt64
    var clientPapers: PaperFiles?
    var peerPapers: PaperFiles?
    var clientCertAuth: Bool
    var settings: Store::Settings
    var metrics: MetricsAddress
    var logLevel: LogLevel
    var acceptClock: Bool
    var repair: RepairPolicy

    static let version = "0.2.0"
    static let software = "martlet-store/\(version)"

    private static let keys = [
        ConfigFile.Key("name"), ConfigFile.Key("data"),
        ConfigFile.Key("listen-unix", repeats: true),
        ConfigFile.Key("socket-group"), ConfigFile.Key("listen", repeats: true),
        ConfigFile.Key("peer-listen"), ConfigFile.Key("initial-cluster"),
        ConfigFile.Key("snapshot-rate"),
        ConfigFile.Key("metrics-address"), ConfigFile.Key("slow-operation"),
        ConfigFile.Key("recording"),
        ConfigFile.Key("cluster-token"), ConfigFile.Key("join"), ConfigFile.Key("join-user"),
        ConfigFile.Key("join-password-file"), ConfigFile.Key("election-ms"),
        ConfigFile.Key("heartbeat-ms"), ConfigFile.Key("log-level"), ConfigFile.Key("audit"),
        ConfigFile.Key("unix-user", repeats: true), ConfigFile.Key("no-unix-root"),
        ConfigFile.Key("cluster"), ConfigFile.Key("advertise-peer"),
        ConfigFile.Key("advertise", repeats: true), ConfigFile.Key("highest-version"),
        ConfigFile.Key("quota"), ConfigFile.Key("auto-compaction-age"),
        ConfigFile.Key("auto-compaction-revisions"),
        ConfigFile.Key("repair"), ConfigFile.Key("scrub-rate"),
        ConfigFile.Key("cert-file"), ConfigFile.Key("key-file"), ConfigFile.Key("ca-file"),
        ConfigFile.Key("client-cert-auth"), ConfigFile.Key("peer-cert-file"),
        ConfigFile.Key("peer-key-file"), ConfigFile.Key("peer-ca-file"),
        ConfigFile.Key("crl-file"), ConfigFile.Key("peer-crl-file"),
    ]

    init(_ flags: Flags) throws {
        let file = try Options.load(flags)
        name = flags.name ?? file?["name"]?.value ?? "default"
        guard !name.isEmpty, name.utf8.count <= 64, !name.utf8.contains(where: { $0 <= 0x20 })
        else {
            throw ValidationError("a name has 1 to 64 bytes and no blanks")
        }
        data = flags.data ?? file?["data"]?.value ?? "/var/lib/martlet/store/\(name)"
        listenUnix = Options.either(flags.listenUnix, file, "listen-unix")
        socketGroup = flags.socketGroup ?? file?["socket-group"]?.value ?? Options.usualGroup
        listen = try Options.either(flags.listen, file, "listen").map(Options.address)
        peerListen = try Options.address(
            flags.peerListen ?? file?["peer-listen"]?.value ?? "127.0.0.1:2380")
        initialCluster = flags.initialCluster ?? file?["initial-cluster"]?.value
        clusterToken = flags.clusterToken ?? file?["cluster-token"]?.value ?? ""
        join = try (flags.join ?? file?["join"]?.value).map(Options.address)
        clientPapers = try Options.papers(
            file, "", flags.certFile, flags.keyFile, flags.caFile, flags.crlFile)
        peerPapers = try Options.papers(
            file, "peer-", flags.peerCertFile, flags.peerKeyFile, flags.peerCaFile,
            flags.peerCrlFile)
        clientCertAuth = try Options.isOn(
            flags.clientCertAuth ?? file?["client-cert-auth"]?.value ?? "on")
        introduction = try Options.introduction(
            flags.joinUser ?? file?["join-user"]?.value,
            flags.joinPasswordFile ?? file?["join-password-file"]?.value)
        let election = try flags.electionMs ?? Options.milliseconds(file, "election-ms") ?? 250
        let heartbeat = try flags.heartbeatMs ?? Options.milliseconds(file, "heartbeat-ms") ?? 50
        settings = try Options.settings(election: election, heartbeat: heartbeat)
        if let rate = flags.snapshotRate ?? file?["snapshot-rate"]?.value {
            settings.snapshotRate = try Options.rate(rate)
        }
        settings.slowOperation = try Options.slowOperation(
            flags.slowOperation ?? file?["slow-operation"]?.value ?? "100ms")
        settings.recordingBytes = try Options.recording(
            flags.recording ?? file?["recording"]?.value ?? "16MiB")
        metrics = try MetricsAddress(flags.metricsAddress ?? file?["metrics-address"]?.value)
        settings.audit = try Options.audit(flags.audit ?? file?["audit"]?.value)
        settings.unixUsers = try Options.either(flags.unixUser, file, "unix-user")
            .map(Options.unixUser)
        let isOff = flags.noUnixRoot || file?["no-unix-root"]?.value == "yes"
        settings.unixRoots = isOff ? [] : [0, getuid()]
        isLearner = flags.learner
        cluster = try Options.cluster(flags.cluster ?? file?["cluster"]?.value)
        settings.scrub = try Options.scrubbing(
            flags.scrubRate ?? file?["scrub-rate"]?.value ?? "daily")
        logLevel = try Options.level(flags.logLevel ?? file?["log-level"]?.value ?? "info")
        acceptClock = flags.acceptClock
        repair = try Options.repair(flags.repair ?? file?["repair"]?.value ?? "auto")
        guard initialCluster == nil || join == nil else {
            throw ValidationError(
                "--initial-cluster founds a cluster and --join enters one: give one of them")
        }
        try advertise(flags, file)
        try chooseUpkeep(flags, file)
    }

    /// What the membership is to say of us, if anything. A listed founder keeps what the list says.
    private mutating func advertise(_ flags: Flags, _ file: ConfigFile?) throws {
        let isListed = initialCluster != nil
        let peer = flags.advertisePeer ?? file?["advertise-peer"]?.value
        let clients = Options.either(flags.advertise, file, "advertise")
        if let peer {
            settings.peerAddress = try Options.address(peer).description
        } else if !isListed, !peerListen.isWildcard {
            settings.peerAddress = peerListen.description
        }
        if !clients.isEmpty {
            settings.clientAddresses = try clients.map { try Options.address($0).description }
        } else if !isListed, !listen.contains(where: \.isWildcard), !clientAddresses.isEmpty {
            settings.clientAddresses = clientAddresses
        }
    }

    private mutating func chooseUpkeep(_ flags: Flags, _ file: ConfigFile?) throws {
        if let highest = try Options.number(
            flags.highestVersion.map(UInt64.init), file, "highest-version")
        {
            guard (1...UInt64(ClusterVersion.newest.rawValue)).contains(highest) else {
                throw ValidationError(
                    "--highest-version \(highest): this program knows 1 to "
                        + "\(ClusterVersion.newest.rawValue)")
            }
            settings.supportedVersion = ClusterVersion(rawValue: UInt32(highest))
        }
        if let text = flags.quota ?? file?["quota"]?.value {
            guard let bytes = Quantity.bytes(text) else {
                throw ValidationError("--quota '\(text)': write bytes, as 4GiB")
            }
            settings.quotaBytes = UInt64(bytes)
        }
        if let text = flags.autoCompactionAge ?? file?["auto-compaction-age"]?.value {
            guard let age = Quantity.span(text), age >= .seconds(1) else {
                throw ValidationError("--auto-compaction-age '\(text)': write 1s or more, as 12h")
            }
            settings.compactionAge = age
        }
        settings.compactionRevisions = try Options.number(
            flags.autoCompactionRevisions, file, "auto-compaction-revisions")
        guard settings.compactionRevisions != 0 else {
            throw ValidationError("--auto-compaction-revisions 0: at least 1 revision is kept")
        }
    }

    private static func number(
        _ flag: UInt64?, _ file: ConfigFile?, _ key: String
    ) throws -> UInt64? {
        if let flag { return flag }
        do throws(ConfigFile.Fault) {
            return try file?.value(key, wanted: "a whole number") { UInt64($0) }
        } catch {
            throw ValidationError(error.description)
        }
    }

    private static func cluster(_ text: String?) throws -> UInt64 {
        guard let text else { return 0 }
        guard let id = UInt64(text, radix: 16), id != 0 else {
            throw ValidationError("--cluster '\(text)': a cluster's id has 16 hexadecimal digits")
        }
        return id
    }

    /// Where members reach this one, as far as flags say.
    var peerAddress: String { settings.peerAddress ?? peerListen.description }

    private static func load(_ flags: Flags) throws -> ConfigFile? {
        let usual = "/etc/martlet/store/\(flags.name ?? "default").conf"
        guard let path = flags.config ?? (unsafe access(usual, R_OK) == 0 ? usual : nil) else {
            return nil
        }
        do throws(ConfigFile.Faults) {
            return try ConfigFile.load(path, keys: keys)
        } catch {
            throw ValidationError(error.description)
        }
    }

    private static func either(
        _ flags: [String], _ file: ConfigFile?, _ key: String
    ) -> [String] {
        flags.isEmpty ? file?.all(key).map(\.value) ?? [] : flags
    }

    private static func milliseconds(_ file: ConfigFile?, _ key: String) throws -> UInt64? {
        do throws(ConfigFile.Fault) {
            return try file?.value(key, wanted: "a whole number of milliseconds") { UInt64($0) }
        } catch {
            throw ValidationError(error.description)
        }
    }

    private static func papers(
        _ file: ConfigFile?, _ prefix: String, _ certificate: String?, _ key: String?,
        _ authority: String?, _ revoked: String?
    ) throws -> PaperFiles? {
        do throws(StartRefusal) {
            return try PaperFiles(
                certificate: certificate ?? file?["\(prefix)cert-file"]?.value,
                key: key ?? file?["\(prefix)key-file"]?.value,
                authority: authority ?? file?["\(prefix)ca-file"]?.value,
                revoked: revoked ?? file?["\(prefix)crl-file"]?.value, prefix: prefix)
        } catch {
            throw ValidationError(error.description)
        }
    }

    private static func isOn(_ word: String) throws -> Bool {
        guard word == "on" || word == "off" else {
            throw ValidationError("--client-cert-auth is 'on' or 'off', not '\(word)'")
        }
        return word == "on"
    }

    static func address(_ text: String) throws -> Address {
        do throws(Address.Fault) {
            return try Address(text)
        } catch {
            throw ValidationError("'\(text)' is no address: \(error)")
        }
    }

    private static func settings(
        election: UInt64, heartbeat: UInt64
    ) throws -> Store::Settings {
        guard (10...60_000).contains(election), heartbeat >= 1, heartbeat * 2 <= election else {
            throw ValidationError(
                "election of \(election) ms with heartbeats of \(heartbeat) ms: an election takes "
                    + "10 to 60,000 ms and at least two heartbeats")
        }
        return Store::Settings(
            election: .milliseconds(election), heartbeat: .milliseconds(heartbeat))
    }

    private static func rate(_ text: String) throws -> UInt64 {
        guard let bytes = Quantity.bytes(text) else {
            throw ValidationError("'\(text)' is no size; write it as in 4096, 64KiB or 10MiB")
        }
        return UInt64(bytes)
    }

    private static func slowOperation(_ text: String) throws -> Instant.Span {
        if text == "none" { return .never }
        guard let span = Quantity.span(text), span >= .milliseconds(1) else {
            throw ValidationError(
                "--slow-operation '\(text)' is no time from 1ms on; write 100ms, 2s or none")
        }
        return span
    }

    private static func recording(_ text: String) throws -> Int {
        if text == "none" { return 0 }
        guard let bytes = Quantity.bytes(text), (1 << 20...128 << 20).contains(bytes) else {
            throw ValidationError(
                "--recording '\(text)' is not from 1MiB to 128MiB; write 16MiB or none")
        }
        return bytes
    }

    private static func introduction(_ user: String?, _ path: String?) throws -> Introduction? {
        guard let user else { return nil }
        guard let path else {
            throw ValidationError("--join-user needs --join-password-file")
        }
        guard let bytes = try? SmallFile.read(path, limit: 4096) else {
            throw ValidationError("cannot read '\(path)' for --join-password-file")
        }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        return Introduction(
            .authenticate,
            AuthenticateRequest(user: user, password: String(decoding: line, as: UTF8.self)).encoded
        )
    }

    private static func audit(_ word: String?) throws -> AuditLevel {
        guard let word else { return .admin }
        guard let level = AuditLevel(rawValue: word) else {
            throw ValidationError("'\(word)' is nothing to audit; use none, admin or all")
        }
        return level
    }

    private static func unixUser(_ text: String) throws -> Store::Settings.UnixUser {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let uid = UInt32(parts[0]) else {
            throw ValidationError("cannot read '\(text)' in --unix-user: write uid=user")
        }
        return Store::Settings.UnixUser(uid: uid, user: String(parts[1]))
    }

    private static func scrubbing(_ word: String) throws -> Store::Settings.Scrubbing {
        switch word {
        case "daily": return .daily
        case "off": return .off
        default: break
        }
        guard let rate = UInt64(word), rate > 0 else {
            throw ValidationError(
                "'\(word)' is no rate to scrub at; use daily, off or bytes a second")
        }
        return .bytesPerSecond(rate)
    }

    private static func repair(_ word: String) throws -> RepairPolicy {
        guard let policy = RepairPolicy(rawValue: word) else {
            throw ValidationError("'\(word)' is no way to repair; use auto or never")
        }
        return policy
    }

    private static func level(_ word: String) throws -> LogLevel {
        guard let level = LogLevel(word: word) else {
            throw ValidationError(
                "'\(word)' is no log level; use error, warning, notice, info or debug")
        }
        return level
    }

    /// The group of services/sysusers.d, where it was made.
    private static var usualGroup: String? { unsafe getgrnam("martlet") == nil ? nil : "martlet" }

    /// Where clients reach this member from other machines, or else from this one.
    var clientAddresses: [String] {
        if let advertised = settings.clientAddresses { return advertised }
        return listen.isEmpty
            ? listenUnix.map { "unix:\($0)" } : listen.map(\.description)
    }
}
