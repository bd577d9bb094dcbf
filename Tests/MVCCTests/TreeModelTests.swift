import MVCC
import Testing
import Units

/// Random commands on the tree and on a plain model of it, with checkpoints and restarts in between.
@Suite struct TreeModelTests {
    @Test(arguments: 0..<24) func agreesWithTheModel(seed: Int) throws {
        var run = TreeRun(seed: UInt64(seed))
        for _ in 0..<500 { try run.step() }
        run.compare()
        try run.compareSnapshot()
    }
}

/// Nodes as objects that hold one another, as a beginner would write it.
private final class ModelNode {
    var path: String
    var value: String?
    var children: [String: ModelNode] = [:]
    var created: UInt64
    var modified: UInt64
    var end: UInt64?

    init(_ path: String, value: String?, at index: UInt64) {
        self.path = path
        self.value = value
        created = index
        modified = index
    }

    var isDirectory: Bool { value == nil }

    func text(at now: UInt64) -> String {
        guard path != "" else { return "/" }
        var words = path + (isDirectory ? "/" : "=" + value!) + " @\(modified)/\(created)"
        if let end { words += " ttl \((max(end, now) - now + 999) / 1000)" }
        return words
    }
}

private struct ModelFailure: Error {
    var text: String
}

private struct TreeModel {
    var root = ModelNode("", value: nil, at: 0)
    var index: UInt64 = 3
    var now: UInt64 = 1_000

    func fail(_ code: Int, _ cause: String) -> ModelFailure {
        ModelFailure(text: "\(code) \(cause.isEmpty ? "" : cause + " ")(\(index))")
    }

    func names(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    func find(_ path: String) throws -> ModelNode {
        var node = root
        for name in names(path) {
            guard node.isDirectory else { throw fail(104, node.path) }
            guard let child = node.children[name] else { throw fail(100, node.path + "/" + name) }
            node = child
        }
        return node
    }

    mutating func run(_ words: [String]) -> String {
        do {
            return try carryOut(words)
        } catch let failure as ModelFailure {
            return failure.text
        } catch {
            return "\(error)"
        }
    }

    private mutating func carryOut(_ words: [String]) throws -> String {
        let options = words.dropFirst(2)
        func option(_ name: String) -> String? {
            options.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
        }
        let path = words[1]
        let isDirectory = options.contains("dir")
        let recursive = options.contains("recursive")
        let ttl = option("ttl").map { UInt64($0)! * 1000 }
        let value = options.first { $0.hasPrefix("v") } ?? ""
        let old = try? find(path)
        let before = old?.text(at: now)
        if path == "/", !["post", "cad"].contains(words[0]) { throw fail(107, "/") }
        var name = words[0]
        switch words[0] {
        case "set", "create", "post":
            if words[0] == "set", let old, old.isDirectory { throw fail(102, path) }
            if words[0] == "create", old != nil { throw fail(105, path) }
            var place = path
            if words[0] == "post" {
                let digits = "\(index + 1)"
                place =
                    (path == "/" ? "" : path) + "/"
                    + String(repeating: "0", count: 20 - digits.count) + digits
                name = "create"
            }
            let node = try make(place, value: isDirectory ? nil : value)
            node.end = ttl.map { now + $0 }
            index += 1
            let was = words[0] == "set" ? before.map { " was " + $0 } ?? "" : ""
            return "\(name) \(node.text(at: now))\(was)"
        case "update", "cas":
            let node = try find(path)
            if words[0] == "update", node.isDirectory, !value.isEmpty { throw fail(102, path) }
            if words[0] == "cas" {
                if node.isDirectory { throw fail(102, path) }
                try compare(node, option("was"), option("index"))
                name = "compareAndSwap"
            }
            index += 1
            node.end = ttl.map { now + $0 }
            let kept = node.modified
            node.modified = index
            if !node.isDirectory { node.value = value }
            let text = node.text(at: now)
            if node.isDirectory { node.modified = kept }
            return "\(name) \(text) was \(before!)"
        default:
            let node = try find(path)
            if words[0] == "cad" {
                if node.isDirectory { throw fail(102, path == "/" ? "" : path) }
                try compare(node, option("was"), option("index"))
                name = "compareAndDelete"
            } else if node.isDirectory, !recursive {
                if !isDirectory { throw fail(102, path) }
                if !node.children.isEmpty { throw fail(108, path) }
            }
            return remove(node, name)
        }
    }

    private func compare(_ node: ModelNode, _ value: String?, _ wanted: String?) throws {
        let values = value == nil || value == node.value
        let indexes = wanted == nil || wanted == "\(node.modified)"
        if values && indexes { return }
        var causes: [String] = []
        if !values { causes.append("[\(value!) != \(node.value!)]") }
        if !indexes { causes.append("[\(wanted!) != \(node.modified)]") }
        throw fail(101, causes.joined(separator: " "))
    }

    private mutating func make(_ path: String, value: String?) throws -> ModelNode {
        var node = root
        let names = names(path)
        for name in names.dropLast() {
            let next =
                node.children[name] ?? ModelNode(node.path + "/" + name, value: nil, at: index + 1)
            guard next.isDirectory else { throw fail(104, next.path) }
            node.children[name] = next
            node = next
        }
        let last = ModelNode(path, value: value, at: index + 1)
        node.children[names.last!] = last
        return last
    }

    private mutating func remove(_ node: ModelNode, _ name: String) -> String {
        index += 1
        let parent = try! find(String(node.path[..<node.path.lastIndex(of: "/")!]))
        parent.children[names(node.path).last!] = nil
        let slash = node.isDirectory ? "/" : ""
        return "\(name) \(node.path)\(slash) @\(index)/\(node.created) was \(node.text(at: now))"
    }

    /// All nodes, hidden ones too, each before what is in it.
    func all(_ node: ModelNode? = nil, hidden: Bool) -> [ModelNode] {
        (node ?? root).children.values.sorted {
            Array($0.path.utf8).lexicographicallyPrecedes(Array($1.path.utf8))
        }
        .filter { hidden || names($0.path).last!.first != "_" }
        .flatMap { [$0] + all($0, hidden: hidden) }
    }

    mutating func expire() -> String {
        var told: [String] = []
        while let first = all(hidden: true).filter({ $0.end ?? .max <= now }).min(by: {
            left, right in
            (left.end!, names(left.path).count, left.path)
                < (right.end!, names(right.path).count, right.path)
        }) {
            told.append(remove(first, "expire"))
        }
        return told.joined(separator: " | ")
    }
}

struct TreeRun {
    private var chance: Chance
    private var model = TreeModel()
    private var bench = TreeBench()
    /// Hears the same and is never restarted.
    private var twin = TreeBench()

    init(seed: UInt64) { chance = Chance(seed: seed, name: "tree") }

    static func path(_ chance: inout Chance, root: Bool = false) -> String {
        let names = ["a", "b", "_h", "a.", "a0", "zz"]
        let depth = chance.below(root ? 5 : 4) + (root ? 0 : 1)
        guard depth > 0 else { return "/" }
        return (0..<depth).map { _ in "/" + names[Int(chance.below(6))] }.joined()
    }

    static func words(_ chance: inout Chance) -> [String] {
        let actions = ["set", "set", "set", "create", "post", "update", "cas", "cad", "delete"]
        let action = actions[Int(chance.below(9))]
        let path = chance.below(40) == 0 ? "/" : path(&chance)
        var words = [action, path]
        if chance.below(3) != 0, action != "delete", action != "cad" {
            words.append("v\(chance.below(4))")
        }
        if chance.below(4) == 0 { words.append("dir") }
        if chance.below(3) == 0 { words.append("recursive") }
        if chance.below(3) == 0 { words.append("ttl=\(chance.below(9))") }
        guard action == "cas" || action == "cad" else { return words }
        if chance.below(2) == 0 { words.append("was=v\(chance.below(4))") }
        if chance.below(2) == 0 { words.append("index=\(4 + chance.below(60))") }
        return words
    }

    static func command(_ chance: inout Chance) throws -> Tree.Command {
        try TreeBench.command(words(&chance))
    }

    mutating func step() throws {
        switch chance.below(20) {
        case 0..<14:
            let words = TreeRun.words(&chance)
            let line = words.joined(separator: " ")
            let expected = model.run(words)
            #expect(try bench.run(line) == expected, "\(line)")
            _ = try twin.run(line)
        case 14..<16:
            let span = chance.below(3_000)
            model.now += span
            bench.pass(milliseconds: span)
            twin.pass(milliseconds: span)
        case 16:
            #expect(bench.expire() == model.expire())
            _ = twin.expire()
        case 17: bench.restart()
        default: compare()
        }
        #expect(bench.store.digest == twin.store.digest)
        #expect(bench.store.treeIndex == model.index)
        let end = model.all(hidden: true).compactMap(\.end).min()
        #expect(bench.store.nextTreeExpiry == end.map { Instant(nanoseconds: $0 * 1_000_000) })
    }

    func compare() {
        let expected = ["/"] + model.all(hidden: false).map { $0.text(at: model.now) }
        let found = try? bench.get("/", recursive: true)
        #expect(found == expected.joined(separator: " | "))
        for node in model.all(hidden: true) where node.path.contains("/_") {
            let text = try? bench.get(node.path, recursive: false)
            #expect(text?.hasPrefix(node.text(at: model.now)) == true)
        }
    }

    /// A snapshot of the tables gives the same tree, history and calendar.
    mutating func compareSnapshot() throws {
        bench.restart()
        let copy = MemoryTables()
        for chunk in SnapshotTests.chunks(bench.tables) {
            try SnapshotCodec.restore(chunk: chunk.span, into: copy)
        }
        var other = TreeBench()
        other.tables = copy
        other.store = MVCC(tables: copy)
        #expect(other.store.digest == twin.store.digest)
        #expect(other.events(from: 0) == twin.events(from: 0))
        #expect(other.store.nextTreeExpiry == twin.store.nextTreeExpiry)
        #expect(other.store.treeStatistics == twin.store.treeStatistics)
        #expect(try other.get("/", recursive: true) == twin.get("/", recursive: true))
        let (a, b) = (try other.run("set /again x"), try twin.run("set /again x"))
        #expect(a == b && other.store.digest == twin.store.digest)
    }
}
