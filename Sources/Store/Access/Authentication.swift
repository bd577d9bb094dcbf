internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// Work on passwords, which takes a tenth of a second on purpose and so is done elsewhere.
package enum PasswordJob: Sendable {
    /// Answered by `Event.passwordDerived`.
    case derive(job: UInt64, password: [UInt8])
    /// Answered by `Event.passwordVerified`. An empty verifier belongs to nobody: the answer is no,
    /// and takes as long.
    case verify(job: UInt64, password: [UInt8], verifier: [UInt8])
}

/// What connections wait for while passwords are worked on.
struct Passwords {
    enum Errand {
        case authenticate(user: String, credentials: Int64?)
        case add(UserAddRequest)
        case change(UserPasswordRequest)
    }

    private var waiting: [UInt64: (call: Call, errand: Errand)] = [:]
    private var next: UInt64 = 1
    /// Who waits, in order.
    private var sessions: [SessionID] = []

    /// The number of the job.
    mutating func wait(_ call: Call, _ errand: Errand) throws(Refusal) -> UInt64 {
        let own = sessions.count { $0 == call.session }
        guard sessions.count < Limits.waitingPasswords,
            own < Limits.waitingPasswordsOfConnection
        else {
            throw Refusal(
                .overloaded, "\(sessions.count) passwords wait to be checked; try again shortly")
        }
        defer { next += 1 }
        waiting[next] = (call, errand)
        sessions.append(call.session)
        return next
    }

    mutating func finish(_ job: UInt64) -> (call: Call, errand: Errand)? {
        guard let found = waiting.removeValue(forKey: job) else { return nil }
        if let place = sessions.firstIndex(of: found.call.session) { sessions.remove(at: place) }
        return found
    }
}

extension Store {
    // MARK: Signing in

    /// A read: whoever was added anywhere before this was asked is known when it is served. Without a
    /// leader this member goes by what it has, as for reads that may be old.
    mutating func authenticate(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try AuthenticateRequest(request: body)
        guard request.password.utf8.count <= Limits.password else {
            throw .invalid("a password has at most \(Limits.password) bytes")
        }
        try read(call, body, serializable: raft.leader == nil)
    }

    mutating func serveAuthenticate(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try AuthenticateRequest(request: body)
        let user = mvcc.user(request.user)
        let job = try passwords.wait(
            call, .authenticate(user: request.user, credentials: user?.credentials))
        effects.passwords.append(
            .verify(
                job: job, password: Array(request.password.utf8), verifier: user?.verifier ?? []))
    }

    mutating func passwordVerified(_ job: UInt64, _ matches: Bool) {
        guard let (call, errand) = passwords.finish(job),
            case .authenticate(let user, let credentials) = errand
        else { return }
        let request = AuthenticateRequest(user: user).encoded
        guard matches, let credentials, mvcc.user(user)?.credentials == credentials,
            sessions[call.session] != nil
        else {
            audit(call.session, call.method, request.span, .unauthenticated)
            return refuse(
                call.session, call.stream, call.method, .unauthenticated,
                "the name or the password is wrong")
        }
        sessions[call.session]?.login = Sessions.Login(user: user, credentials: credentials)
        audit(call.session, call.method, request.span, .none)
        let start = effects.bytes.count
        AuthenticateResponse(header: header, user: user).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    // MARK: Setting passwords

    mutating func prepareUser(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try UserAddRequest(request: body)
        try Access.check(name: request.name, of: "user")
        try Access.check(request.password, request.noPassword, request.verifier)
        if request.noPassword { return propose(call, body) }
        try derive(call, request.password, .add(request))
    }

    mutating func preparePassword(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try UserPasswordRequest(request: body)
        try Access.check(request.password, request.noPassword, request.verifier)
        if request.noPassword { return propose(call, body) }
        try derive(call, request.password, .change(request))
    }

    private mutating func derive(
        _ call: Call, _ password: String, _ errand: Passwords.Errand
    ) throws(Refusal) {
        let job = try passwords.wait(call, errand)
        effects.passwords.append(.derive(job: job, password: Array(password.utf8)))
    }

    /// The password itself never enters the log.
    mutating func passwordDerived(_ job: UInt64, _ verifier: [UInt8]) {
        guard let (call, errand) = passwords.finish(job) else { return }
        guard !verifier.isEmpty else {
            return refuse(
                call.session, call.stream, call.method, .internal,
                "the password could not be worked on: no memory for it")
        }
        switch errand {
        case .add(var request):
            (request.password, request.verifier) = ("", verifier)
            propose(call, request.encoded.span)
        case .change(var request):
            (request.password, request.verifier) = ("", verifier)
            propose(call, request.encoded.span)
        case .authenticate: break
        }
    }
}

extension Access {
    static func check(
        _ password: String, _ isWithout: Bool, _ verifier: [UInt8]
    ) throws(Refusal) {
        guard verifier.isEmpty else { throw .invalid("a verifier is not for clients to give") }
        guard isWithout == password.isEmpty else {
            throw .invalid(
                isWithout
                    ? "a password was given for a user without one; leave one out"
                    : "the password is missing; a user without one has to be asked for")
        }
        guard password.utf8.count <= Limits.password else {
            throw .invalid("a password has at most \(Limits.password) bytes")
        }
    }
}

// Looking at the book.
extension Store {
    mutating func accessStatus(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try AuthStatusRequest(request: body)
        let caller = user(of: call.session) ?? ""
        let start = effects.bytes.count
        answerStatus(caller: caller)
        answer(call.session, call.stream, call.method, from: start)
    }

    /// Who would not be let in any more does not lock the door.
    mutating func enableAccess(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try AuthEnableRequest(request: body)
        guard access.isEnabled || grants(of: call.session)?.isRoot == true else {
            throw Refusal(
                .notPermitted,
                "sign in as a user with the role 'root' first, so that nobody is locked out")
        }
        propose(call, body)
    }

    private mutating func grants(of session: SessionID) -> Grants? {
        guard let user = user(of: session) else { return nil }
        return access.grants(of: user, mvcc)
    }

    mutating func serveUser(_ call: Call, _ body: Bytes) throws(Refusal) {
        let name = try UserGetRequest(request: body).name
        answer(call, answerTo(user: name, try existing(user: name)))
    }

    mutating func serveUsers(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try UserListRequest(request: body)
        answer(call, UserListResponse(header: header, names: mvcc.names(on: .user)))
    }

    mutating func serveRole(_ call: Call, _ body: Bytes) throws(Refusal) {
        let name = try RoleGetRequest(request: body).name
        let record = name == Access.root ? Access.rootRole : try existing(role: name)
        answer(call, answerTo(role: name, record))
    }

    mutating func serveRoles(_ call: Call, _ body: Bytes) throws(Refusal) {
        _ = try RoleListRequest(request: body)
        answer(call, answerTo(roles: ()))
    }

    private mutating func answer(_ call: Call, _ message: some WireMessage) {
        let start = effects.bytes.count
        message.encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }
}

extension Access {
    /// What the role "root" would be, were it written down.
    static let rootRole = RoleRecord(
        permissions: [
            Permission(space: .keys, mode: .readWrite, key: [0], rangeEnd: [0]),
            Permission(space: .treePaths, mode: .readWrite, key: [0], rangeEnd: [0]),
            Permission(space: .cluster, right: .inspect),
            Permission(space: .cluster, right: .members),
            Permission(space: .cluster, right: .upkeep),
            Permission(space: .cluster, right: .backups),
        ])
}
