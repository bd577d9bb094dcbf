/// Why a member does not start on a data directory.
package enum DirectoryRefusal: Error, Equatable, Sendable {
    case unreachable(path: String, code: Int32)
    case notDirectory(path: String)
    case wrongOwner(path: String, owner: UInt32, expected: UInt32)
    case openToOthers(path: String, mode: UInt32)
    case unwritable(path: String, code: Int32)
    /// Another process has it; 0 when that one did not say its number.
    case inUse(path: String, process: Int32)
    case full(path: String, free: UInt64, needed: UInt64)
    case otherCluster(path: String, found: UInt64, expected: UInt64)
    case otherMember(path: String, found: UInt64, expected: UInt64)
    case newerFormat(path: String, found: UInt64, known: UInt64)
    /// A file that is needed is missing or does not verify.
    case damaged(path: String, what: String)
    /// The term and vote are gone: it might vote twice.
    case lostPromises(path: String, what: String)
    case failed(DiskFailure)
}

extension DirectoryRefusal: CustomStringConvertible {
    /// One line for people.
    package var description: String {
        switch self {
        case .unreachable(let path, let code):
            "cannot use data directory '\(path)': \(words(for: code)). Create its parent, or "
                + "choose another directory."
        case .notDirectory(let path):
            "cannot use data directory '\(path)': it is not a directory. Choose another path."
        case .wrongOwner(let path, let owner, let expected):
            "cannot use data directory '\(path)': it belongs to user \(owner), this program runs "
                + "as user \(expected). Try 'chown -R \(expected) \(path)'."
        case .openToOthers(let path, let mode):
            "cannot use data directory '\(path)': its mode \(octal(mode)) lets other users in. "
                + "Try 'chmod 0700 \(path)'."
        case .unwritable(let path, let code):
            "cannot write to data directory '\(path)': \(words(for: code)). Check the file system "
                + "and its permissions."
        case .inUse(let path, let process):
            "cannot lock data directory '\(path)': "
                + (process > 0 ? "process \(process)" : "another process")
                + " uses it. Stop that one first."
        case .full(let path, let free, let needed):
            "cannot start on data directory '\(path)': only \(free >> 20) MiB are free, "
                + "\(needed >> 20) MiB are needed. Free some space."
        case .otherCluster(let path, let found, let expected):
            "cannot use data directory '\(path)': it belongs to cluster \(hex(found)), not to "
                + "\(hex(expected)). Check the cluster's name, or choose another directory."
        case .otherMember(let path, let found, let expected):
            "cannot use data directory '\(path)': it belongs to member \(hex(found)), not to "
                + "\(hex(expected)). Check the member's name, or choose another directory."
        case .newerFormat(let path, let found, let known):
            "cannot use data directory '\(path)': a newer program wrote it (format \(found), this "
                + "program knows \(known)). Install the newer program again."
        case .damaged(let path, let what):
            "cannot trust '\(path)': \(what). Remove this member from the cluster and add it anew."
        case .lostPromises(let path, let what):
            "cannot trust '\(path)': \(what), so this member might vote twice and must not come "
                + "back under its id. Give its seat to a new one with 'martlet store member replace'."
        case .failed(let failure):
            failure.description
        }
    }
}

/// Sixteen hexadecimal digits.
func hex(_ number: UInt64) -> String { padded(String(number, radix: 16), to: 16) }

private func octal(_ mode: UInt32) -> String { padded(String(mode, radix: 8), to: 4) }

func padded(_ digits: String, to count: Int) -> String {
    String(repeating: "0", count: max(0, count - digits.count)) + digits
}
