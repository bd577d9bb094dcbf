package import Wire

/// Calls that change who belongs to a cluster, and how it goes from version to version.
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
    package func clusterVersion(
        _ request: ClusterVersionRequest = .init(), _ patience: Patience = .init(),
        then: @escaping Then<ClusterVersionResponse>
    ) -> Errand {
        read(.clusterVersion, request, patience, then)
    }
}
