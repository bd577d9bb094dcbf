import Testing
import Units

@testable import Wire

@Suite struct HotTests {
    /// Runs over canonical and damaged bodies of a message.
    func bodies<M: WireMessage & Packed>(_ type: M.Type, _ body: ([UInt8]) -> Void) {
        var random = RandomBody(seed: 3, name: "\(type)")
        for _ in 0..<1500 {
            let canonical = random.canonical(M.descriptor)
            body(canonical)
            body(random.mutated(canonical))
        }
    }

    @Test func putViewSeesThePutRequest() {
        bodies(PutRequest.self) { body in
            let view = Result { () throws(MessageFault) in try PutView(body.span) }
            let message = Result { () throws(MessageFault) in try PutRequest(decoding: body.span) }
            #expect(view.map { $0.message(in: body) } == message, "\(body)")
        }
    }

    @Test func rangeViewSeesTheRangeRequest() {
        bodies(RangeRequest.self) { body in
            let view = Result { () throws(MessageFault) in try RangeView(body.span) }
            let message = Result { () throws(MessageFault) in
                try RangeRequest(decoding: body.span)
            }
            #expect(view.map { $0.message(in: body) } == message, "\(body)")
        }
    }

    @Test func headerAndPairAreThoseOfTheStructs() {
        bodies(PutResponse.self) { body in
            guard let response = try? PutResponse(decoding: body.span) else { return }
            var hot: [UInt8] = []
            if let header = response.header { Hot.encodePutResponse(header, to: &hot) }
            if let pair = response.previous { append(pair, field: 2, to: &hot) }
            #expect(hot == response.encoded)
        }
    }

    @Test func rangeResponseIsThatOfTheStruct() {
        bodies(RangeResponse.self) { body in
            guard let response = try? RangeResponse(decoding: body.span) else { return }
            var hot: [UInt8] = []
            if let header = response.header { Hot.appendHeader(header, to: &hot) }
            for pair in response.kvs { append(pair, field: 2, to: &hot) }
            Hot.appendVarintField(field: 3, response.more ? UInt64(1) : 0, to: &hot)
            Hot.appendVarintField(field: 4, response.count, to: &hot)
            #expect(hot == response.encoded)
        }
    }

    @Test func sizeOfKeyValueIsWhatIsAdded() {
        bodies(KeyValue.self) { body in
            guard let pair = try? KeyValue(decoding: body.span) else { return }
            var hot: [UInt8] = []
            append(pair, field: 2, to: &hot)
            let size = Hot.sizeOfKeyValue(
                field: 2, key: pair.key.count, value: pair.value.count, pair.facts)
            #expect(size == hot.count)
        }
    }

    @Test func eventsAreThoseOfTheStructs() {
        bodies(Event.self) { body in
            guard var event = try? Event(decoding: body.span), let pair = event.kv else { return }
            event.previous?.key = pair.key
            var hot: [UInt8] = []
            append(event, pair, to: &hot)
            #expect(hot == WatchResponse(events: [event]).encoded)
        }
    }

    @Test func bytesFieldIsThatOfTheStruct() {
        var hot: [UInt8] = []
        Hot.appendBytesField(field: 1, [1, 2].span, to: &hot)
        Hot.appendBytesField(field: 2, [UInt8]().span, to: &hot)
        #expect(hot == PutRequest(key: [1, 2]).encoded)
    }

    func append(_ pair: KeyValue, field: Int, to bytes: inout [UInt8]) {
        Hot.appendKeyValue(
            field: field, key: pair.key.span, value: pair.value.span, create: pair.createRevision,
            mod: pair.modRevision, version: pair.version, lease: pair.lease, to: &bytes)
    }

    func append(_ event: Event, _ pair: KeyValue, to bytes: inout [UInt8]) {
        if let previous = event.previous {
            Hot.appendEvent(
                type: event.type, key: pair.key.span, value: pair.value.span, facts: pair.facts,
                previousValue: previous.value.span, previousFacts: previous.facts, to: &bytes)
        } else {
            Hot.appendEvent(
                type: event.type, key: pair.key.span, value: pair.value.span, facts: pair.facts,
                to: &bytes)
        }
    }
}

extension KeyValue {
    fileprivate var facts: KeyFacts {
        KeyFacts(create: createRevision, mod: modRevision, version: version, lease: lease)
    }
}
