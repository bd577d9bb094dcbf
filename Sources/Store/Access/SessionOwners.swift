internal import MVCC
internal import Units
internal import Wire

/// Sessions of clients (proto/coordination.proto) keep answers, which are for those alone who asked.
/// Who opened one while rights are asked for stands in a record beside it.
extension Store {
    private func place(ofSession id: Int64) -> [UInt8] {
        var key = [Access.Shelf.session.rawValue]
        key.append(little: id)
        return key
    }

    /// A session of another user is not told from one that does not exist.
    func checkOwner(ofSession id: Int64) throws(Refusal) {
        let place = place(ofSession: id)
        guard access.isEnabled, let owner = mvcc.record(.access, place.span) else { return }
        guard let user = carrying?.user, owner != Array(user.utf8) else { return }
        throw Refusal(
            .sessionNotFound,
            "session \(LeaseID(rawValue: id)) does not exist or has ended; open a new one")
    }

    mutating func own(session id: Int64) {
        guard access.isEnabled, let user = carrying?.user else { return }
        let place = place(ofSession: id)
        mvcc.setRecord(.access, place.span, Array(user.utf8))
    }

    mutating func disown(session id: Int64) {
        let place = place(ofSession: id)
        guard mvcc.record(.access, place.span) != nil else { return }
        mvcc.setRecord(.access, place.span, nil)
    }
}
