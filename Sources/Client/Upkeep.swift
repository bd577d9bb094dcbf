package import Wire

/// Calls of whoever looks after the cluster.
extension Client {
    @discardableResult
    package func updateMember(
        _ request: MemberUpdateRequest, _ patience: Patience = .init(),
        then: @escaping Then<MemberListResponse>
    ) -> Errand {
        write(.memberUpdate, request, patience, then)
    }

    @discardableResult
    package func replaceMember(
        _ request: MemberReplaceRequest, _ patience: Patience = .init(),
        then: @escaping Then<MemberListResponse>
    ) -> Errand {
        write(.memberReplace, request, patience, then)
    }

    @discardableResult
    package func alarms(
        _ patience: Patience = .init(), then: @escaping Then<AlarmsResponse>
    ) -> Errand {
        read(.alarms, AlarmsRequest(), patience, then)
    }

    @discardableResult
    package func clusterVersion(
        _ request: ClusterVersionRequest = .init(), _ patience: Patience = .init(),
        then: @escaping Then<ClusterVersionResponse>
    ) -> Errand {
        read(.clusterVersion, request, patience, then)
    }
}
