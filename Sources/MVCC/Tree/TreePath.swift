internal import Units

extension Tree {
    /// The way from the root to a node: "/" alone, or "/a/b". Names are any bytes but '/'.
    package struct Path: Equatable, Hashable, Sendable {
        static let slash = UInt8(ascii: "/")
        static let dot = UInt8(ascii: ".")
        static let underscore = UInt8(ascii: "_")
        package static let root = Path(unchecked: [slash])

        package let bytes: [UInt8]
        /// Where each name ends; none for the root.
        let ends: [Int]

        /// A path in its one canonical spelling; others are refused, as nothing here corrects them.
        package init(_ bytes: [UInt8]) throws(Unfit) {
            guard bytes.first == Path.slash else { throw .notAbsolute }
            guard bytes.count <= Limits.treePath else { throw .tooLong(limit: Limits.treePath) }
            self.init(unchecked: bytes)
            guard depth <= Limits.treeDepth else { throw .tooDeep(limit: Limits.treeDepth) }
            for level in 0..<depth {
                let name = name(level)
                guard !name.isEmpty else { throw .emptyName }
                guard name != [Path.dot], name != [Path.dot, Path.dot] else { throw .dots }
            }
        }

        init(unchecked bytes: [UInt8]) {
            self.bytes = bytes
            guard bytes.count > 1 else {
                ends = []
                return
            }
            ends = (1..<bytes.count).filter { bytes[$0] == Path.slash } + [bytes.count]
        }

        /// Why bytes are no path.
        package enum Unfit: Swift.Error, Equatable {
            case notAbsolute, emptyName, dots
            case tooLong(limit: Int)
            case tooDeep(limit: Int)
        }
    }
}

extension Tree.Path {
    /// Names on the way; 0 for the root.
    package var depth: Int { ends.count }
    package var isRoot: Bool { ends.isEmpty }

    /// The name after so many others.
    private func name(_ level: Int) -> ArraySlice<UInt8> {
        bytes[(level == 0 ? 1 : ends[level - 1] + 1)..<ends[level]]
    }

    /// The first `depth` names.
    func ancestor(_ depth: Int) -> Tree.Path {
        depth == 0 ? .root : Tree.Path(unchecked: Array(bytes[..<ends[depth - 1]]))
    }

    func child(_ name: some Sequence<UInt8>) -> Tree.Path {
        Tree.Path(unchecked: (isRoot ? [] : bytes) + [Tree.Path.slash] + name)
    }

    /// Left out of listings.
    var isHidden: Bool { hiddenDepth == depth && depth > 0 }

    /// How deep the last hidden name is; 0 when there is none.
    var hiddenDepth: Int {
        (0..<depth).last { name($0).first == Tree.Path.underscore }.map { $0 + 1 } ?? 0
    }

    /// What every path below begins with.
    var below: [UInt8] { isRoot ? bytes : bytes + [Tree.Path.slash] }

    func isBelow(_ other: Tree.Path) -> Bool {
        depth > other.depth && bytes.starts(with: other.below)
    }
}

extension Tree.Path.Unfit: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notAbsolute: "a path begins with '/'"
        case .emptyName: "a path has no empty names: no '//' and no '/' at its end"
        case .dots: "the names '.' and '..' are not allowed in a path"
        case .tooLong(let limit): "the path is longer than \(limit) bytes; use a shorter one"
        case .tooDeep(let limit): "the path has more than \(limit) names; use fewer"
        }
    }
}
