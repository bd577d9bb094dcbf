import Daemon
import Glibc
import Testing
import Units

/// What the journal would read from a datagram; nil where it would refuse it.
private func parse(_ bytes: [UInt8]) -> [String: String]? {
    var fields: [String: String] = [:]
    var rest = bytes[...]
    while !rest.isEmpty {
        guard let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x3D }) else { return nil }
        let name = String(decoding: rest[..<end], as: UTF8.self)
        let value: ArraySlice<UInt8>
        if rest[end] == 0x3D {
            guard let stop = rest[end...].firstIndex(of: 0x0A) else { return nil }
            value = rest[(end + 1)..<stop]
        } else {
            guard rest.endIndex - end > 9 else { return nil }
            let size = (0..<8).reduce(0) { $0 | Int(rest[end + 1 + $1]) << (8 * $1) }
            guard end + 9 + size < rest.endIndex else { return nil }
            value = rest[(end + 9)..<(end + 9 + size)]
        }
        guard rest[value.endIndex] == 0x0A else { return nil }
        fields[name] = String(decoding: value, as: UTF8.self)
        rest = rest[(value.endIndex + 1)...]
    }
    return fields
}

struct LogTests {
    @Test func theJournalGetsFields() throws {
        let mailbox = Mailbox()
        let paper = Paper()
        let log = Log(
            program: "martlet-test", descriptor: paper.near,
            Environment(["JOURNAL_STREAM": Log.identity(of: paper.near)]), journal: mailbox.path)
        #expect(log.isJournal)
        log.warning("the disk is slow", ("member", "1"), ("sync-time", "2 s"))
        let fields = try #require(parse(mailbox.next() ?? []))
        #expect(
            fields == [
                "MESSAGE": "the disk is slow", "PRIORITY": "4",
                "SYSLOG_IDENTIFIER": "martlet-test", "MARTLET_MEMBER": "1",
                "MARTLET_SYNC_TIME": "2 s",
            ])
        #expect(paper.text == "")
    }

    @Test func linesInAMessageStayInTheirField() throws {
        let entry = LogEntry(.error, "p", "one\nPRIORITY=0\ntwo", [("key", "a\nMESSAGE=b")])
        let fields = try #require(parse(entry.datagram))
        #expect(fields["MESSAGE"] == "one\nPRIORITY=0\ntwo")
        #expect(fields["PRIORITY"] == "3" && fields["MARTLET_KEY"] == "a\nMESSAGE=b")
        #expect(entry.line == "p: error: one\\nPRIORITY=0\\ntwo (key=a\\nMESSAGE=b)")
    }

    @Test func aTerminalOrAFileGetsALine() {
        let paper = Paper()
        for stream in ["", "1:2"] {
            let log = Log(
                program: "martlet-test", descriptor: paper.near,
                Environment(["JOURNAL_STREAM": stream]), journal: "/no/such/socket")
            #expect(!log.isJournal)
            log.info("started", ("members", "3"))
            let line = paper.text
            #expect(line.hasSuffix("Z martlet-test: started (members=3)\n"))
            #expect(line.hasPrefix("20"))
        }
    }

    @Test func whatTheJournalDoesNotTakeGoesToTheStream() {
        let paper = Paper()
        let log = Log(
            program: "p", descriptor: paper.near,
            Environment(["JOURNAL_STREAM": Log.identity(of: paper.near)]),
            journal: "/no/such/socket")
        log.error("lost?")
        #expect(paper.text == "<3>p: error: lost?\n")
    }

    @Test func whatIsLostIsCounted() throws {
        // A full socket: nobody reads, and the sender does not wait.
        var mailbox: Mailbox? = Mailbox()
        let path = mailbox!.path
        let paper = Paper()
        let identity = Log.identity(of: paper.near)
        let log = Log(
            program: "p", descriptor: paper.near, Environment(["JOURNAL_STREAM": identity]),
            journal: path)
        mailbox = nil
        _ = fcntl(paper.near, F_SETFL, O_NONBLOCK)
        let filler = [UInt8](repeating: 32, count: 1 << 16)
        while write(paper.near, filler, filler.count) > 0 {}
        log.info("one")
        log.info("two")
        while !paper.text.isEmpty {}
        log.info("three")
        #expect(paper.text == "<6>p: three (lost_before=2)\n")
        log.info("four")
        #expect(paper.text == "<6>p: four\n")
    }

    @Test func levelsAreKeptAndRead() {
        let paper = Paper()
        let log = Log(
            program: "p", level: .warning, descriptor: paper.near, Environment([:]))
        var made = false
        log.debug(
            {
                made = true
                return "x"
            }())
        log.info("x")
        log.notice("x")
        #expect(paper.text == "" && !made)
        log.level = .debug
        log.debug("seen")
        #expect(paper.text.hasSuffix("p: seen\n"))
        for level in LogLevel.allCases { #expect(LogLevel(word: level.word) == level) }
        #expect(LogLevel(word: "loud") == nil)
    }

    @Test func everythingHasASize() throws {
        let long = String(repeating: "x", count: 100_000)
        let fields = (0..<100).map { (name: "f\($0)", value: long) }
        let entry = LogEntry(.info, "p", long, fields)
        #expect(entry.fields.count == Limits.logFields)
        let parsed = try #require(parse(entry.datagram))
        #expect(parsed["MESSAGE"]!.utf8.count == Limits.logMessage + 3)
        #expect(parsed["MARTLET_F31"]!.utf8.count == Limits.logField + 3)
        #expect(entry.datagram.count < 64 * 1024 && entry.line.utf8.count < 64 * 1024)
    }

    @Test func noTextBreaksAnEntry() throws {
        var chance = Chance(seed: 3, name: "log")
        let alphabet = Array("ab=\n\u{0}\u{1B}\u{7F}é\"\\\u{2028}".unicodeScalars)
        func word() -> String {
            (0..<chance.below(12)).reduce(into: "") { text, _ in
                text.unicodeScalars.append(alphabet[Int(chance.below(UInt64(alphabet.count)))])
            }
        }
        for _ in 0..<2_000 {
            let (name, message, value) = (word(), word(), word())
            let entry = LogEntry(.info, "p", message, [(name, value)])
            let fields = try #require(parse(entry.datagram))
            #expect(fields.count == 4 && fields["MESSAGE"] == message)
            let good = entry.line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            #expect(good)
        }
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_123, "2000-02-29T00:00:00.123Z"),
        (951_868_800_000, "2000-03-01T00:00:00.000Z"),
        (1_795_230_245_678, "2026-11-21T03:04:05.678Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ]) func timesAreWrittenForPeople(milliseconds: UInt64, text: String) {
        #expect(UTC.text(Instant(nanoseconds: milliseconds * 1_000_000)) == text)
    }
}
