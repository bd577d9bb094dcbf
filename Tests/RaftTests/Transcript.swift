import Raft
import Units

/// Runs the commands of a transcript and tells what happened, indented below each.
///
/// Members write to disk at once and messages wait until `deliver` (one hop, told) or `settle`
/// (until all is quiet, only what members do is told). `slow` holds back a member's disk until
/// `sync`; `cut` silences members; what was sent before stays in the mail unless it is `lost`.
final class Transcript {
    private let cluster = Cluster()
    private var output: [String] = []
    private var cutOff: Set<MemberID> = []
    private var lasts: [MemberID: LogIndex] = [:]
    private var kept: [Mail] = []
    private var limits = (append: 1 << 20, window: 1 << 20, uncommitted: 1 << 20, lag: 2)

    init() {
        cluster.onEffect = { [unowned self] id, effect in
            output += Narration.of(effect, at: id, before: lasts[id] ?? .zero)
            if case .append(let entries) = effect { lasts[id] = entries[entries.count - 1].index }
            if case .restartLog(let mark) = effect { lasts[id] = mark.index }
        }
        cluster.onBreach = { [unowned self] in output.append("BROKEN RULE: \($0)") }
    }

    /// The transcript with its answers written anew.
    static func rewrite(_ text: String) -> String {
        let transcript = Transcript()
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("  ") { continue }
            lines.append(String(line))
            if line.hasPrefix("> ") { lines += transcript.run(String(line.dropFirst(2))) }
        }
        return lines.joined(separator: "\n")
    }

    private func run(_ command: String) -> [String] {
        output = []
        var words = command.split(separator: " ").map(String.init)
        let verb = words.removeFirst()
        perform(verb, words)
        cluster.checkLogsMatch()
        return output.map { "  " + $0 }
    }

    private func perform(_ verb: String, _ words: [String]) {
        if world(verb, words) || mail(verb, words) || member(verb, words) { return }
        output.append("unknown command '\(verb)'")
    }

    // MARK: The world

    private func world(_ verb: String, _ words: [String]) -> Bool {
        switch verb {
        case "limits": setLimits(words)
        case "members": found(words)
        case "join": join(words.map(id))
        case "wait": cluster.now = cluster.now + .milliseconds(UInt64(words[0])!)
        case "cut": cutOff.formUnion(words.map(id))
        case "heal": words.isEmpty ? cutOff.removeAll() : cutOff.subtract(words.map(id))
        case "crash": for word in words { cluster.crash(id(word)) }
        case "damage": cluster.damage(id(words[0]), after: LogIndex(UInt64(words[1])!))
        case "restart": words.map(id).forEach(restart)
        case "slow": for word in words { cluster[id(word)].isDiskSlow = true }
        case "sync": words.map(id).forEach(sync)
        case "log": words.map(id).forEach(tellLog)
        case "status": cluster.nodes.forEach(tellStatus)
        default: return false
        }
        return true
    }

    private func id(_ word: String) -> MemberID { MemberID(UInt64(word)!) }

    private func setLimits(_ words: [String]) {
        for word in words {
            let parts = word.split(separator: "=")
            let value = Int(parts[1])!
            switch parts[0] {
            case "append": limits.append = value
            case "window": limits.window = value
            case "uncommitted": limits.uncommitted = value
            case "lag": limits.lag = value
            default: output.append("unknown limit '\(parts[0])'")
            }
        }
    }

    /// `members 1 2 3 learner 4`
    private func found(_ words: [String]) {
        let limits = limits
        cluster.settings = { id in
            Settings(
                id: id, election: .milliseconds(100), heartbeat: .milliseconds(10),
                maximumAppendBytes: limits.append, maximumInFlightBytes: limits.window,
                maximumUncommittedBytes: limits.uncommitted, promotionLag: limits.lag)
        }
        let voters = words.prefix { $0 != "learner" }.map(id)
        let learners = words.dropFirst(voters.count + 1).map(id)
        let members =
            voters.map { Membership.Member(id: $0) }
            + learners.map { Membership.Member(id: $0, seat: .learner) }
        let membership = Membership(members: members.sorted { $0.id < $1.id })
        for member in members { cluster.found(member.id, membership) }
    }

    private func join(_ ids: [MemberID]) {
        for id in ids { cluster.found(id, Membership()) }
    }

    private func restart(_ id: MemberID) {
        cluster.restart(id)
        lasts[id] = cluster.raft(id).lastIndex
        tellLog(id)
    }

    private func sync(_ id: MemberID) {
        cluster[id].isDiskSlow = false
        syncDisks()
    }

    private func syncDisks() {
        while let busy = cluster.nodes.first(where: {
            !$0.isDiskSlow && !($0.writes.isEmpty && $0.states.isEmpty)
        }) {
            cluster.syncTogether(busy.id)
        }
    }

    private func tellLog(_ id: MemberID) {
        let raft = cluster.raft(id)
        var words = ["\(id.rawValue): log"]
        if raft.firstIndex > LogIndex(1) {
            words.append("…\(raft.firstIndex.previous.rawValue)")
        }
        var index = raft.firstIndex
        while index <= raft.lastIndex {
            words.append(Narration.place(index, raft.term(at: index)!))
            index = index.next
        }
        words.append("commit \(raft.commitIndex.rawValue) durable \(raft.durableIndex.rawValue)")
        output.append(words.joined(separator: " "))
    }

    private func tellStatus(_ node: Node) {
        guard let raft = node.raft else { return output.append("\(node.id.rawValue): down") }
        output.append(
            "\(node.id.rawValue): \(raft.role) term \(raft.term.rawValue) "
                + "log \(Narration.place(raft.lastIndex, raft.lastTerm)) "
                + "commit \(raft.commitIndex.rawValue)")
    }

    // MARK: Mail

    private func mail(_ verb: String, _ words: [String]) -> Bool {
        switch verb {
        case "deliver": deliver(words.map(id))
        case "settle": settle()
        case "lose": output += take(words.map(id)).map { "lost \(Narration.mail($0))" }
        case "copy":
            let copies = take(words.map(id))
            cluster.mail += copies + copies
        case "keep":
            let ends = words.map(id)
            kept += cluster.mail.filter { $0.from == ends[0] && $0.to == ends[1] }
        case "again":
            cluster.mail += kept
            kept = []
        case "mail": output += cluster.mail.map(Narration.mail)
        default: return false
        }
        return true
    }

    /// From one to another, from one, or all.
    private func take(_ ends: [MemberID]) -> [Mail] {
        let isMeant = { (mail: Mail) in
            (ends.isEmpty || mail.from == ends[0]) && (ends.count < 2 || mail.to == ends[1])
        }
        let taken = cluster.mail.filter(isMeant)
        cluster.mail.removeAll(where: isMeant)
        return taken
    }

    private func deliver(_ ends: [MemberID]) {
        for mail in take(ends) {
            guard canPass(mail) else {
                output.append("lost \(Narration.mail(mail))")
                continue
            }
            output.append(Narration.mail(mail))
            cluster.step(mail.to, .received(mail.message, from: mail.from))
            syncDisks()
        }
    }

    private func canPass(_ mail: Mail) -> Bool {
        !cutOff.contains(mail.from) && !cutOff.contains(mail.to)
            && cluster.nodes.contains { $0.id == mail.to && $0.raft != nil }
    }

    private func settle() {
        var hops = 0
        while !cluster.mail.isEmpty && hops < 200 {
            hops += 1
            for mail in take([]) where canPass(mail) {
                cluster.step(mail.to, .received(mail.message, from: mail.from))
                syncDisks()
            }
        }
        if hops == 200 { output.append("never quiet") }
    }

    // MARK: Members

    private func member(_ verb: String, _ words: [String]) -> Bool {
        switch verb {
        case "elect": elect(id(words[0]))
        case "timeout": passTime(until: id(words[0]))
        case "run": run(milliseconds: UInt64(words[0])!)
        case "tick": step(id(words[0]), .tick)
        case "beat": words.map(id).forEach(beat)
        case "campaign": step(id(words[0]), .campaign)
        case "suspend": step(id(words[0]), .suspend(true))
        case "trust": step(id(words[0]), .suspend(false))
        case "put": step(id(words[0]), .propose(payload(words[1...])))
        case "read": step(id(words[0]), .read(id: UInt64(words[1])!))
        case "transfer": step(id(words[0]), .transfer(to: words.dropFirst().first.map(id)))
        case "change": step(id(words[0]), .change(change(Array(words[1...]))))
        case "unreachable": step(id(words[0]), .unreachable(id(words[1])))
        case "checkpoint": checkpoint(id(words[0]), words.dropFirst().first)
        case "snapshot": carry(words.map(id), fails: false)
        case "snapshot-fails": carry(words.map(id), fails: true)
        default: return false
        }
        return true
    }

    private func step(_ id: MemberID, _ event: Event) {
        cluster.step(id, event)
        syncDisks()
    }

    /// A later time, a campaign, and all that follows; the ceremony is left out.
    private func elect(_ id: MemberID) {
        cluster.now = cluster.now + .milliseconds(200)
        step(id, .campaign)
        settle()
        let ceremony = ["saves", "asks around", "stands for", "waits in", "follows", " empty"]
        output.removeAll { line in ceremony.contains { line.contains($0) } }
        if !output.contains(where: { $0.hasPrefix("\(id.rawValue): leads") }) {
            output.append("\(id.rawValue): is not elected")
        }
    }

    private func passTime(until id: MemberID) {
        guard cluster.raft(id).deadline < .never else {
            return output.append("\(id.rawValue): waits for nothing")
        }
        cluster.now = max(cluster.now, cluster.raft(id).deadline)
        step(id, .tick)
    }

    /// Time passes as it does, and every member keeps to its timers.
    private func run(milliseconds: UInt64) {
        for _ in 0..<milliseconds / 5 {
            cluster.now = cluster.now + .milliseconds(5)
            for node in cluster.nodes where node.raft.map({ $0.deadline <= cluster.now }) ?? false {
                step(node.id, .tick)
            }
            settle()
        }
    }

    private func beat(_ id: MemberID) {
        cluster.now = cluster.now + .milliseconds(10)
        step(id, .tick)
    }

    /// A quoted text, or `bytes=N`.
    private func payload(_ words: ArraySlice<String>) -> [UInt8] {
        let text = words.joined(separator: " ")
        if text.hasPrefix("bytes=") {
            return [UInt8](repeating: 120, count: Int(text.dropFirst(6))!)
        }
        return Array(text.filter { $0 != "\"" }.utf8)
    }

    private func change(_ words: [String]) -> MembershipChange {
        switch words[0] {
        case "add": .add(id(words[1]), context: [])
        case "promote": .promote(id(words[1]))
        case "demote": .demote(id(words[1]))
        case "remove": .remove(id(words[1]))
        case "update": .update(id(words[1]), context: Array(words[2].utf8))
        case "set": setting(words.dropFirst())
        default: preconditionFailure("unknown change '\(words[0])'")
        }
    }

    private func setting(_ words: ArraySlice<String>) -> MembershipChange {
        let voters = words.prefix { $0 != "learner" }
        return .set(voters: voters.map(id), learners: words.dropFirst(voters.count + 1).map(id))
    }

    private func checkpoint(_ id: MemberID, _ keeping: String?) {
        cluster.checkpoint(id, keeping: keeping.map { Int($0)! } ?? 0)
        tellLog(id)
    }

    private func carry(_ ends: [MemberID], fails: Bool) {
        let done = cluster.carry(from: ends[0], to: ends[1], fails: fails)
        output.append(done ? "snapshot installed or not needed" : "snapshot failed")
        syncDisks()
    }
}
