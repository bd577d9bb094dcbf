internal import Units

extension Tree {
    /// What changes the tree; what is told of it in events bears the same names.
    package enum Action: UInt8, CaseIterable, Sendable {
        /// Puts a file or an empty directory, whatever file was there.
        case set = 1
        /// Puts what must not be there yet.
        case create = 2
        /// Creates a child whose name is the new index in twenty digits. Told of as `create`.
        case createInOrder = 3
        /// Changes what must be there: the value of a file, the time to live of both.
        case update = 4
        case compareAndSwap = 5
        case compareAndDelete = 6
        case delete = 7
        /// Of the leader's own: the time was over.
        case expire = 8
    }

    /// One change that is wanted.
    package struct Command: Sendable {
        package var action: Action
        package var path: Path
        package var value: [UInt8] = []
        /// Set, create: make a directory. Delete: directories too, if they are empty.
        package var isDirectory = false
        /// Seconds from now on; nil for ever, also when there was an end before. 0 ends it at once.
        package var ttl: UInt64?
        /// What the caller's clock says then, in nanoseconds since 1970; only told, never used.
        package var expiration: Int64 = 0
        /// Delete: directories with all that is in them.
        package var recursive = false
        /// Set, update, compare-and-swap: keep the value, and tell nobody who watches.
        package var refresh = false
        /// Compared with the value, unless it is empty.
        package var previousValue: [UInt8] = []
        /// Compared with the index of the last change, unless it is 0.
        package var previousIndex: UInt64 = 0

        package init(_ action: Action, _ path: Path, value: [UInt8] = []) {
            self.action = action
            self.path = path
            self.value = value
        }
    }

    /// What happened.
    package struct Event: Equatable, Sendable {
        package var action: Action
        package var node: Node
        /// As it was before.
        package var previous: Node?
        /// Nobody who watches is told.
        package var isRefresh = false

        package var index: UInt64 { node.modified }
    }

    /// Why something was not done, in the numbers that directory clients know.
    package struct Failure: Swift.Error, Equatable, Sendable {
        package enum Code: UInt32, CaseIterable, Sendable {
            case keyNotFound = 100
            case compareFailed = 101
            case notFile = 102
            case notDirectory = 104
            case exists = 105
            case rootReadOnly = 107
            case directoryNotEmpty = 108
            case badTimeToLive = 202
            case valueOnRefresh = 211
            case noTimeToLiveOnRefresh = 212
            case historyCleared = 401
        }

        package var code: Code
        /// What it is about: a path without its root, or what was compared.
        package var cause: [UInt8]
        /// The tree's index as it failed; 0 when the command was wrong in itself.
        package var index: UInt64

        package init(_ code: Code, _ cause: [UInt8] = [], index: UInt64 = 0) {
            self.code = code
            self.cause = cause
            self.index = index
        }
    }
}

extension Tree.Failure.Code {
    /// The words that clients of directories know.
    package var message: String {
        switch self {
        case .keyNotFound: "Key not found"
        case .compareFailed: "Compare failed"
        case .notFile: "Not a file"
        case .notDirectory: "Not a directory"
        case .exists: "Key already exists"
        case .rootReadOnly: "Root is read only"
        case .directoryNotEmpty: "Directory not empty"
        case .badTimeToLive: "The given TTL in POST form is not a number"
        case .valueOnRefresh: "Value provided on refresh"
        case .noTimeToLiveOnRefresh: "A TTL must be provided on refresh"
        case .historyCleared: "The event in requested index is outdated and cleared"
        }
    }
}

extension Tree.Command {
    /// What is wrong with it whatever is in the tree.
    package func check() throws(Tree.Failure) {
        if refresh {
            guard ttl != nil else { throw Tree.Failure(.noTimeToLiveOnRefresh) }
            guard value.isEmpty else { throw Tree.Failure(.valueOnRefresh) }
        }
        guard ttl ?? 0 <= Limits.treeTimeToLive else { throw Tree.Failure(.badTimeToLive) }
    }

    /// Whether a file passes the comparison.
    func compare(_ entry: Tree.Entry, index: UInt64) throws(Tree.Failure) {
        let isValue = previousValue.isEmpty || previousValue == entry.value
        let isIndex = previousIndex == 0 || previousIndex == entry.modified
        if isValue && isIndex { return }
        let values = comparison(previousValue, entry.value)
        let indexes = comparison(
            Array("\(previousIndex)".utf8), Array("\(entry.modified)".utf8))
        let cause =
            isValue ? indexes : isIndex ? values : values + [UInt8(ascii: " ")] + indexes
        throw Tree.Failure(.compareFailed, cause, index: index)
    }

    private func comparison(_ wanted: [UInt8], _ found: [UInt8]) -> [UInt8] {
        Array("[".utf8) + wanted + Array(" != ".utf8) + found + Array("]".utf8)
    }
}
