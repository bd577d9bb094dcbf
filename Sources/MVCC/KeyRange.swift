package import Units

/// One key, or all keys in an interval.
package struct KeyRange: Hashable, Sendable {
    package enum Extent: Hashable, Sendable {
        /// `lower` alone.
        case single
        /// Up to but not including this key.
        case below([UInt8])
        /// To the last key there is.
        case toEnd
    }

    package let lower: [UInt8]
    package let extent: Extent

    package static let all = KeyRange(lower: [], extent: .toEnd)

    package init(lower: [UInt8], extent: Extent) {
        self.lower = lower
        self.extent = extent
    }

    package static func single(_ key: [UInt8]) -> KeyRange {
        KeyRange(lower: key, extent: .single)
    }

    /// All keys that begin with `prefix`.
    package static func prefix(_ prefix: [UInt8]) -> KeyRange {
        guard let last = prefix.lastIndex(where: { $0 != 0xFF }) else {
            return KeyRange(lower: prefix, extent: .toEnd)
        }
        return KeyRange(
            lower: prefix, extent: .below(prefix[..<last] + [prefix[last] + 1]))
    }

    /// As "RANGES" in proto/store.proto says: an empty end for the key alone, one zero byte for no
    /// end. The key may be empty only where there is an end.
    package init(key: [UInt8], rangeEnd: [UInt8]) throws(Failure) {
        guard key.count <= Limits.key, rangeEnd.count <= Limits.key + 1 else {
            throw .keyTooLong(limit: Limits.key)
        }
        if rangeEnd.isEmpty {
            guard !key.isEmpty else { throw .keyEmpty }
            self.init(lower: key, extent: .single)
        } else if rangeEnd == [0] {
            self.init(lower: key, extent: .toEnd)
        } else {
            guard key.span.compared(to: rangeEnd.span) < 0 else { throw .invalidRange }
            self.init(lower: key, extent: .below(rangeEnd))
        }
    }

    package var isSingle: Bool { extent == .single }

    /// The first key above the range; nil when nothing is.
    package var upper: [UInt8]? {
        switch extent {
        case .single: lower + [0]
        case .below(let end): end
        case .toEnd: nil
        }
    }

    package func contains(_ key: Bytes) -> Bool {
        let order = key.compared(to: lower.span)
        return switch extent {
        case .single: order == 0
        case .below(let end): order >= 0 && key.compared(to: end.span) < 0
        case .toEnd: order >= 0
        }
    }

    /// What lies in both; nil when nothing can.
    package func intersection(_ other: KeyRange) -> KeyRange? {
        if isSingle { return other.contains(lower.span) ? self : nil }
        if other.isSingle { return contains(other.lower.span) ? other : nil }
        let isAbove = lower.span.compared(to: other.lower.span) > 0
        let start = isAbove ? lower : other.lower
        guard let end = upper, let otherEnd = other.upper else {
            guard let end = upper ?? other.upper else {
                return KeyRange(lower: start, extent: .toEnd)
            }
            return KeyRange(from: start, below: end)
        }
        return KeyRange(
            from: start, below: end.span.compared(to: otherEnd.span) < 0 ? end : otherEnd)
    }

    private init?(from lower: [UInt8], below upper: [UInt8]) {
        guard lower.span.compared(to: upper.span) < 0 else { return nil }
        self.init(lower: lower, extent: .below(upper))
    }

    /// The rest of the range up to and with `key`, which lies in it. For paging downwards.
    package func through(_ key: [UInt8]) -> KeyRange {
        isSingle ? self : KeyRange(lower: lower, extent: .below(key + [0]))
    }

    /// The rest of the range from `key` on, which lies in it.
    package func from(_ key: [UInt8]) -> KeyRange {
        isSingle ? self : KeyRange(lower: key, extent: extent)
    }

    /// The rest of the range after `key`, which lies in it; nil when nothing is left. For paging.
    package func after(_ key: [UInt8]) -> KeyRange? {
        isSingle ? nil : KeyRange(lower: key + [0], extent: extent)
    }
}
