import MVCC
import Testing
import Units
import Wire

@testable import Store

/// Every method of proto/wire.proto by its number, from the compiler's own list of cases.
private let methods: [Wire::Method] = (Int32(0)..<512).compactMap { number in
    let method = Wire::Method(rawValue: number)
    if case .unrecognized = method { return nil }
    return method
}

@Suite struct NeedsTests {
    /// One request of each method, about the key "k" where it is about keys.
    static let bodies: [(method: Wire::Method, body: [UInt8])] = [
        (.put, put("k").encoded), (.range, get("k").encoded), (.deleteRange, delete("k").encoded),
        (.txn, TxnRequest(success: [.init(operation: .put(put("k")))]).encoded),
        (.watch, WatchRequest(key: [0x6B]).encoded),
        (.userGet, UserGetRequest(name: "bob").encoded),
        (.userPassword, UserPasswordRequest(name: "bob", password: "p").encoded),
        (.roleGet, RoleGetRequest(name: "bob").encoded),
        (.leaseRevoke, LeaseRevokeRequest(id: 7).encoded),
        (.leaseKeepAlive, LeaseKeepAliveRequest(id: 7).encoded),
        (.leaseTimeToLive, LeaseTimeToLiveRequest(id: 7).encoded),
        (.lock, LockRequest(name: [0x6B]).encoded),
        (.campaign, CampaignRequest(name: [0x6B]).encoded),
        (.electionLeader, ElectionLeaderRequest(name: [0x6B]).encoded),
        (.electionObserve, ElectionObserveRequest(name: [0x6B]).encoded),
        (.unlock, UnlockRequest(key: [0x6B]).encoded),
        (.proclaim, ProclaimRequest(key: [0x6B]).encoded),
        (.resign, ResignRequest(key: [0x6B]).encoded),
        (.tree, TreeRequest(path: [0x2F, 0x6B]).encoded),
        (.treeWatch, TreeWatchRequest(path: [0x2F, 0x6B]).encoded),
        (.leaseKeepAliveMany, LeaseKeepAliveManyRequest(ids: [7]).encoded),
    ]

    static func body(of method: Wire::Method) -> [UInt8] {
        bodies.first { $0.method == method }?.body ?? []
    }

    /// What is said to be needed, method by method. A new method has to be added here too.
    @Test func everyMethodHasItsLine() throws {
        let key = KeyRange.single([0x6B])
        let lease = LeaseID(rawValue: 7)
        let line = KeyRange.prefix([0x6B, 0x2F])
        let path = try Tree.Path([0x2F, 0x6B])
        let table: [(Wire::Method, [Need])] = [
            (.put, [.keys(key, .write)]), (.range, [.keys(key, .read)]),
            (.deleteRange, [.keys(key, .write)]), (.txn, [.user, .keys(key, .write)]),
            (.compact, [.right(.upkeep)]), (.watch, [.keys(key, .read)]),
            (.watchProgress, [.user]), (.leaseGrant, [.user]),
            (.leaseRevoke, [.lease(lease, .write)]), (.leaseKeepAlive, [.lease(lease, .write)]),
            (.leaseTimeToLive, [.lease(lease, .read)]), (.leaseList, [.right(.inspect)]),
            (.status, [.user]), (.memberList, [.right(.inspect)]),
            (.memberAdd, [.right(.members)]), (.memberRemove, [.right(.members)]),
            (.memberPromote, [.right(.members)]), (.memberUpdate, [.right(.members)]),
            (.memberReplace, [.right(.members)]), (.moveLeader, [.right(.members)]),
            (.authenticate, [.nothing]), (.authStatus, [.nothing]),
            (.userGet, [.own("bob")]), (.userPassword, [.own("bob")]),
            (.roleGet, [.bearer("bob")]), (.quotaList, [.right(.inspect)]),
            (.digest, [.right(.inspect)]), (.metrics, [.right(.inspect)]),
            (.slowOperations, [.right(.inspect)]), (.treeStatistics, [.right(.inspect)]),
            (.alarms, [.right(.upkeep)]), (.clusterVersion, [.right(.upkeep)]),
            (.scrub, [.right(.upkeep)]), (.backup, [.right(.backups)]),
            (.recording, [.right(.backups)]),
            (.leaseKeepAliveMany, [.lease(lease, .write), .user]),
            (.sessionOpen, [.user]), (.sessionClose, [.user]), (.once, [.user]),
            (.lock, [.keys(line, .write)]), (.campaign, [.keys(line, .write)]),
            (.electionLeader, [.keys(line, .read)]), (.electionObserve, [.keys(line, .read)]),
            (.unlock, [.keys(key, .write)]), (.proclaim, [.keys(key, .write)]),
            (.resign, [.keys(key, .write)]), (.tree, [.listing(path)]),
            (.treeWatch, [.paths(.single(path.bytes), .read)]),
        ]
        for method in methods where method != .none && method != .peer {
            let needs = try Needs.of(UInt32(method.rawValue), Self.body(of: method).span)
            let line = table.first { $0.0 == method }
            #expect(needs == line?.1 ?? [.root], "\(method)")
        }
    }

    @Test func whatIsNotKnownIsDenied() throws {
        for number: UInt32 in [0, 8, 63, 64, 65, 1000, 0x1000, 0x1002, .max] {
            #expect(throws: Refusal.self, "\(number)") {
                try Needs.of(number, [UInt8]().span)
            }
        }
    }

    /// The gate itself, with each grant that could open it and all those that must not.
    @Test(arguments: methods) func opensForItsGrantAlone(method: Wire::Method) throws {
        guard method != .none, method != .peer else { return }
        let needs = try Needs.of(UInt32(method.rawValue), Self.body(of: method).span)
        let permissions: [Permission] = [
            keys(.read, "k"), keys(.write, "k"), keys(.readWrite, "j"),
            Permission(space: .treePaths, mode: .readWrite, key: [0], rangeEnd: [0]),
            right(.inspect), right(.members), right(.upkeep), right(.backups),
        ]
        for permission in permissions {
            let grants = Grants("eve", UserRecord(roles: ["eve"]), [permission])
            let permitted = needs.allSatisfy { grants.permit($0, hanging: { _ in [[0x6B]] }) }
            let expected = needs.allSatisfy { Self.opens(permission, $0) }
            #expect(permitted == expected, "\(method) \(permission)")
        }
        let root = Grants("r", UserRecord(roles: ["root"]), [])
        #expect(needs.allSatisfy { root.permit($0, hanging: { _ in [[0x6B]] }) })
    }

    private static func opens(_ permission: Permission, _ need: Need) -> Bool {
        switch need {
        case .nothing, .user: true
        case .own, .bearer, .root: false
        case .paths, .listing: permission.space == .treePaths
        case .keys(let range, _) where !range.isSingle: false
        case .keys(_, let mode), .lease(_, let mode):
            permission.key == [0x6B] && permission.mode == (mode == .read ? .read : .write)
        case .right(let right): permission.space == .cluster && permission.right == right
        }
    }
}

/// Misuse that etcd's advisories and issues tell of.
@Suite struct AdvisoryTests {
    private static func operation(_ request: TxnRequest) -> Wire::Operation {
        Wire::Operation(operation: .txn(request))
    }

    /// CVE-2026-33343: only the outer transaction's operations were looked at.
    @Test func nestedTransactionsAreLookedInto() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "a")])
        let mine = Wire::Operation(operation: .put(put("a")))
        let compare = Compare(result: .equal, target: .version, key: [0x73], number: 0)
        let inner: [TxnRequest] = [
            TxnRequest(success: [.init(operation: .put(put("secret")))]),
            TxnRequest(failure: [.init(operation: .put(put("secret")))]),
            TxnRequest(success: [.init(operation: .range(get("secret")))]),
            TxnRequest(success: [.init(operation: .deleteRange(delete("secret")))]),
            TxnRequest(compare: [compare], success: [mine]),
        ]
        for request in inner {
            var request = request
            for depth in 1...10 {
                request = TxnRequest(success: [mine, Self.operation(request)])
                #expect(try guarded.outcome("bob", .txn, request) == .notPermitted, "\(depth)")
                let other = TxnRequest(success: [mine], failure: request.success)
                #expect(try guarded.outcome("bob", .txn, other) == .notPermitted, "\(depth)")
            }
        }
        let allowed = TxnRequest(success: [Self.operation(TxnRequest(success: [mine]))])
        #expect(try guarded.outcome("bob", .txn, allowed) == .none)
    }

    /// CVE-2026-33413: members, alarms, leases and compaction were open to everybody.
    @Test func whatIsAboutTheClusterNeedsARight() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "\0", to: "\0")])
        let office = guarded.office
        let methods: [Wire::Method] = [
            .memberList, .memberAdd, .memberRemove, .memberPromote, .moveLeader, .compact,
            .leaseList, .userList, .roleList, .userAdd, .authDisable, .alarms, .backup, .scrub,
            .metrics, .recording, .digest,
        ]
        for method in methods {
            let call = office.ask(method, [], session: try guarded.session("bob"))
            office.finishAll()
            #expect(try office.code(call) == .notPermitted, "\(method)")
            let nobody = office.ask(method, [], session: 777)
            office.finishAll()
            #expect(try office.code(nobody) == .unauthenticated, "\(method)")
        }
    }

    /// The same for leases: whoever may not write the keys neither ends nor prolongs them.
    @Test func leasesBelongToTheirKeys() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "b", to: "c")])
        let office = guarded.office
        for id: Int64 in [1, 2] {
            let _: LeaseGrantResponse = try office.answer(
                .leaseGrant, LeaseGrantRequest(ttl: 60, id: id).encoded)
        }
        let _: PutResponse = try office.answer(.put, put("a", lease: 1).encoded)
        #expect(
            try guarded.outcome("bob", .leaseRevoke, LeaseRevokeRequest(id: 1)) == .notPermitted)
        #expect(
            try guarded.outcome("bob", .leaseKeepAlive, LeaseKeepAliveRequest(id: 1))
                == .notPermitted)
        let look = LeaseTimeToLiveRequest(id: 1, keys: true)
        #expect(try guarded.outcome("bob", .leaseTimeToLive, look) == .notPermitted)
        #expect(try guarded.outcome("bob", .put, put("b", lease: 1)) == .notPermitted)
        #expect(try guarded.outcome("bob", .put, put("b", lease: 2)) == .none)
        #expect(
            try guarded.outcome("bob", .leaseKeepAlive, LeaseKeepAliveRequest(id: 2)) == .none)
        #expect(try guarded.outcome("bob", .leaseGrant, LeaseGrantRequest(ttl: 9)) == .none)
        #expect(try guarded.outcome("bob", .leaseRevoke, LeaseRevokeRequest(id: 2)) == .none)
    }

    /// GHSA-xg4h-6gfc-h4m8: a grant of one key let a watch see all that come after it.
    @Test func aGrantOfOneKeyDoesNotWatchWhatComesAfter() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.read, "a")])
        for end: [UInt8] in [[0], [0x61, 0, 0], [0x62], [0xFF]] {
            let watch = WatchRequest(key: [0x61], rangeEnd: end)
            #expect(try guarded.outcome("bob", .watch, watch) == .notPermitted)
            let range = RangeRequest(key: [0x61], rangeEnd: end, serializable: true)
            #expect(try guarded.outcome("bob", .range, range) == .notPermitted)
            let compare = Compare(
                result: .equal, target: .version, key: [0x61], rangeEnd: end, number: 0)
            let txn = TxnRequest(compare: [compare])
            #expect(try guarded.outcome("bob", .txn, txn) == .notPermitted)
        }
        #expect(try guarded.outcome("bob", .range, get("a")) == .none)
        #expect(try guarded.outcome("bob", .range, get("a", to: "a\0")) == .none)
        let office = guarded.office
        let call = office.ask(
            .watch, WatchRequest(key: [0x61]).encoded, session: try guarded.session("bob"))
        office.put("a", "1")
        office.put("a\0", "1")
        office.put("b", "1")
        office.finishAll()
        #expect(office.types(call) == [.stream, .stream])
    }

    /// A range that is empty, or has no beginning, is refused before it is measured with anything.
    @Test func anEmptyRangeIsNoWayIn() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "m")])
        for (key, end) in [("m", "m"), ("z", "a"), ("", "")] {
            let code = try guarded.outcome("bob", .range, get(key, to: end))
            #expect(code == .invalidArgument || code == .keyEmpty)
        }
        for (key, end) in [("", "\0"), ("\0", "\0"), ("", "z")] {
            #expect(try guarded.outcome("bob", .range, get(key, to: end)) == .notPermitted)
            #expect(try guarded.outcome("bob", .deleteRange, delete(key, to: end)) == .notPermitted)
        }
    }

    /// Values that are answered besides need the right to read them.
    @Test func previousValuesAreReads() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.write, "a", to: "c")])
        #expect(try guarded.outcome("bob", .put, put("a")) == .none)
        #expect(try guarded.outcome("bob", .put, put("a", previous: true)) == .notPermitted)
        var keep = put("a")
        keep.value = []
        keep.ignoreValue = true
        #expect(try guarded.outcome("bob", .put, keep) == .notPermitted)
        let deletion = delete("a", to: "c", previous: true)
        #expect(try guarded.outcome("bob", .deleteRange, deletion) == .notPermitted)
        let nested = TxnRequest(success: [.init(operation: .put(put("a", previous: true)))])
        #expect(try guarded.outcome("bob", .txn, nested) == .notPermitted)
        #expect(try guarded.outcome("bob", .deleteRange, delete("a", to: "c")) == .none)
    }

    /// What was let in and is carried out after its right was revoked is not done, on any member.
    @Test func rightsAreLookedAtAgainWhenItIsCarriedOut() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.readWrite, "a")])
        let office = guarded.office
        let session = try guarded.session("bob")
        let revocation = office.ask(
            .roleRevoke, RoleRevokeRequest(name: "bob", permission: keys(.read, "a")).encoded)
        // Let in here, where the revocation has not been carried out yet.
        let call = office.ask(.put, put("a").encoded, session: session)
        #expect(office.frames(call).isEmpty)
        let revision = office.store.revision
        office.finishAll()
        #expect(office.types(revocation) == [.response])
        #expect(try office.code(call) == .notPermitted)
        #expect(office.store.revision == revision)
    }

    @Test func waitingReadsAreLookedAtAgainWhenTheyAreAnswered() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [keys(.read, "a")])
        let office = guarded.office
        let session = try guarded.session("bob")
        office.ask(
            .roleRevoke, RoleRevokeRequest(name: "bob", permission: keys(.read, "a")).encoded)
        let request = RangeRequest(key: [0x61]).encoded
        let read = office.ask(.range, request, session: session)
        office.finishAll()
        // It may be answered as of before the revocation, or be refused: never as of after.
        let late = office.ask(.range, request, session: session)
        office.finishAll()
        #expect(office.frames(read).count == 1)
        #expect(try office.code(late) == .notPermitted)
    }

    /// #11651: members disagreed on the revision of rights and so on what to refuse.
    /// #13937: a refusal while carrying out left members at different places.
    @Test func membersAgreeWhateverIsRefused() throws {
        let street = Street(3)
        let leader = street.elect()
        let other = try #require(street.offices.first { $0.id != leader.id })
        func ask(_ office: Office, _ method: Wire::Method, _ body: some WireMessage) -> UInt32 {
            let call = office.ask(method, body.encoded)
            street.settle()
            street.pass(60)
            return call
        }
        _ = ask(leader, .userAdd, UserAddRequest(name: "root", password: "r"))
        _ = ask(leader, .userGrantRole, UserGrantRoleRequest(name: "root", role: "root"))
        for office in [leader, other] {
            let call = ask(office, .authenticate, AuthenticateRequest(user: "root", password: "r"))
            #expect(office.types(call) == [.response])
        }
        _ = ask(other, .authEnable, AuthEnableRequest())
        _ = ask(leader, .userAdd, UserAddRequest(name: "bob", noPassword: true))
        _ = ask(leader, .roleAdd, RoleAddRequest(name: "b"))
        let permission = keys(.write, "a")
        _ = ask(leader, .roleGrant, RoleGrantRequest(name: "b", permission: permission))
        _ = ask(other, .userGrantRole, UserGrantRoleRequest(name: "bob", role: "b"))
        other.open(9)
        other.step(.identified(SessionID(rawValue: 9), .certificate(name: "bob")))
        // The follower's batch with the put waits while the leader takes the right away.
        let late = other.ask(.put, put("a").encoded, session: 9)
        let letters = other.mail
        other.mail.removeAll()
        _ = ask(leader, .roleRevoke, RoleRevokeRequest(name: "b", permission: permission))
        other.mail = letters + other.mail
        for _ in 0..<20 { street.pass(60) }
        #expect(try other.code(late) == .notPermitted)
        let states = street.offices.map(\.store)
        #expect(states.allSatisfy { $0.access.revision == states[0].access.revision })
        #expect(states.allSatisfy { $0.digest == states[0].digest })
        #expect(states.allSatisfy { $0.appliedIndex == states[0].appliedIndex })
    }

    /// A batch that a member took before rights were asked for names nobody, and is refused.
    @Test func whatWasTakenBeforeEnablingIsRefused() throws {
        let guarded = try Guarded(Office())
        let office = guarded.office
        office.lead()
        try guarded.prepare()
        let enabling = office.ask(.authEnable, [])
        let late = office.ask(.put, put("a").encoded)
        office.finishAll()
        #expect(office.types(enabling) == [.response])
        #expect(try office.code(late) == .unauthenticated)
    }

    /// Taken with a user's name, carried out when names are no longer asked for.
    @Test func whatWasTakenBeforeDisablingIsDone() throws {
        let guarded = try Guarded()
        let office = guarded.office
        office.ask(.authDisable, [])
        let late = office.ask(.put, put("a").encoded)
        office.finishAll()
        #expect(office.types(late) == [.response])
        #expect(try office.get("a") == "\u{1}")
    }

    /// No client wraps a command as another's.
    @Test func nobodySpeaksForAnother() throws {
        var guarded = try Guarded()
        try guarded.add("bob", [])
        let office = guarded.office
        let wrapped = OnBehalf.wrapped(
            UInt32(Wire::Method.put.rawValue), put("a").encoded.span, user: "root", revision: 99)
        let session = try guarded.session("bob")
        for number: UInt32 in [0x1000, 0x1001, 0x1002, 0x1005] {
            office.store.request(
                session: SessionID(rawValue: session), stream: 5000 + number, method: number,
                deadline: nil, body: wrapped.span, at: office.now)
            office.turn()
            #expect(try office.code(5000 + number) == .unknownMethod)
        }
    }

    @Test func wrappingKeepsWhatIsInside() throws {
        let bytes = OnBehalf.wrapped(7, [1, 2, 3].span, user: "bob", revision: 42)
        let unwrapped = OnBehalf(bytes.span)
        let read = try #require(unwrapped)
        #expect(read.user == "bob")
        #expect(read.revision == 42)
        #expect(read.method == 7)
        #expect(Array(bytes[read.body]) == [1, 2, 3])
        for count in 0..<17 { #expect(OnBehalf(Array(bytes[..<count]).span) == nil) }
    }

    /// Random bytes in place of a wrapping never let anything through.
    @Test func wrappingFuzz() {
        var chance = Chance(seed: 5, name: "wrapping")
        for _ in 0..<5_000 {
            let bytes = (0..<chance.below(40)).map { _ in UInt8(chance.below(256)) }
            guard let read = OnBehalf(bytes.span) else { continue }
            #expect(read.body.upperBound == bytes.count)
        }
    }
}
