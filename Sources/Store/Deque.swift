internal import Journal
internal import MVCC
internal import Raft
internal import Units
internal import Wire

/// A queue with cheap removal at the front and access by position.
struct Deque<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : elements[head] }
    var last: Element? { isEmpty ? nil : elements[elements.count - 1] }

    subscript(position: Int) -> Element {
        get { elements[head + position]! }
        set { elements[head + position] = newValue }
    }

    mutating func append(_ element: Element) { elements.append(element) }

    @discardableResult
    mutating func removeFirst() -> Element {
        let element = elements[head]!
        elements[head] = nil
        head += 1
        if head > 64, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    mutating func remove(at position: Int) {
        if position == 0 {
            removeFirst()
        } else {
            elements.remove(at: head + position)
        }
    }

    mutating func removeAll() {
        elements.removeAll(keepingCapacity: true)
        head = 0
    }

    func firstIndex(where matches: (Element) -> Bool) -> Int? {
        for position in 0..<count where matches(self[position]) { return position }
        return nil
    }
}
