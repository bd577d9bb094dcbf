// Made by proto/generate from proto/access.proto. Do not edit.

internal import CProtobuf
package import Units

package enum PermissionMode: RawRepresentable, Hashable, Sendable {
    case read
    case write
    case readWrite
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .read
        case 1: self = .write
        case 2: self = .readWrite
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .read: 0
        case .write: 1
        case .readWrite: 2
        case .unrecognized(let number): number
        }
    }
}

package enum PermissionSpace: RawRepresentable, Hashable, Sendable {
    /// `key` and `range_end` are keys
    case keys
    /// `key` and `range_end` are paths of the directory tree
    case treePaths
    /// `right` alone counts
    case cluster
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .keys
        case 1: self = .treePaths
        case 2: self = .cluster
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .keys: 0
        case .treePaths: 1
        case .cluster: 2
        case .unrecognized(let number): number
        }
    }
}

package enum ClusterRight: RawRepresentable, Hashable, Sendable {
    case noRight
    /// members, leases, digests, metrics, slow operations, statistics, quotas
    case inspect
    /// adding, removing, changing members; moving leadership
    case members
    /// compaction, alarms, scrubbing, the cluster version
    case upkeep
    /// backups and recordings: they hold everything
    case backups
    /// A number that this version has no name for.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .noRight
        case 1: self = .inspect
        case 2: self = .members
        case 3: self = .upkeep
        case 4: self = .backups
        default: self = .unrecognized(rawValue)
        }
    }

    package var rawValue: Int32 {
        switch self {
        case .noRight: 0
        case .inspect: 1
        case .members: 2
        case .upkeep: 3
        case .backups: 4
        case .unrecognized(let number): number
        }
    }
}

/// One thing that a role permits. `key` and `range_end` as in store.proto; an empty range is
/// refused
/// with INVALID_ARGUMENT.
package struct Permission: WireMessage {
    package var space: PermissionSpace
    package var mode: PermissionMode
    package var key: [UInt8]
    package var rangeEnd: [UInt8]
    package var right: ClusterRight

    package init() { self.init(space: PermissionSpace(rawValue: 0)) }

    package init(
        space: PermissionSpace = PermissionSpace(rawValue: 0),
        mode: PermissionMode = PermissionMode(rawValue: 0),
        key: [UInt8] = [],
        rangeEnd: [UInt8] = [],
        right: ClusterRight = ClusterRight(rawValue: 0)
    ) {
        self.space = space
        self.mode = mode
        self.key = key
        self.rangeEnd = rangeEnd
        self.right = right
    }
}

extension Permission {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Permission: @unsafe Packed {
    static var name: StaticString { "Permission" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__Permission>) {
        unsafe martlet__access__permission__init(raw)
    }

    init(unpacking raw: Martlet__Access__Permission) {
        self.init()
        space = unsafe PermissionSpace(rawValue: Int32(bitPattern: raw.space.rawValue))
        mode = unsafe PermissionMode(rawValue: Int32(bitPattern: raw.mode.rawValue))
        key = unsafe [UInt8](unpacking: raw.key)
        rangeEnd = unsafe [UInt8](unpacking: raw.range_end)
        right = unsafe ClusterRight(rawValue: Int32(bitPattern: raw.right.rawValue))
    }

    func pack(into raw: inout Martlet__Access__Permission, _ arena: Arena) {
        unsafe raw.space = .init(rawValue: UInt32(bitPattern: space.rawValue))
        unsafe raw.mode = .init(rawValue: UInt32(bitPattern: mode.rawValue))
        unsafe raw.key = arena.copy(key)
        unsafe raw.range_end = arena.copy(rangeEnd)
        unsafe raw.right = .init(rawValue: UInt32(bitPattern: right.rawValue))
    }
}

/// The connection belongs to this user from now on. UNAUTHENTICATED for a wrong name or password,
/// which
/// are not told apart, not by time either. OVERLOADED when too many wait to be checked.
package struct AuthenticateRequest: WireMessage {
    package var user: String
    package var password: String

    package init() { self.init(user: "") }

    package init(user: String = "", password: String = "") {
        self.user = user
        self.password = password
    }
}

extension AuthenticateRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AuthenticateRequest: @unsafe Packed {
    static var name: StaticString { "AuthenticateRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__AuthenticateRequest>) {
        unsafe martlet__access__authenticate_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__AuthenticateRequest) {
        self.init()
        user = unsafe String(unpacking: raw.user)
        password = unsafe String(unpacking: raw.password)
    }

    func pack(into raw: inout Martlet__Access__AuthenticateRequest, _ arena: Arena) {
        unsafe raw.user = arena.copy(user)
        unsafe raw.password = arena.copy(password)
    }
}

package struct AuthenticateResponse: WireMessage {
    package var header: ResponseHeader?
    package var user: String

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, user: String = "") {
        self.header = header
        self.user = user
    }
}

extension AuthenticateResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AuthenticateResponse: @unsafe Packed {
    static var name: StaticString { "AuthenticateResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__AuthenticateResponse>) {
        unsafe martlet__access__authenticate_response__init(raw)
    }

    init(unpacking raw: Martlet__Access__AuthenticateResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        user = unsafe String(unpacking: raw.user)
    }

    func pack(into raw: inout Martlet__Access__AuthenticateResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.user = arena.copy(user)
    }
}

/// INVALID_ARGUMENT unless there is a user "root" with the role "root". The caller must be a user
/// with
/// that role (NOT_PERMITTED), so that nobody locks everybody out.
package struct AuthEnableRequest: WireMessage {

    package init() {}
}

extension AuthEnableRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AuthEnableRequest: @unsafe Packed {
    static var name: StaticString { "AuthEnableRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__AuthEnableRequest>) {
        unsafe martlet__access__auth_enable_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__AuthEnableRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Access__AuthEnableRequest, _ arena: Arena) {
    }
}

package struct AuthDisableRequest: WireMessage {

    package init() {}
}

extension AuthDisableRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AuthDisableRequest: @unsafe Packed {
    static var name: StaticString { "AuthDisableRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__AuthDisableRequest>) {
        unsafe martlet__access__auth_disable_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__AuthDisableRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Access__AuthDisableRequest, _ arena: Arena) {
    }
}

package struct AuthStatusRequest: WireMessage {

    package init() {}
}

extension AuthStatusRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AuthStatusRequest: @unsafe Packed {
    static var name: StaticString { "AuthStatusRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__AuthStatusRequest>) {
        unsafe martlet__access__auth_status_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__AuthStatusRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Access__AuthStatusRequest, _ arena: Arena) {
    }
}

package struct AuthStatusResponse: WireMessage {
    package var header: ResponseHeader?
    package var enabled: Bool
    /// Up by one with every change of users, roles and permissions; equal on every member at an
    /// equal
    /// applied index.
    package var accessRevision: Int64
    /// The user that this connection belongs to; empty for nobody.
    package var caller: String
    package var users: Int64
    package var roles: Int64

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil,
        enabled: Bool = false,
        accessRevision: Int64 = 0,
        caller: String = "",
        users: Int64 = 0,
        roles: Int64 = 0
    ) {
        self.header = header
        self.enabled = enabled
        self.accessRevision = accessRevision
        self.caller = caller
        self.users = users
        self.roles = roles
    }
}

extension AuthStatusResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AuthStatusResponse: @unsafe Packed {
    static var name: StaticString { "AuthStatusResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__AuthStatusResponse>) {
        unsafe martlet__access__auth_status_response__init(raw)
    }

    init(unpacking raw: Martlet__Access__AuthStatusResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        enabled = unsafe raw.enabled != 0
        accessRevision = unsafe raw.access_revision
        caller = unsafe String(unpacking: raw.caller)
        users = unsafe raw.users
        roles = unsafe raw.roles
    }

    func pack(into raw: inout Martlet__Access__AuthStatusResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.enabled = enabled ? 1 : 0
        unsafe raw.access_revision = accessRevision
        unsafe raw.caller = arena.copy(caller)
        unsafe raw.users = users
        unsafe raw.roles = roles
    }
}

/// USER_EXISTS; INVALID_ARGUMENT for a name that is empty, over 128 bytes or holds control
/// characters, for
/// a password that is missing (see no_password) or over 1,024 bytes. OVERLOADED as with
/// AUTHENTICATE.
package struct UserAddRequest: WireMessage {
    package var name: String
    package var password: String
    /// The user has no password: it comes by certificate or unix socket only.
    package var noPassword: Bool
    /// Not for clients (INVALID_ARGUMENT): a member puts it in the password's place before the
    /// request
    /// enters the log.
    package var verifier: [UInt8]

    package init() { self.init(name: "") }

    package init(
        name: String = "", password: String = "", noPassword: Bool = false, verifier: [UInt8] = []
    ) {
        self.name = name
        self.password = password
        self.noPassword = noPassword
        self.verifier = verifier
    }
}

extension UserAddRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UserAddRequest: @unsafe Packed {
    static var name: StaticString { "UserAddRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__UserAddRequest>) {
        unsafe martlet__access__user_add_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__UserAddRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
        password = unsafe String(unpacking: raw.password)
        noPassword = unsafe raw.no_password != 0
        verifier = unsafe [UInt8](unpacking: raw.verifier)
    }

    func pack(into raw: inout Martlet__Access__UserAddRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
        unsafe raw.password = arena.copy(password)
        unsafe raw.no_password = noPassword ? 1 : 0
        unsafe raw.verifier = arena.copy(verifier)
    }
}

package struct UserGetRequest: WireMessage {
    package var name: String

    package init() { self.init(name: "") }

    package init(name: String = "") {
        self.name = name
    }
}

extension UserGetRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UserGetRequest: @unsafe Packed {
    static var name: StaticString { "UserGetRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__UserGetRequest>) {
        unsafe martlet__access__user_get_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__UserGetRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
    }

    func pack(into raw: inout Martlet__Access__UserGetRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
    }
}

package struct UserListRequest: WireMessage {

    package init() {}
}

extension UserListRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UserListRequest: @unsafe Packed {
    static var name: StaticString { "UserListRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__UserListRequest>) {
        unsafe martlet__access__user_list_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__UserListRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Access__UserListRequest, _ arena: Arena) {
    }
}

package struct UserDeleteRequest: WireMessage {
    package var name: String

    package init() { self.init(name: "") }

    package init(name: String = "") {
        self.name = name
    }
}

extension UserDeleteRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UserDeleteRequest: @unsafe Packed {
    static var name: StaticString { "UserDeleteRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__UserDeleteRequest>) {
        unsafe martlet__access__user_delete_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__UserDeleteRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
    }

    func pack(into raw: inout Martlet__Access__UserDeleteRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
    }
}

/// As with UserAddRequest.
package struct UserPasswordRequest: WireMessage {
    package var name: String
    package var password: String
    package var noPassword: Bool
    package var verifier: [UInt8]

    package init() { self.init(name: "") }

    package init(
        name: String = "", password: String = "", noPassword: Bool = false, verifier: [UInt8] = []
    ) {
        self.name = name
        self.password = password
        self.noPassword = noPassword
        self.verifier = verifier
    }
}

extension UserPasswordRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UserPasswordRequest: @unsafe Packed {
    static var name: StaticString { "UserPasswordRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__UserPasswordRequest>) {
        unsafe martlet__access__user_password_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__UserPasswordRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
        password = unsafe String(unpacking: raw.password)
        noPassword = unsafe raw.no_password != 0
        verifier = unsafe [UInt8](unpacking: raw.verifier)
    }

    func pack(into raw: inout Martlet__Access__UserPasswordRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
        unsafe raw.password = arena.copy(password)
        unsafe raw.no_password = noPassword ? 1 : 0
        unsafe raw.verifier = arena.copy(verifier)
    }
}

/// USER_NOT_FOUND, ROLE_NOT_FOUND. Granting what is granted, and revoking what is not, changes
/// nothing.
package struct UserGrantRoleRequest: WireMessage {
    package var name: String
    package var role: String

    package init() { self.init(name: "") }

    package init(name: String = "", role: String = "") {
        self.name = name
        self.role = role
    }
}

extension UserGrantRoleRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UserGrantRoleRequest: @unsafe Packed {
    static var name: StaticString { "UserGrantRoleRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__UserGrantRoleRequest>) {
        unsafe martlet__access__user_grant_role_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__UserGrantRoleRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
        role = unsafe String(unpacking: raw.role)
    }

    func pack(into raw: inout Martlet__Access__UserGrantRoleRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
        unsafe raw.role = arena.copy(role)
    }
}

package struct UserRevokeRoleRequest: WireMessage {
    package var name: String
    package var role: String

    package init() { self.init(name: "") }

    package init(name: String = "", role: String = "") {
        self.name = name
        self.role = role
    }
}

extension UserRevokeRoleRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UserRevokeRoleRequest: @unsafe Packed {
    static var name: StaticString { "UserRevokeRoleRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__UserRevokeRoleRequest>) {
        unsafe martlet__access__user_revoke_role_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__UserRevokeRoleRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
        role = unsafe String(unpacking: raw.role)
    }

    func pack(into raw: inout Martlet__Access__UserRevokeRoleRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
        unsafe raw.role = arena.copy(role)
    }
}

package struct UserResponse: WireMessage {
    package var header: ResponseHeader?
    package var name: String
    /// In order of name.
    package var roles: [String]
    package var hasPassword: Bool

    package init() { self.init(header: nil) }

    package init(
        header: ResponseHeader? = nil,
        name: String = "",
        roles: [String] = [],
        hasPassword: Bool = false
    ) {
        self.header = header
        self.name = name
        self.roles = roles
        self.hasPassword = hasPassword
    }
}

extension UserResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UserResponse: @unsafe Packed {
    static var name: StaticString { "UserResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__UserResponse>) {
        unsafe martlet__access__user_response__init(raw)
    }

    init(unpacking raw: Martlet__Access__UserResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        name = unsafe String(unpacking: raw.name)
        roles = unsafe Array(unpacking: raw.roles, raw.n_roles)
        hasPassword = unsafe raw.has_password != 0
    }

    func pack(into raw: inout Martlet__Access__UserResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.name = arena.copy(name)
        unsafe raw.n_roles = roles.count
        unsafe raw.roles = arena.copy(roles)
        unsafe raw.has_password = hasPassword ? 1 : 0
    }
}

package struct UserListResponse: WireMessage {
    package var header: ResponseHeader?
    /// In order.
    package var names: [String]

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, names: [String] = []) {
        self.header = header
        self.names = names
    }
}

extension UserListResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UserListResponse: @unsafe Packed {
    static var name: StaticString { "UserListResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__UserListResponse>) {
        unsafe martlet__access__user_list_response__init(raw)
    }

    init(unpacking raw: Martlet__Access__UserListResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        names = unsafe Array(unpacking: raw.names, raw.n_names)
    }

    func pack(into raw: inout Martlet__Access__UserListResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.n_names = names.count
        unsafe raw.names = arena.copy(names)
    }
}

/// ROLE_EXISTS; INVALID_ARGUMENT for a name as with UserAddRequest.
package struct RoleAddRequest: WireMessage {
    package var name: String

    package init() { self.init(name: "") }

    package init(name: String = "") {
        self.name = name
    }
}

extension RoleAddRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RoleAddRequest: @unsafe Packed {
    static var name: StaticString { "RoleAddRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__RoleAddRequest>) {
        unsafe martlet__access__role_add_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__RoleAddRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
    }

    func pack(into raw: inout Martlet__Access__RoleAddRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
    }
}

package struct RoleGetRequest: WireMessage {
    package var name: String

    package init() { self.init(name: "") }

    package init(name: String = "") {
        self.name = name
    }
}

extension RoleGetRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RoleGetRequest: @unsafe Packed {
    static var name: StaticString { "RoleGetRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__RoleGetRequest>) {
        unsafe martlet__access__role_get_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__RoleGetRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
    }

    func pack(into raw: inout Martlet__Access__RoleGetRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
    }
}

package struct RoleListRequest: WireMessage {

    package init() {}
}

extension RoleListRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RoleListRequest: @unsafe Packed {
    static var name: StaticString { "RoleListRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__RoleListRequest>) {
        unsafe martlet__access__role_list_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__RoleListRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Access__RoleListRequest, _ arena: Arena) {
    }
}

/// Those who had the role lose it.
package struct RoleDeleteRequest: WireMessage {
    package var name: String

    package init() { self.init(name: "") }

    package init(name: String = "") {
        self.name = name
    }
}

extension RoleDeleteRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RoleDeleteRequest: @unsafe Packed {
    static var name: StaticString { "RoleDeleteRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__RoleDeleteRequest>) {
        unsafe martlet__access__role_delete_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__RoleDeleteRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
    }

    func pack(into raw: inout Martlet__Access__RoleDeleteRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
    }
}

/// A permission of the same range replaces the mode. ROLE_NOT_FOUND; INVALID_ARGUMENT for the role
/// "root",
/// and for an empty range.
package struct RoleGrantRequest: WireMessage {
    package var name: String
    package var permission: Permission?

    package init() { self.init(name: "") }

    package init(name: String = "", permission: Permission? = nil) {
        self.name = name
        self.permission = permission
    }
}

extension RoleGrantRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RoleGrantRequest: @unsafe Packed {
    static var name: StaticString { "RoleGrantRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__RoleGrantRequest>) {
        unsafe martlet__access__role_grant_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__RoleGrantRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
        permission = unsafe Permission?(unpacking: raw.permission)
    }

    func pack(into raw: inout Martlet__Access__RoleGrantRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
        unsafe raw.permission = arena.copy(permission)
    }
}

/// Takes back the permission of just this range, or this right; the mode does not matter.
package struct RoleRevokeRequest: WireMessage {
    package var name: String
    package var permission: Permission?

    package init() { self.init(name: "") }

    package init(name: String = "", permission: Permission? = nil) {
        self.name = name
        self.permission = permission
    }
}

extension RoleRevokeRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RoleRevokeRequest: @unsafe Packed {
    static var name: StaticString { "RoleRevokeRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__RoleRevokeRequest>) {
        unsafe martlet__access__role_revoke_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__RoleRevokeRequest) {
        self.init()
        name = unsafe String(unpacking: raw.name)
        permission = unsafe Permission?(unpacking: raw.permission)
    }

    func pack(into raw: inout Martlet__Access__RoleRevokeRequest, _ arena: Arena) {
        unsafe raw.name = arena.copy(name)
        unsafe raw.permission = arena.copy(permission)
    }
}

package struct RoleResponse: WireMessage {
    package var header: ResponseHeader?
    package var name: String
    /// In order of space, right, key, range_end.
    package var permissions: [Permission]

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, name: String = "", permissions: [Permission] = []) {
        self.header = header
        self.name = name
        self.permissions = permissions
    }
}

extension RoleResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RoleResponse: @unsafe Packed {
    static var name: StaticString { "RoleResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__RoleResponse>) {
        unsafe martlet__access__role_response__init(raw)
    }

    init(unpacking raw: Martlet__Access__RoleResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        name = unsafe String(unpacking: raw.name)
        permissions = unsafe Array(unpacking: raw.permissions, raw.n_permissions)
    }

    func pack(into raw: inout Martlet__Access__RoleResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.name = arena.copy(name)
        unsafe raw.n_permissions = permissions.count
        unsafe raw.permissions = arena.copy(permissions)
    }
}

package struct RoleListResponse: WireMessage {
    package var header: ResponseHeader?
    /// In order; "root" included.
    package var names: [String]

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, names: [String] = []) {
        self.header = header
        self.names = names
    }
}

extension RoleListResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RoleListResponse: @unsafe Packed {
    static var name: StaticString { "RoleListResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__RoleListResponse>) {
        unsafe martlet__access__role_list_response__init(raw)
    }

    init(unpacking raw: Martlet__Access__RoleListResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        names = unsafe Array(unpacking: raw.names, raw.n_names)
    }

    func pack(into raw: inout Martlet__Access__RoleListResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.n_names = names.count
        unsafe raw.names = arena.copy(names)
    }
}

/// How much may be kept under a prefix, or by a user. What counts is the newest version of each
/// key: its
/// bytes are those of key and value. A write that would end above a limit is refused with
/// QUOTA_EXCEEDED; deleting, and writes that make things smaller, are always possible.
package struct Quota: WireMessage {
    /// Of a user: what it wrote last, and what was written since the quota was set.
    package var user: String
    /// Of a prefix, when user is empty: whoever wrote it, whenever. Empty for all keys.
    package var prefix: [UInt8]
    /// 0 for no limit.
    package var bytes: Int64
    /// 0 for no limit.
    package var keys: Int64
    package var usedBytes: Int64
    package var usedKeys: Int64

    package init() { self.init(user: "") }

    package init(
        user: String = "",
        prefix: [UInt8] = [],
        bytes: Int64 = 0,
        keys: Int64 = 0,
        usedBytes: Int64 = 0,
        usedKeys: Int64 = 0
    ) {
        self.user = user
        self.prefix = prefix
        self.bytes = bytes
        self.keys = keys
        self.usedBytes = usedBytes
        self.usedKeys = usedKeys
    }
}

extension Quota {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension Quota: @unsafe Packed {
    static var name: StaticString { "Quota" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__Quota>) {
        unsafe martlet__access__quota__init(raw)
    }

    init(unpacking raw: Martlet__Access__Quota) {
        self.init()
        user = unsafe String(unpacking: raw.user)
        prefix = unsafe [UInt8](unpacking: raw.prefix)
        bytes = unsafe raw.bytes
        keys = unsafe raw.keys
        usedBytes = unsafe raw.used_bytes
        usedKeys = unsafe raw.used_keys
    }

    func pack(into raw: inout Martlet__Access__Quota, _ arena: Arena) {
        unsafe raw.user = arena.copy(user)
        unsafe raw.prefix = arena.copy(prefix)
        unsafe raw.bytes = bytes
        unsafe raw.keys = keys
        unsafe raw.used_bytes = usedBytes
        unsafe raw.used_keys = usedKeys
    }
}

/// Sets the limits, or, with both 0, removes the quota. Setting one counts what is there already,
/// which
/// takes time on a prefix with many keys. INVALID_ARGUMENT for negative limits.
package struct QuotaSetRequest: WireMessage {
    package var quota: Quota?

    package init() { self.init(quota: nil) }

    package init(quota: Quota? = nil) {
        self.quota = quota
    }
}

extension QuotaSetRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension QuotaSetRequest: @unsafe Packed {
    static var name: StaticString { "QuotaSetRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__QuotaSetRequest>) {
        unsafe martlet__access__quota_set_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__QuotaSetRequest) {
        self.init()
        quota = unsafe Quota?(unpacking: raw.quota)
    }

    func pack(into raw: inout Martlet__Access__QuotaSetRequest, _ arena: Arena) {
        unsafe raw.quota = arena.copy(quota)
    }
}

package struct QuotaListRequest: WireMessage {

    package init() {}
}

extension QuotaListRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension QuotaListRequest: @unsafe Packed {
    static var name: StaticString { "QuotaListRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__QuotaListRequest>) {
        unsafe martlet__access__quota_list_request__init(raw)
    }

    init(unpacking raw: Martlet__Access__QuotaListRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Access__QuotaListRequest, _ arena: Arena) {
    }
}

package struct QuotaListResponse: WireMessage {
    package var header: ResponseHeader?
    /// Users first, each in order.
    package var quotas: [Quota]

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, quotas: [Quota] = []) {
        self.header = header
        self.quotas = quotas
    }
}

extension QuotaListResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension QuotaListResponse: @unsafe Packed {
    static var name: StaticString { "QuotaListResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__QuotaListResponse>) {
        unsafe martlet__access__quota_list_response__init(raw)
    }

    init(unpacking raw: Martlet__Access__QuotaListResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        quotas = unsafe Array(unpacking: raw.quotas, raw.n_quotas)
    }

    func pack(into raw: inout Martlet__Access__QuotaListResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.n_quotas = quotas.count
        unsafe raw.quotas = arena.copy(quotas)
    }
}

package struct UserRecord: WireMessage {
    package var roles: [String]
    /// Empty for none.
    package var verifier: [UInt8]
    /// The access revision at which the user was made or its password was changed.
    package var credentials: Int64

    package init() { self.init(roles: []) }

    package init(roles: [String] = [], verifier: [UInt8] = [], credentials: Int64 = 0) {
        self.roles = roles
        self.verifier = verifier
        self.credentials = credentials
    }
}

extension UserRecord {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension UserRecord: @unsafe Packed {
    static var name: StaticString { "UserRecord" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__UserRecord>) {
        unsafe martlet__access__user_record__init(raw)
    }

    init(unpacking raw: Martlet__Access__UserRecord) {
        self.init()
        roles = unsafe Array(unpacking: raw.roles, raw.n_roles)
        verifier = unsafe [UInt8](unpacking: raw.verifier)
        credentials = unsafe raw.credentials
    }

    func pack(into raw: inout Martlet__Access__UserRecord, _ arena: Arena) {
        unsafe raw.n_roles = roles.count
        unsafe raw.roles = arena.copy(roles)
        unsafe raw.verifier = arena.copy(verifier)
        unsafe raw.credentials = credentials
    }
}

package struct RoleRecord: WireMessage {
    package var permissions: [Permission]

    package init() { self.init(permissions: []) }

    package init(permissions: [Permission] = []) {
        self.permissions = permissions
    }
}

extension RoleRecord {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension RoleRecord: @unsafe Packed {
    static var name: StaticString { "RoleRecord" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__RoleRecord>) {
        unsafe martlet__access__role_record__init(raw)
    }

    init(unpacking raw: Martlet__Access__RoleRecord) {
        self.init()
        permissions = unsafe Array(unpacking: raw.permissions, raw.n_permissions)
    }

    func pack(into raw: inout Martlet__Access__RoleRecord, _ arena: Arena) {
        unsafe raw.n_permissions = permissions.count
        unsafe raw.permissions = arena.copy(permissions)
    }
}

/// Under the empty name: what concerns all.
package struct AccessRecord: WireMessage {
    package var enabled: Bool
    package var revision: Int64
    package var users: Int64
    package var roles: Int64

    package init() { self.init(enabled: false) }

    package init(enabled: Bool = false, revision: Int64 = 0, users: Int64 = 0, roles: Int64 = 0) {
        self.enabled = enabled
        self.revision = revision
        self.users = users
        self.roles = roles
    }
}

extension AccessRecord {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension AccessRecord: @unsafe Packed {
    static var name: StaticString { "AccessRecord" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Access__AccessRecord>) {
        unsafe martlet__access__access_record__init(raw)
    }

    init(unpacking raw: Martlet__Access__AccessRecord) {
        self.init()
        enabled = unsafe raw.enabled != 0
        revision = unsafe raw.revision
        users = unsafe raw.users
        roles = unsafe raw.roles
    }

    func pack(into raw: inout Martlet__Access__AccessRecord, _ arena: Arena) {
        unsafe raw.enabled = enabled ? 1 : 0
        unsafe raw.revision = revision
        unsafe raw.users = users
        unsafe raw.roles = roles
    }
}
