internal import MVCC
internal import Units
internal import Wire

/// What one user may do: all permissions of all its roles, put together for looking up.
struct Grants: Equatable {
    var user: String
    var roles: [String]
    var isRoot: Bool
    /// When the user was made or its password changed; what is older does not speak for it.
    var credentials: Int64
    private var readable = Territory()
    private var writable = Territory()
    private var readablePaths = Territory()
    private var writablePaths = Territory()
    private var rights: [ClusterRight] = []

    init(_ user: String, _ record: UserRecord, _ permissions: [Permission]) {
        self.user = user
        roles = record.roles
        isRoot = record.roles.contains(Access.root)
        credentials = record.credentials
        readable = Territory(Grants.ranges(permissions, .keys, .write))
        writable = Territory(Grants.ranges(permissions, .keys, .read))
        readablePaths = Territory(Grants.ranges(permissions, .treePaths, .write))
        writablePaths = Territory(Grants.ranges(permissions, .treePaths, .read))
        rights = permissions.filter { $0.space == .cluster }.map(\.right)
    }

    /// Of the permissions that are not for the other mode alone.
    private static func ranges(
        _ permissions: [Permission], _ space: PermissionSpace, _ other: PermissionMode
    ) -> [KeyRange] {
        permissions.filter { $0.space == space && $0.mode != other }.compactMap(\.range)
    }

    /// Whether it is permitted; `hanging` tells the keys on a lease, and `listed` whether a path of
    /// the tree is a directory.
    func permit(
        _ need: Need, hanging keys: (LeaseID) -> [[UInt8]],
        listed isDirectory: (Tree.Path) -> Bool = { _ in true }
    ) -> Bool {
        if isRoot { return true }
        switch need {
        case .nothing, .user: return true
        case .own(let name): return name == user
        case .bearer(let role): return roles.contains(role)
        case .keys(let range, let mode): return territory(mode).covers(range)
        case .paths(let range, let mode):
            return (mode == .read ? readablePaths : writablePaths).covers(range)
        case .lease(let id, let mode):
            let mine = territory(mode)
            return mine.isEverything || keys(id).allSatisfy { mine.covers(key: $0.span) }
        case .listing(let path):
            return readablePaths.covers(.single(path.bytes))
                && (readablePaths.covers(path.below) || !isDirectory(path))
        case .right(let right): return rights.contains(right)
        case .root: return false
        }
    }

    private func territory(_ mode: Need.Mode) -> Territory { mode == .read ? readable : writable }
}

extension Permission {
    /// Nil for an empty range, and for a right.
    var range: KeyRange? {
        guard space != .cluster else { return nil }
        return try? KeyRange(key: key, rangeEnd: rangeEnd)
    }
}
