extension Journal {
    /// Durable records that cannot be read: where, why, and what is lost.
    package struct Damage: Equatable, Sendable {
        package enum Reason: Equatable, Sendable {
            /// A group does not verify although newer ones follow.
            case badGroup
            /// A group verifies, but what it holds makes no sense.
            case badRecord
            /// A segment that was in use has no readable header.
            case badHeader
            case segmentMissing
            case segmentTwice
            /// The file is shorter than the segment.
            case fileShort
            /// Groups that were known to be durable are not there.
            case groupsMissing
        }

        package var segment: UInt64
        package var offset: Int
        package var reason: Reason
        /// The groups that are lost for certain; all after them cannot be trusted either.
        package var groups: ClosedRange<UInt64>
        /// The last index before the damage; entries above it are in doubt.
        package var lastIndex: UInt64
    }
}

extension Journal.Damage: CustomStringConvertible {
    /// One line for people.
    package var description: String {
        let lost =
            groups.count == 1
            ? "group \(groups.lowerBound) is lost"
            : "groups \(groups.lowerBound) to \(groups.upperBound) are lost"
        return "log segment \(segment) is damaged at byte \(offset): \(reason.words); \(lost), "
            + "entries after index \(lastIndex) are in doubt"
    }
}

extension Journal.Damage.Reason {
    fileprivate var words: String {
        switch self {
        case .badGroup: "a group fails its checksum although newer data follows"
        case .badRecord: "a group holds records that make no sense"
        case .badHeader: "its header is not readable"
        case .segmentMissing: "the file is missing"
        case .segmentTwice: "there are two files for it"
        case .fileShort: "the file is shorter than the segment"
        case .groupsMissing: "groups that were known to be durable are missing"
        }
    }
}
