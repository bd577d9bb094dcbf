internal import Archive
package import ArgumentParser
internal import EventLoop
internal import Salvage

package struct VerifyVerb: Verb {
    package static let examples = [
        Example(
            "A stopped member's data",
            "martlet store verify --data-dir /var/lib/martlet/store/m1"),
        Example("A backup, and what is in it", "martlet store verify monday.backup"),
    ]
    package static var configuration: CommandConfiguration {
        entry(
            "verify", "Look for damage in a stopped member's data, or in a backup.",
            more: """
                Nothing is changed. Of a data directory it follows the log's chain of checksums, \
                looks at every page and record of the state, and carries out in memory what the log \
                holds beyond the state. Exit code 1 when something is damaged. In place of 'etcdutl \
                snapshot status' and 'etcdutl hashkv'.
                """)
    }

    @Argument(help: "A backup.") package var backup: String?
    @Option(
        name: .customLong("data-dir"),
        help: ArgumentHelp("The directory of a stopped member.", valueName: "directory"))
    package var dataDir: String?
    @OptionGroup package var reach: Reach
    package init() {}

    package func perform(_ session: Session) throws(Complaint) {
        switch (backup, dataDir) {
        case (let backup?, nil): try verify(backup, session)
        case (nil, let dataDir?): try verify(directory: dataDir, session)
        default: throw .misused("name a backup, or a directory with --data-dir: one of them")
        }
    }

    private func verify(_ backup: String, _ session: Session) throws(Complaint) {
        let progress = OfflineProgress(session, "verify")
        let check = try attempt { () throws(Salvage.Failure) in
            try BackupCheck(backup, progress: progress.show)
        }
        progress.end()
        session.print(Rendering.json(check), or: Rendering.words(check))
    }

    private func verify(directory: String, _ session: Session) throws(Complaint) {
        let checkup = try attempt { () throws(Salvage.Failure) in try Checkup(directory) }
        session.print(Rendering.json(checkup), or: Rendering.words(checkup))
        guard checkup.isSound else {
            try session.finish()
            throw .failed(
                "'\(directory)' is damaged. If the other members are well, remove this member and "
                    + "let it join anew with an empty directory; else restore a backup")
        }
    }
}

extension Rendering {
    static func json(_ check: BackupCheck) -> JSON {
        var members: [(String, JSON)] = [
            ("file", .string(check.path)), ("sound", .bool(true)),
            ("bytes", .integer(Int64(check.size))),
        ]
        members += self.members(check.label)
        members.append(("records", .integer(Int64(check.records))))
        if let span = check.wallSeconds {
            members.append(("first_time", .string(UTC.text(seconds: span.lowerBound))))
            members.append(("last_time", .string(UTC.text(seconds: span.upperBound))))
        }
        return object(members)
    }

    static func words(_ check: BackupCheck) -> String {
        let label = check.label
        let isFull = label.kind == .full
        let what =
            isFull
            ? "a full backup"
            : "an increment, entries \(label.from.index + 1) to \(label.mark.index)"
        let time = UTC.text(seconds: label.wallTime / 1_000_000_000)
        let records = Spelling.count(check.records) + (isFull ? " records" : " entries")
        let span = check.wallSeconds.map {
            "\n  written  \(UTC.text(seconds: $0.lowerBound)) to \(UTC.text(seconds: $0.upperBound))"
        }
        return """
            '\(check.path)' is sound: \(what)
              cluster  \(Hex.id(label.cluster)), from member \(Hex.id(label.member))
              state    revision \(Spelling.count(label.revision)), entry \(label.mark.index) of term \
            \(label.mark.term), digest \(Hex.id(label.digest))
              time     \(time)
              size     \(Spelling.size(Int64(check.size))), \(records)
            """ + (span ?? "")
    }

    static func json(_ checkup: Checkup) -> JSON {
        object([
            ("directory", .string(checkup.path)), ("sound", .bool(checkup.isSound)),
            (
                "parts",
                .array(
                    checkup.parts.map {
                        object([
                            ("part", .string($0.name)), ("sound", .bool($0.isSound)),
                            ("words", .string($0.words)),
                        ])
                    })
            ),
        ])
    }

    static func words(_ checkup: Checkup) -> String {
        checkup.parts.map { part in
            let name = part.name.padded(to: 9)
            return "\(name) \((part.isSound ? "sound" : "DAMAGED").padded(to: 8)) \(part.words)"
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
