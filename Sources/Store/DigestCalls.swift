internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// All pairs at one revision being read, a part in each turn.
struct DigestWalk {
    let call: Call
    let revision: Revision
    /// What is left.
    var range = KeyRange.all
    var digest: UInt64 = 0
    var count: Int64 = 0

    mutating func absorb(_ key: Bytes, _ value: Bytes, _ facts: Facts) {
        let numbers =
            UInt64(bitPattern: facts.mod.rawValue)
            ^ UInt64(bitPattern: facts.create.rawValue) &* 0x9E37_79B9_7F4A_7C15
            ^ UInt64(bitPattern: facts.version) &* 0xC2B2_AE3D_27D4_EB4F
            ^ UInt64(bitPattern: facts.lease.rawValue) &* 0x1656_67B1_9E37_79F9
        digest = Hash64.of(value, seed: Hash64.of(key, seed: digest ^ numbers))
        count += 1
    }
}

extension Store {
    /// Answers of this member alone, whatever the others say.
    mutating func digest(_ call: Call, _ body: Bytes) throws(Refusal) {
        let request = try DigestRequest(request: body)
        guard request.keys else { return answerDigest(call) }
        guard digestWalks.count < Limits.digestWalks else {
            throw Refusal(.overloaded, "\(digestWalks.count) digests are being made already")
        }
        guard request.revision >= 0 else { throw .invalid("revisions begin at 1") }
        let revision = Revision(rawValue: request.revision)
        digestWalks.append(
            DigestWalk(call: call, revision: revision == .zero ? mvcc.revision : revision))
    }

    private mutating func answerDigest(_ call: Call, _ walk: DigestWalk? = nil) {
        let start = effects.bytes.count
        let note = digests.notes.last
        DigestResponse(
            header: header, appliedIndex: mvcc.mark.index, digest: mvcc.digest,
            compactedRevision: mvcc.compacted.rawValue, revision: walk?.revision.rawValue ?? 0,
            keys: walk?.count ?? 0, keysDigest: walk?.digest ?? 0, markIndex: note?.index ?? 0,
            markDigest: note?.digest ?? 0, name: identity.name
        ).encode(into: &effects.bytes)
        answer(call.session, call.stream, call.method, from: start)
    }

    /// Reads on in every walk.
    mutating func advanceDigestWalks() {
        var walks: [DigestWalk] = []
        swap(&walks, &digestWalks)
        for walk in walks {
            var walk = walk
            do throws(MVCC::Failure) {
                if try advance(&walk) {
                    answerDigest(walk.call, walk)
                } else {
                    digestWalks.append(walk)
                }
            } catch {
                refuse(walk.call.session, walk.call.stream, walk.call.method, Refusal(error))
            }
        }
    }

    /// Whether it has come to the end.
    private func advance(_ walk: inout DigestWalk) throws(MVCC::Failure) -> Bool {
        var next: [UInt8]?
        var bytes = 0
        var reading = walk
        let query = RangeQuery(walk.range, revision: walk.revision, counted: false)
        _ = try mvcc.range(query) { key, value, facts in
            guard bytes < Limits.turn else {
                next = key.array
                return false
            }
            bytes += key.count + value.count + Limits.digestOverhead
            reading.absorb(key, value, facts)
            return true
        }
        walk = reading
        guard let next else { return true }
        walk.range = KeyRange(lower: next, extent: walk.range.extent)
        return false
    }
}
