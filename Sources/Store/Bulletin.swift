internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// What watches are told in one turn: each event is encoded once in each style, and watches that are
/// told the same share the bytes of one frame's body.
///
/// Picture notices pinned one over the other. A watch only remembers the uppermost notice that it has
/// seen (`Place`); each notice tells which event it is and which notice lies below it. Watches that saw
/// the same notices remember the same place, so whatever is copied for one of them is right for all.
struct Bulletin: Equatable {
    /// Which parts of an event a watch is told.
    struct Style: Equatable {
        var previous: Bool
        var keysOnly: Bool

        fileprivate var number: Int { (previous ? 1 : 0) + (keysOnly ? 2 : 0) }
    }

    typealias Place = Int32
    static let nothing: Place = -1

    private struct Notice: Equatable {
        var event: Range<Int>
        var below: Place
        /// In the bytes of the effects, once somebody needed it.
        var body: Range<Int>?
    }

    /// Events, each as field 3 of WatchResponse.
    private var bytes: [UInt8] = []
    private var notices: [Notice] = []
    /// Of the present event: where it stands in each style, and the notices of it so far.
    private var encoded = [Range<Int>?](repeating: nil, count: 4)
    private var page = 0

    mutating func clear() {
        let isSmall = bytes.count < Limits.chunk
        bytes.removeAll(keepingCapacity: isSmall)
        notices.removeAll(keepingCapacity: isSmall)
        turnPage()
    }

    /// Another event begins.
    mutating func turnPage() {
        for style in encoded.indices { encoded[style] = nil }
        page = notices.count
    }

    /// The place of a watch that saw what is at `place` and is told the present event.
    mutating func add(
        _ event: borrowing EventView, _ style: Style, after place: Place
    ) -> Place {
        let range = encoded[style.number] ?? encode(event, style)
        for notice in page..<notices.count
        where notices[notice].below == place && notices[notice].event == range {
            return Place(notice)
        }
        notices.append(Notice(event: range, below: place))
        return Place(notices.count - 1)
    }

    private mutating func encode(_ event: borrowing EventView, _ style: Style) -> Range<Int> {
        let start = bytes.count
        Hot.append(event, style, to: &bytes)
        encoded[style.number] = start..<bytes.count
        return start..<bytes.count
    }

    /// The body of a frame that tells all up to `place`, added to `out` when nobody needed it before.
    mutating func body(
        of place: Place, _ header: ResponseHeader, in out: inout [UInt8]
    ) -> Range<Int> {
        if let body = notices[Int(place)].body { return body }
        var events: [Range<Int>] = []
        var next = place
        while next != Self.nothing {
            events.append(notices[Int(next)].event)
            next = notices[Int(next)].below
        }
        let start = out.count
        Hot.appendHeader(field: 1, header, to: &out)
        for event in events.reversed() { out.append(bytes.span.extracting(event)) }
        notices[Int(place)].body = start..<out.count
        return start..<out.count
    }
}

extension Hot {
    /// An element of `events` of a WatchResponse.
    static func append(
        _ event: borrowing EventView, _ style: Bulletin.Style, to bytes: inout [UInt8]
    ) {
        let type: EventType = event.kind == .put ? .put : .delete
        let value = style.keysOnly ? Bytes() : event.value
        if style.previous, let facts = event.previous {
            appendEvent(
                type: type, key: event.key, value: value, facts: KeyFacts(event.facts),
                previousValue: style.keysOnly ? Bytes() : event.previousValue,
                previousFacts: KeyFacts(facts), to: &bytes)
        } else {
            appendEvent(
                type: type, key: event.key, value: value, facts: KeyFacts(event.facts),
                to: &bytes)
        }
    }
}
