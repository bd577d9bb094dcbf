internal import MVCC
internal import Units
internal import Wire

/// The gate: what a connection may ask for.
extension Store {
    /// Before a request is taken, and before a read that waited is answered.
    mutating func authorise(_ call: Call, _ body: Bytes) throws(Refusal) {
        guard access.isEnabled else { return }
        let needs = try Needs.of(call.method, body)
        if needs == [.nothing] { return }
        guard let user = user(of: call.session), let grants = access.grants(of: user, mvcc) else {
            throw .nobody("this connection belongs to no user")
        }
        try check(needs, for: grants)
    }

    func check(_ needs: [Need], for grants: Grants) throws(Refusal) {
        for need in needs
        where !grants.permit(need, hanging: { mvcc.keys(of: $0) }, listed: { isDirectory($0) }) {
            throw Refusal(.notPermitted, "user '\(grants.user)' may not \(need.words)")
        }
    }

    private func isDirectory(_ path: Tree.Path) -> Bool {
        do throws(Tree.Failure) {
            return try mvcc.look(at: path, recursive: false, time: mvcc.clusterTime) { _ in false }
                .isDirectory
        } catch {
            return false
        }
    }

    /// The user that a connection belongs to; nil for nobody.
    mutating func user(of id: SessionID) -> String? {
        guard let session = sessions[id] else { return nil }
        if let login = session.login {
            let grants = access.grants(of: login.user, mvcc)
            return grants?.credentials == login.credentials ? login.user : nil
        }
        guard let name = settings.user(for: session.caller) else { return nil }
        return access.grants(of: name, mvcc) == nil ? nil : name
    }

    /// The command as it goes into the log: with its user, when rights are asked for.
    mutating func named(_ method: UInt32, _ body: Bytes, _ session: SessionID) -> [UInt8]? {
        guard access.isEnabled, let user = user(of: session) else { return nil }
        return OnBehalf.wrapped(method, body, user: user, revision: access.revision)
    }

    // MARK: Streams

    /// Ends every open stream whose right is gone.
    mutating func reviewStreams() {
        guard access.hasChanged else { return }
        access.hasChanged = false
        guard access.isEnabled else { return }
        for id in sessions.order {
            for stream in sessions[id]?.order ?? [] { review(id, stream) }
        }
    }

    private mutating func review(_ id: SessionID, _ stream: UInt32) {
        guard let kind = sessions.stream(id, stream)?.kind else { return }
        do throws(Refusal) {
            guard let user = user(of: id), let grants = access.grants(of: user, mvcc) else {
                throw .nobody("this connection belongs to no user any more")
            }
            let call = CallKey(session: id, stream: stream)
            try check(needs(of: kind, call), for: grants)
        } catch {
            end(id, stream, error)
        }
    }

    private func needs(of kind: Sessions.Stream.Kind, _ call: CallKey) -> [Need] {
        switch kind {
        case .range(let cursor): [.keys(cursor.range, .read)]
        case .watch(let id): watches[id].map { [.keys($0.range, .read)] } ?? []
        case .treeWatch(let id):
            directory.watches[id].map { Needs.watch(of: $0.path, recursive: $0.recursive) } ?? []
        case .treeListing(let listing): Needs.below(listing.path, .read)
        case .backup, .recording: [.right(.backups)]
        case .standing: lines.prefix(of: call).map { [.keys(.prefix($0), .write)] } ?? []
        case .observer: lines.prefix(of: call).map { [.keys(.prefix($0), .read)] } ?? []
        }
    }
}

extension Settings {
    /// The name that a connection's own identity stands for; whether there is such a user is
    /// another question.
    func user(for caller: Caller) -> String? {
        switch caller {
        case .anonymous: nil
        case .certificate(let name): name
        case .unix(let uid):
            unixUsers.first { $0.uid == uid }?.user
                ?? (unixRoots.contains(uid) ? Access.root : nil)
        }
    }
}

extension Refusal {
    static func nobody(_ words: String) -> Refusal {
        Refusal(.unauthenticated, "\(words); sign in with a user's name and password")
    }
}

extension Need {
    /// After "may not".
    var words: String {
        switch self {
        case .nothing, .user: "do this"
        case .own(let name): "do this for user '\(name)'"
        case .bearer(let role): "look at role '\(role)', which it does not have"
        case .keys(let range, let mode): "\(mode) \(range.words(of: "key"))"
        case .paths(let range, let mode): "\(mode) \(range.words(of: "path"))"
        case .listing(let path): "read the path \(Quoted.text(path.bytes)) and what is in it"
        case .lease(let id, let mode):
            "\(mode) every key that hangs on lease \(String(id.rawValue, radix: 16))"
        case .right(let right): "do this without the right '\(right)'"
        case .root: "do this without the role 'root'"
        }
    }
}

extension KeyRange {
    func words(of noun: String) -> String {
        let first = Quoted.text(lower)
        return switch extent {
        case .single: "the \(noun) \(first)"
        case .below(let end): "all \(noun)s from \(first) to before \(Quoted.text(end))"
        case .toEnd: "all \(noun)s from \(first) on"
        }
    }
}

/// Bytes in a line of text: what is no plain letter as \xHH, and not too much of it.
enum Quoted {
    static func text(_ bytes: [UInt8]) -> String {
        var text = "'"
        for byte in bytes.prefix(Limits.quoted) {
            if (0x20...0x7E).contains(byte), byte != 0x27, byte != 0x5C {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16)
                text += digits.count == 1 ? "\\x0\(digits)" : "\\x\(digits)"
            }
        }
        return text + (bytes.count > Limits.quoted ? "…'" : "'")
    }
}
