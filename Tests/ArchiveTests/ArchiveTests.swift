import Testing
import Units

@testable import Archive

/// A file in memory, read as a file on disk is.
enum Parcel {
    struct Content: Equatable {
        var label: Archive.Label
        var boxes: [[UInt8]]
    }

    static func label(_ kind: Archive.Label.Kind = .full) -> Archive.Label {
        Archive.Label(
            kind: kind, cluster: 0xC1, member: 0xA1,
            from: kind == .full ? .zero : Archive.Mark(index: 7, term: 2),
            mark: Archive.Mark(index: 12, term: 3), revision: 9, digest: 0xD1, clusterTime: 55,
            wallTime: 1_700_000_000_000_000_000)
    }

    static func pack(_ content: Content) -> [UInt8] {
        var writing = Archive.Writing()
        var file = writing.begin(content.label)
        for box in content.boxes { file += writing.box(box.span) + box }
        return file + writing.end()
    }

    /// Never reads past the file's end, whatever a head says.
    static func unpack(_ file: [UInt8]) throws(Archive.Fault) -> Content {
        var reading = Archive.Reading()
        var label: Archive.Label?
        var boxes: [[UInt8]] = []
        while !reading.isOver {
            let start = reading.offset
            let end = min(file.count, start + reading.wanted)
            let piece = Array(file[start..<end])
            switch try reading.take(piece.span) {
            case .label(let found): label = found
            case .content: boxes.append(piece)
            case .head, .end: break
            }
        }
        return Content(label: label!, boxes: boxes)
    }

    static func random(_ chance: inout Chance) -> Content {
        let boxes = (0..<chance.below(6)).map { _ in
            (0...chance.below(200)).map { _ in UInt8(chance.below(256)) }
        }
        return Content(label: label(chance.below(2) == 0 ? .full : .increment), boxes: boxes)
    }
}

@Suite struct ArchiveTests {
    @Test func whatWasPackedIsUnpacked() throws {
        var chance = Chance(seed: 1, name: "archive")
        for _ in 0..<200 {
            let content = Parcel.random(&chance)
            #expect(try Parcel.unpack(Parcel.pack(content)) == content)
        }
    }

    /// Two files are laid down here: they must be readable for ever.
    @Test func theLayoutStays() {
        let file = Parcel.pack(.init(label: Parcel.label(.increment), boxes: [[1, 2, 3]]))
        #expect(file.count == 100 + 16 + 3 + 36)
        #expect(Hash64.of(file) == 760_418_552_736_268_385)
    }

    @Test func aCutIsFoundAtEveryByte() throws {
        let file = Parcel.pack(
            .init(label: Parcel.label(), boxes: [[1, 2, 3], [UInt8](repeating: 7, count: 50)]))
        for length in 0..<file.count {
            #expect(throws: Archive.Fault.cut(at: length)) {
                try Parcel.unpack(Array(file[..<length]))
            }
        }
    }

    @Test func whatWasAddedIsFound() {
        let file = Parcel.pack(.init(label: Parcel.label(), boxes: [[1]]))
        #expect(throws: Archive.Fault.excess(at: file.count)) { try Parcel.unpack(file + [0]) }
    }

    @Test func everyFlippedBitIsFound() {
        let file = Parcel.pack(.init(label: Parcel.label(), boxes: [[1, 2, 3], [4, 5]]))
        for bit in 0..<file.count * 8 {
            var changed = file
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: Archive.Fault.self) { try Parcel.unpack(changed) }
        }
    }

    @Test func boxesMayNotBeLeftOutSwappedOrComeFromAnotherFile() {
        let boxes: [[UInt8]] = [[1, 1], [2, 2], [3, 3]]
        let file = Parcel.pack(.init(label: Parcel.label(), boxes: boxes))
        let box = { (number: Int) in Array(file[(100 + 18 * number)..<(118 + 18 * number)]) }
        let (label, slip) = (Array(file[..<100]), Array(file[154...]))
        for order in [[0, 2], [0, 1], [1, 2], [1, 0, 2], [0, 1, 1], [0, 1, 2, 2], []] {
            let changed = label + order.flatMap(box) + slip
            #expect(throws: Archive.Fault.self, "\(order)") { try Parcel.unpack(changed) }
        }
        var other = Parcel.label()
        other.digest += 1
        let foreign = Parcel.pack(.init(label: other, boxes: boxes))
        #expect(throws: Archive.Fault.badBox(0, at: 100)) {
            try Parcel.unpack(Array(foreign[..<100] + file[100...]))
        }
    }

    @Test func aNewerFormatIsNamed() {
        var file = Parcel.pack(.init(label: Parcel.label(), boxes: []))
        file[8] = 2
        var checksum: [UInt8] = []
        checksum.append(little: CRC32C.of(Array(file[..<96])))
        file.replaceSubrange(96..<100, with: checksum)
        #expect(throws: Archive.Fault.newerFormat(2)) { try Parcel.unpack(file) }
        #expect(throws: Archive.Fault.noArchive) {
            try Parcel.unpack([UInt8](repeating: 0, count: 200))
        }
    }

    @Test func aBoxIsNoLargerThanItsLimit() {
        var file = Parcel.pack(.init(label: Parcel.label(), boxes: [[1]]))
        file.replaceSubrange(108..<112, with: [1, 0, 64, 0])
        #expect(throws: Archive.Fault.badBox(0, at: 100)) { try Parcel.unpack(file) }
    }

    /// Bytes are changed, cut, doubled and moved: nothing but the original is believed, and no
    /// mutation is read past its end.
    @Test(arguments: UInt64(1)...8)
    func mutationFuzz(seed: UInt64) {
        var chance = Chance(seed: seed, name: "archive fuzz")
        for _ in 0..<300 {
            let content = Parcel.random(&chance)
            let file = Parcel.pack(content)
            var changed = file
            for _ in 0...chance.below(3) { mutate(&changed, &chance) }
            do throws(Archive.Fault) {
                let found = try Parcel.unpack(changed)
                #expect(changed == file && found == content)
            } catch {
                #expect(changed != file)
                #expect(error.description.contains("byte") || error.description.contains("newer"))
            }
        }
    }

    private func mutate(_ file: inout [UInt8], _ chance: inout Chance) {
        guard !file.isEmpty else { return }
        let place = Int(chance.below(UInt64(file.count)))
        let end = min(file.count, place + 1 + Int(chance.below(40)))
        switch chance.below(5) {
        case 0: file[place] = UInt8(chance.below(256))
        case 1: file.removeLast(file.count - place)
        case 2: file.insert(contentsOf: Array(file[place..<end]), at: place)
        case 3: file.removeSubrange(place..<end)
        default: for byte in place..<end { file[byte] = UInt8(chance.below(256)) }
        }
    }

    @Test func entriesComeBack() {
        var chance = Chance(seed: 3, name: "entries")
        for _ in 0..<100 {
            let records = (0..<chance.below(8)).map { number in
                Archive.LogRecord(
                    kind: UInt8(chance.below(256)), term: chance.next(), index: number,
                    payload: (0..<chance.below(40)).map { _ in UInt8(chance.below(256)) })
            }
            var box: [UInt8] = []
            for record in records { record.encode(into: &box) }
            #expect(Archive.LogRecord.decode(box.span) == .success(records))
            guard !box.isEmpty else { continue }
            let cut = Array(box[..<Int(chance.below(UInt64(box.count)))])
            if case .success(let found) = Archive.LogRecord.decode(cut.span) {
                #expect(found == Array(records.prefix(found.count)))
            }
            box[Int(chance.below(UInt64(box.count)))] ^= 0xFF
            #expect(Archive.LogRecord.decode(box.span) != .success(records))
        }
    }
}
