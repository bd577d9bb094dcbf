package import Units

/// The head of an HTTP/1.x request (RFC 9112), as far as a page that is only read needs it.
package struct PageRequest: Equatable, Sendable {
    package var path: String
    /// Names and values in order; a name without '=' has an empty value. Percent signs are left.
    package var query: [Pair]

    package struct Pair: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package enum Outcome: Equatable, Sendable {
        /// More must come.
        case partial
        case request(PageRequest)
        /// It will not be answered but for this status.
        case refused(Int)
    }

    package init(path: String, query: [Pair] = []) {
        self.path = path
        self.query = query
    }

    package func value(of name: String) -> String? { query.first { $0.name == name }?.value }

    /// Reads what has come so far, at most `limit` bytes of it: a line "GET target HTTP/1.x", lines
    /// of fields, which are looked over but not used, and an empty line.
    package static func read(
        _ bytes: Bytes, limit: Int = Limits.pageHead
    ) -> Outcome {
        var lines = 0
        var start = 0
        var first: PageRequest?
        for index in 0..<min(bytes.count, limit) where bytes[index] == 0x0A {
            let end = index > start && bytes[index - 1] == 0x0D ? index - 1 : index
            let line = bytes.extracting(start..<end)
            start = index + 1
            lines += 1
            if let first {
                if line.isEmpty { return .request(first) }
                guard isField(line) else { return .refused(400) }
                guard lines <= Limits.pageFields else { return .refused(431) }
            } else {
                switch requestLine(line) {
                case .request(let request): first = request
                case .refused(let status): return .refused(status)
                case .partial: return .refused(400)
                }
            }
        }
        return bytes.count >= limit ? .refused(first == nil ? 414 : 431) : .partial
    }

    private static func requestLine(_ line: Bytes) -> Outcome {
        guard (0..<line.count).allSatisfy({ (0x20...0x7E).contains(line[$0]) }) else {
            return .refused(400)
        }
        let words = String(decoding: line.array, as: UTF8.self)
            .split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2].hasPrefix("HTTP/"), !words[0].isEmpty else {
            return .refused(400)
        }
        guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { return .refused(505) }
        guard words[0] == "GET" else { return .refused(405) }
        guard words[1].hasPrefix("/") else { return .refused(400) }
        return .request(target(words[1]))
    }

    private static func target(_ text: Substring) -> PageRequest {
        let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let pairs = halves.count == 1 ? [] : halves[1].split(separator: "&")
        return PageRequest(
            path: String(halves[0]),
            query: pairs.map { pair in
                let parts = pair.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return Pair(String(parts[0]), parts.count == 2 ? String(parts[1]) : "")
            })
    }

    /// A name, a colon, and no control character but tabs.
    private static func isField(_ line: Bytes) -> Bool {
        var colon: Int?
        for index in 0..<line.count {
            let byte = line[index]
            guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else { return false }
            if byte == 0x3A, colon == nil { colon = index }
        }
        return (colon ?? 0) > 0
    }
}

/// What is answered.
package struct PageAnswer: Equatable, Sendable {
    package var status: Int
    package var type: String
    package var body: [UInt8]

    package init(_ status: Int, type: String, body: [UInt8]) {
        self.status = status
        self.type = type
        self.body = body
    }

    /// One line for people.
    package init(_ status: Int, _ line: String) {
        self.init(status, type: "text/plain; charset=utf-8", body: Array((line + "\n").utf8))
    }

    /// For what is refused by its form alone.
    static func refusal(_ status: Int) -> PageAnswer {
        PageAnswer(status, PageAnswer.reason(status).lowercased())
    }

    package var bytes: [UInt8] {
        var head = "HTTP/1.1 \(status) \(PageAnswer.reason(status))\r\n"
        head += "Content-Type: \(type)\r\nContent-Length: \(body.count)\r\n"
        if status == 405 { head += "Allow: GET\r\n" }
        head += "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        return Array(head.utf8) + body
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 414: "URI Too Long"
        case 431: "Request Header Fields Too Large"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Answer"
        }
    }
}
