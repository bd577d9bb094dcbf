import Wire

extension PutView {
    /// The request whose window this is.
    func message(in body: [UInt8]) -> PutRequest {
        PutRequest(
            key: Array(body[key]), value: Array(body[value]), lease: lease, previous: previous,
            ignoreValue: ignoreValue, ignoreLease: ignoreLease)
    }
}

extension RangeView {
    /// The request whose window this is.
    func message(in body: [UInt8]) -> RangeRequest {
        RangeRequest(
            key: Array(body[key]), rangeEnd: Array(body[rangeEnd]), limit: limit,
            revision: revision, serializable: serializable, keysOnly: keysOnly,
            countOnly: countOnly, chunked: chunked, sortOrder: sortOrder, sortTarget: sortTarget,
            minModRevision: minModRevision, maxModRevision: maxModRevision,
            minCreateRevision: minCreateRevision, maxCreateRevision: maxCreateRevision,
            limitBytes: limitBytes)
    }
}
