// Made by proto/generate from proto/upkeep.proto. Do not edit.

internal import CProtobuf
package import Units

/// What the member counts and times.
package struct MetricsRequest: WireMessage {

    package init() {}
}

extension MetricsRequest {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MetricsRequest: @unsafe Packed {
    static var name: StaticString { "MetricsRequest" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__MetricsRequest>) {
        unsafe martlet__upkeep__metrics_request__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__MetricsRequest) {
        self.init()
    }

    func pack(into raw: inout Martlet__Upkeep__MetricsRequest, _ arena: Arena) {
    }
}

package struct MetricsResponse: WireMessage {
    package var header: ResponseHeader?
    /// In the Prometheus text format 0.0.4: UTF-8, lines that end with a line feed. For each family
    /// "# HELP name text", "# TYPE name counter|gauge|histogram", then a line for each sample,
    /// "name{label=\"value\",…} number". Histograms are in seconds, with cumulative buckets by
    /// powers of
    /// two: 0.0009765625 ms to 32,768 ms.
    package var text: [UInt8]

    package init() { self.init(header: nil) }

    package init(header: ResponseHeader? = nil, text: [UInt8] = []) {
        self.header = header
        self.text = text
    }
}

extension MetricsResponse {
    package init(decoding body: Bytes) throws(MessageFault) {
        self = try unsafe Self.unpacked(body)
    }

    package func encode(into bytes: inout [UInt8]) {
        unsafe packed(into: &bytes)
    }
}

extension MetricsResponse: @unsafe Packed {
    static var name: StaticString { "MetricsResponse" }
    static func start(_ raw: UnsafeMutablePointer<Martlet__Upkeep__MetricsResponse>) {
        unsafe martlet__upkeep__metrics_response__init(raw)
    }

    init(unpacking raw: Martlet__Upkeep__MetricsResponse) {
        self.init()
        header = unsafe ResponseHeader?(unpacking: raw.header)
        text = unsafe [UInt8](unpacking: raw.text)
    }

    func pack(into raw: inout Martlet__Upkeep__MetricsResponse, _ arena: Arena) {
        unsafe raw.header = arena.copy(header)
        unsafe raw.text = arena.copy(text)
    }
}
