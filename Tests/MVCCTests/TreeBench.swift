import MVCC
import Testing
import Units

/// A tree on a table: commands and answers as short texts.
///
///     set /a 1 ttl=5         → set /a=1 @4/4 ttl 5       (index of change / of creation)
///     delete /a              → delete /a @5/4 was /a=1 @4/4 ttl 5
///     get /a                 → 100 /a (5)                (code, cause, index)
///     get / recursive        → / | /d/ @6/6 | /d/x=1 @6/6
///     pass 5                 time goes by, in seconds
///     expire                 → expire /a @7/6 was …      (the events, or nothing)
struct TreeBench {
    var tables = MemoryTables()
    var store: MVCC
    private var mark: UInt64 = 0

    init() {
        store = MVCC(tables: tables)
        store.begin(clusterTime: Instant(nanoseconds: 1_000_000_000))
    }

    mutating func run(_ line: String) throws -> String {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        switch words[0] {
        case "pass":
            pass(milliseconds: UInt64(Double(words[1])! * 1000))
            return ""
        case "expire": return expire()
        case "get": return try get(words[1], recursive: words.contains("recursive"))
        default: return carryOut(try TreeBench.command(words))
        }
    }

    mutating func pass(milliseconds: UInt64) {
        store.begin(clusterTime: store.clusterTime + .milliseconds(milliseconds))
    }

    mutating func carryOut(_ command: Tree.Command) -> String {
        do throws(Tree.Failure) {
            return TreeBench.text(try store.tree(command))
        } catch {
            return TreeBench.text(error)
        }
    }

    mutating func expire() -> String {
        let before = store.treeIndex
        store.expireTree()
        return events(from: before + 1).joined(separator: " | ")
    }

    func get(_ path: String, recursive: Bool) throws -> String {
        var nodes: [String] = []
        do throws(Tree.Failure) {
            let node = try store.look(
                at: try! Tree.Path(bytes(path)), recursive: recursive, time: store.clusterTime
            ) {
                nodes.append(TreeBench.text($0))
                return true
            }
            return ([TreeBench.text(node)] + nodes).joined(separator: " | ")
        } catch {
            return TreeBench.text(error)
        }
    }

    func events(from index: UInt64) -> [String] {
        var found: [String] = []
        store.treeEvents(from: index, through: store.treeIndex) { event in
            found.append(TreeBench.text(event))
            return true
        }
        return found
    }

    mutating func restart() {
        mark += 1
        store.applied(Mark(index: mark, term: 1))
        store.freeze().write(into: tables)
        store.thaw(tables: tables)
        store = MVCC(tables: tables)
    }

    // MARK: Texts

    static func command(_ words: [String]) throws -> Tree.Command {
        let actions: [String: Tree.Action] = [
            "set": .set, "create": .create, "post": .createInOrder, "update": .update,
            "cas": .compareAndSwap, "cad": .compareAndDelete, "delete": .delete,
        ]
        var command = Tree.Command(
            try #require(actions[words[0]]), try Tree.Path(bytes(words[1])))
        for word in words.dropFirst(2) {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            switch parts.first {
            case "ttl": command.ttl = UInt64(parts[1])
            case "date": command.expiration = Int64(parts[1])!
            case "was": command.previousValue = bytes(parts[1])
            case "index": command.previousIndex = UInt64(parts[1])!
            case "dir": command.isDirectory = true
            case "recursive": command.recursive = true
            case "refresh": command.refresh = true
            default: command.value = bytes(word)
            }
        }
        return command
    }

    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    static func text(_ node: Tree.Node) -> String {
        guard !node.key.isEmpty else { return "/" }
        var words = text(node.key) + (node.isDirectory ? "/" : "")
        if let value = node.value { words += "=" + text(value) }
        words += " @\(node.modified)/\(node.created)"
        if node.expires { words += " ttl \(node.ttl)" }
        if node.expiration != 0 { words += " date \(node.expiration)" }
        return words
    }

    static func text(_ event: Tree.Event) -> String {
        let was = event.previous.map { " was " + text($0) } ?? ""
        return "\(event.action) \(text(event.node))\(was)\(event.isRefresh ? " quietly" : "")"
    }

    static func text(_ failure: Tree.Failure) -> String {
        let cause = failure.cause.isEmpty ? "" : text(failure.cause) + " "
        return "\(failure.code.rawValue) \(cause)(\(failure.index))"
    }
}
