package import EventLoop
internal import Units
package import Wire

/// The calls, one by one. Each `then` is called once, in a later turn.
extension Client {
    package typealias Then<Answer> = (Result<Answer, ClientFailure>) -> Void

    @discardableResult
    package func put(
        _ request: PutRequest, _ patience: Patience = .init(), then: @escaping Then<PutResponse>
    ) -> Errand {
        write(.put, request, patience, then)
    }

    /// One answer of one frame; `scan` is for what may be longer.
    @discardableResult
    package func range(
        _ request: RangeRequest, _ patience: Patience = .init(),
        then: @escaping Then<RangeResponse>
    ) -> Errand {
        read(.range, request, patience, then)
    }

    @discardableResult
    package func delete(
        _ request: DeleteRangeRequest, _ patience: Patience = .init(),
        then: @escaping Then<DeleteRangeResponse>
    ) -> Errand {
        write(.deleteRange, request, patience, then)
    }

    @discardableResult
    package func transact(
        _ request: TxnRequest, _ patience: Patience = .init(), then: @escaping Then<TxnResponse>
    ) -> Errand {
        request.isReadOnly
            ? read(.txn, request, patience, then) : write(.txn, request, patience, then)
    }

    @discardableResult
    package func compact(
        _ request: CompactRequest, _ patience: Patience = .init(),
        then: @escaping Then<CompactResponse>
    ) -> Errand {
        write(.compact, request, patience, then)
    }

    // MARK: Leases

    @discardableResult
    package func grant(
        _ request: LeaseGrantRequest, _ patience: Patience = .init(),
        then: @escaping Then<LeaseGrantResponse>
    ) -> Errand {
        write(.leaseGrant, request, patience, then)
    }

    @discardableResult
    package func revoke(
        _ request: LeaseRevokeRequest, _ patience: Patience = .init(),
        then: @escaping Then<LeaseRevokeResponse>
    ) -> Errand {
        write(.leaseRevoke, request, patience, then)
    }

    /// Twice is as good as once.
    @discardableResult
    package func keepAlive(
        _ request: LeaseKeepAliveRequest, _ patience: Patience = .init(),
        then: @escaping Then<LeaseKeepAliveResponse>
    ) -> Errand {
        call(.leaseKeepAlive, .repeatable, request, patience, then)
    }

    @discardableResult
    package func timeToLive(
        _ request: LeaseTimeToLiveRequest, _ patience: Patience = .init(),
        then: @escaping Then<LeaseTimeToLiveResponse>
    ) -> Errand {
        read(.leaseTimeToLive, request, patience, then)
    }

    @discardableResult
    package func leases(
        _ patience: Patience = .init(), then: @escaping Then<LeaseListResponse>
    ) -> Errand {
        read(.leaseList, LeaseListRequest(), patience, then)
    }

    // MARK: The cluster

    /// Of the member at `address`, or of any.
    @discardableResult
    package func status(
        of address: Address? = nil, _ patience: Patience = .init(),
        then: @escaping Then<StatusResponse>
    ) -> Errand {
        call(.status, .read, StatusRequest(), patience, only: address, then)
    }

    @discardableResult
    package func members(
        _ patience: Patience = .init(), then: @escaping Then<MemberListResponse>
    ) -> Errand {
        read(.memberList, MemberListRequest(), patience, then)
    }

    @discardableResult
    package func addMember(
        _ request: MemberAddRequest, _ patience: Patience = .init(),
        then: @escaping Then<MemberListResponse>
    ) -> Errand {
        write(.memberAdd, request, patience, then)
    }

    @discardableResult
    package func removeMember(
        _ request: MemberRemoveRequest, _ patience: Patience = .init(),
        then: @escaping Then<MemberListResponse>
    ) -> Errand {
        write(.memberRemove, request, patience, then)
    }

    @discardableResult
    package func promoteMember(
        _ request: MemberPromoteRequest, _ patience: Patience = .init(),
        then: @escaping Then<MemberListResponse>
    ) -> Errand {
        write(.memberPromote, request, patience, then)
    }

    @discardableResult
    package func moveLeader(
        _ request: MoveLeaderRequest, _ patience: Patience = .init(),
        then: @escaping Then<MoveLeaderResponse>
    ) -> Errand {
        write(.moveLeader, request, patience, then)
    }

    // MARK: All alike

    func read<Request: WireMessage, Answer: WireMessage>(
        _ method: Method, _ request: Request, _ patience: Patience, _ then: @escaping Then<Answer>
    ) -> Errand {
        call(method, .read, request, patience, then)
    }

    func write<Request: WireMessage, Answer: WireMessage>(
        _ method: Method, _ request: Request, _ patience: Patience, _ then: @escaping Then<Answer>
    ) -> Errand {
        call(method, patience.mayRepeat ? .repeatable : .write, request, patience, then)
    }

    @discardableResult
    func call<Request: WireMessage, Answer: WireMessage>(
        _ method: Method, _ kind: CallKind, _ request: Request, _ patience: Patience,
        only: Address? = nil, _ then: @escaping Then<Answer>
    ) -> Errand {
        let body = request.encoded
        let errand = Errand(
            self, method, kind, patience, only: only, encode: { $0 += body },
            then: { outcome, address in then(Client.read(outcome, address)) })
        errand.size = body.count
        start(errand)
        return errand
    }

    static func read<Answer: WireMessage>(
        _ outcome: Result<[UInt8], ClientFailure>, _ address: Address?
    ) -> Result<Answer, ClientFailure> {
        switch outcome {
        case .failure(let failure): return .failure(failure)
        case .success(let body):
            do throws(MessageFault) {
                return .success(try Answer(decoding: body.span))
            } catch {
                return .failure(.badAnswer(address!, error.message))
            }
        }
    }

    // MARK: For programs that have nothing else to do

    /// Runs the loop until the call that `begin` starts has ended.
    package func wait<Answer>(
        _ begin: (@escaping Then<Answer>) -> Void
    ) -> Result<Answer, ClientFailure> {
        var outcome: Result<Answer, ClientFailure>?
        begin { outcome = $0 }
        while outcome == nil {
            let ended = loop.run(for: .seconds(3600)) { outcome != nil }
            if !ended, loop.isStopping { return .failure(.cancelled) }
        }
        return outcome!
    }
}

extension TxnRequest {
    /// Whether it changes nothing whichever way it goes.
    package var isReadOnly: Bool { (success + failure).allSatisfy(\.isReadOnly) }
}

extension Operation {
    fileprivate var isReadOnly: Bool {
        switch operation {
        case nil, .range: true
        case .put, .deleteRange: false
        case .txn(let nested): nested.isReadOnly
        }
    }
}
