internal import Glibc
internal import Units

/// The pages of the state's file, walked from the newest root without LMDB, which trusts what it reads
/// and stops the program, or worse, when a page is not what it should be.
///
/// LMDB keeps no checksums, so this finds pages that are missing, swapped, torn or overwritten, not
/// single bytes inside a value; what the records say is checked by `MVCC` afterwards. The layout is
/// that of LMDB 0.9 on 64 bits (mdb.c: MDB_page, MDB_node, MDB_db, MDB_meta).
package struct StatePages {
    /// What is wrong, with the page; the first few.
    package private(set) var faults: [String] = []
    /// Pages that are in use.
    package private(set) var count = 0

    private let pageBytes: Int
    private let pages: UInt64
    private var seen: [UInt64]

    private static let headBytes = 16
    private static let nodeBytes = 8
    private static let none = UInt64.max
    private static let maximumFaults = 20
    private static let maximumDepth = 32

    init(_ path: String) throws(DiskFailure) {
        let file = try Descriptor(opening: path, O_RDONLY)
        let size = Int(try file.status.st_size)
        let metas = try file.read(limit: 2 * Meta.stride)
        pageBytes = Int(metas.count >= 64 ? metas.span.little(UInt32.self, at: 40) : 0)
        guard (1 << 9...1 << 16).contains(pageBytes), pageBytes & (pageBytes - 1) == 0 else {
            pages = 0
            seen = []
            faults = ["its first page is not that of a state"]
            return
        }
        pages = UInt64(size / pageBytes)
        seen = [UInt64](repeating: 0, count: Int(pages / 64) + 1)
        let second = try file.read(pageBytes..<2 * pageBytes)
        let read = [Meta(metas.span), Meta(second.span)]
        guard let meta = read.compactMap({ $0 }).max(by: { $0.transaction < $1.transaction }) else {
            faults = ["neither of its first two pages is that of a state"]
            return
        }
        if read.contains(where: { $0 == nil }) { complain(0, "one of the two first pages is bad") }
        try walk(meta, file)
    }

    private mutating func walk(_ meta: Meta, _ file: borrowing Descriptor) throws(DiskFailure) {
        guard meta.lastPage < pages else {
            return complain(
                meta.lastPage, "the file ends before it: it was cut off at page \(pages)")
        }
        mark(0)
        mark(1)
        for tree in [meta.free, meta.main] { try walk(tree, file) }
    }

    private mutating func walk(_ tree: Tree, _ file: borrowing Descriptor) throws(DiskFailure) {
        guard tree.root != StatePages.none else { return }
        var entries: UInt64 = 0
        try walk(tree.root, depth: 1, of: tree, &entries, file)
        guard faults.isEmpty, entries != tree.entries else { return }
        complain(tree.root, "its tree has \(entries) records, and should have \(tree.entries)")
    }

    private mutating func walk(
        _ number: UInt64, depth: Int, of tree: Tree, _ entries: inout UInt64,
        _ file: borrowing Descriptor
    ) throws(DiskFailure) {
        guard depth <= tree.depth, depth <= StatePages.maximumDepth, take(number) else {
            return complain(number, "it is in two places, or too deep in its tree")
        }
        let start = Int(number) * pageBytes
        let bytes = try file.read(start..<start + pageBytes)
        guard let page = Page(bytes, number) else {
            return complain(number, "it is not the page that should be there")
        }
        guard page.isLeaf == (depth == tree.depth) else {
            return complain(number, "it is on the wrong level of its tree")
        }
        for place in 0..<page.count where faults.count < StatePages.maximumFaults {
            guard let node = page.node(place) else {
                return complain(number, "its record \(place) does not fit into it")
            }
            if !page.isLeaf {
                try walk(node.child, depth: depth + 1, of: tree, &entries, file)
                continue
            }
            entries += 1
            try walk(node, in: page, file)
        }
        if tree.isOrdered, !page.isOrdered { complain(number, "its keys are out of order") }
    }

    private mutating func walk(
        _ node: Page.Node, in page: Page, _ file: borrowing Descriptor
    ) throws(DiskFailure) {
        switch node.kind {
        case .plain: break
        case .tree(let tree): try walk(tree, file)
        case .long(let first, let size):
            let length = (size + StatePages.headBytes - 1) / pageBytes + 1
            guard first < pages, UInt64(length) <= pages - first,
                (first..<first + UInt64(length)).allSatisfy({ take($0) })
            else { return complain(page.number, "a long value of it is in pages of others") }
            let start = Int(first) * pageBytes
            let bytes = try file.read(start..<start + StatePages.headBytes)
            guard bytes.count == StatePages.headBytes, bytes.span.little(at: 0) == first,
                bytes.span.little(UInt16.self, at: 10) & 0x4F == 4,
                Int(bytes.span.little(UInt32.self, at: 12)) >= length
            else { return complain(first, "it is not the long value that should be there") }
        }
    }

    private mutating func complain(_ page: UInt64, _ what: String) {
        if faults.count < StatePages.maximumFaults { faults.append("page \(page): \(what)") }
    }

    /// Whether the page is there and was not met before.
    private mutating func take(_ page: UInt64) -> Bool {
        guard page < pages, seen[Int(page / 64)] & 1 << (page % 64) == 0 else { return false }
        mark(page)
        return true
    }

    private mutating func mark(_ page: UInt64) {
        guard page < pages else { return }
        seen[Int(page / 64)] |= 1 << (page % 64)
        count += 1
    }
}

/// MDB_db.
private struct Tree {
    static let size = 48

    var depth: Int
    var entries: UInt64
    var root: UInt64
    /// The keys of the list of free pages are numbers, as this machine keeps them.
    var isOrdered: Bool

    init(_ bytes: Bytes, at offset: Int) {
        isOrdered = bytes.little(UInt16.self, at: offset + 4) & 8 == 0
        depth = Int(bytes.little(UInt16.self, at: offset + 6))
        entries = bytes.little(at: offset + 32)
        root = bytes.little(at: offset + 40)
    }
}

/// MDB_meta, behind the head of its page.
private struct Meta {
    static let stride = 4096

    var free: Tree
    var main: Tree
    var lastPage: UInt64
    var transaction: UInt64

    init?(_ page: Bytes) {
        guard page.count >= 16 + 136, page.little(UInt16.self, at: 10) & 8 != 0,
            page.little(UInt32.self, at: 16) == 0xBEEF_C0DE, page.little(UInt32.self, at: 20) == 1
        else { return nil }
        free = Tree(page, at: 40)
        main = Tree(page, at: 88)
        lastPage = page.little(at: 136)
        transaction = page.little(at: 144)
    }
}

/// MDB_page: a branch or a leaf.
private struct Page {
    struct Node {
        enum Kind {
            case plain
            case tree(Tree)
            case long(UInt64, size: Int)
        }

        var kind: Kind
        /// In a branch.
        var child: UInt64
    }

    let bytes: [UInt8]
    let number: UInt64
    let isLeaf: Bool
    let count: Int

    /// Nil when it is neither, or another page.
    init?(_ bytes: [UInt8], _ number: UInt64) {
        let page = bytes.span
        guard page.count >= 512, page.little(at: 0) == number else { return nil }
        let flags = page.little(UInt16.self, at: 10) & 0x6F
        guard flags == 1 || flags == 2 else { return nil }
        let lower = Int(page.little(UInt16.self, at: 12))
        let upper = Int(page.little(UInt16.self, at: 14))
        guard lower >= 16, lower % 2 == 0, lower <= upper, upper <= page.count else { return nil }
        self.bytes = bytes
        self.number = number
        isLeaf = flags == 2
        count = (lower - 16) / 2
        guard count > 0 else { return nil }
    }

    private func place(_ index: Int) -> (start: Int, keyCount: Int, dataCount: Int)? {
        let page = bytes.span
        let start = Int(page.little(UInt16.self, at: 16 + 2 * index))
        guard start >= 16 + 2 * count, start + 8 <= page.count else { return nil }
        let keyCount = Int(page.little(UInt16.self, at: start + 6))
        let dataCount = Int(page.little(UInt32.self, at: start))
        guard keyCount <= page.count - start - 8 else { return nil }
        return (start, keyCount, dataCount)
    }

    func node(_ index: Int) -> Node? {
        guard let (start, keyCount, dataCount) = place(index) else { return nil }
        let page = bytes.span
        let flags = page.little(UInt16.self, at: start + 4)
        guard isLeaf else {
            return Node(kind: .plain, child: UInt64(dataCount) | UInt64(flags) << 32)
        }
        let data = start + 8 + keyCount
        switch flags {
        case 0:
            return dataCount <= page.count - data ? Node(kind: .plain, child: 0) : nil
        case 1:
            guard page.count - data >= 8 else { return nil }
            return Node(kind: .long(page.little(at: data), size: dataCount), child: 0)
        case 2:
            guard page.count - data >= Tree.size, dataCount == Tree.size else { return nil }
            return Node(kind: .tree(Tree(page, at: data)), child: 0)
        default: return nil
        }
    }

    /// Each key is above the one before; the first of a branch counts for nothing.
    var isOrdered: Bool {
        let first = isLeaf ? 1 : 2
        guard count > first else { return true }
        for index in first..<count {
            guard let left = place(index - 1), let right = place(index) else { return false }
            let page = bytes.span
            let lower = page.extracting(left.start + 8..<left.start + 8 + left.keyCount)
            let upper = page.extracting(right.start + 8..<right.start + 8 + right.keyCount)
            guard lower.compared(to: upper) < 0 else { return false }
        }
        return true
    }
}
