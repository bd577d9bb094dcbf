internal import Wire

/// The JSON form of a transaction.
///
///     {"compare": [{"target": "version", "key": "door", "result": "=", "number": 1}],
///      "success": [{"put": {"key": "door", "value": "open", "lease": "694d77aa9e38260f"}}],
///      "failure": [{"range": {"key": "log/", "end": "log0"}}, {"delete": {"key": "x"}},
///                  {"txn": {…}}]}
///
/// Bytes that are no text stand as base64 in `key64`, `end64`, `value64`.
enum TransactionJSON {
    static func parse(_ bytes: [UInt8]) throws(Complaint) -> TxnRequest {
        let json: JSON
        do throws(JSON.Fault) {
            json = try JSON(parsing: bytes)
        } catch {
            throw .misused("the transaction is not JSON: \(error.what), at byte \(error.at)")
        }
        return try request(json, "the transaction")
    }

    private static func request(_ json: JSON, _ place: String) throws(Complaint) -> TxnRequest {
        try only(["compare", "success", "failure"], in: json, place)
        var request = TxnRequest()
        for (index, item) in try items("compare", json, place).enumerated() {
            request.compare.append(try compare(item, "\(place), compare \(index + 1)"))
        }
        for (index, item) in try items("success", json, place).enumerated() {
            request.success.append(try operation(item, "\(place), success \(index + 1)"))
        }
        for (index, item) in try items("failure", json, place).enumerated() {
            request.failure.append(try operation(item, "\(place), failure \(index + 1)"))
        }
        return request
    }

    private static func compare(_ json: JSON, _ place: String) throws(Complaint) -> Compare {
        try only(
            [
                "target", "key", "key64", "end", "end64", "result", "number", "value", "value64",
                "lease",
            ], in: json, place)
        let name = json["target"]?.text ?? ""
        guard let target = Transaction.targets.first(where: { $0.name == name })?.target else {
            throw .misused(
                "\(place): \"target\" must be value, version, create, mod or lease, not '\(name)'")
        }
        var compare = Compare(target: target, key: try key(json, place))
        compare.rangeEnd = try bytes("end", json, place) ?? []
        compare.result = try Transaction.result(json["result"]?.text ?? "=")
        switch target {
        case .value:
            guard let value = try bytes("value", json, place) else {
                throw .misused("\(place): \"value\" is missing")
            }
            compare.value = value
        case .lease: compare.number = try lease(json, place)
        default: compare.number = try number("number", json, place)
        }
        return compare
    }

    private static func operation(_ json: JSON, _ place: String) throws(Complaint) -> Operation {
        guard case .object(let members) = json, members.count == 1 else {
            throw .misused("\(place) must be an object with just one of put, range, delete, txn")
        }
        let body = members[0].value
        switch members[0].name {
        case "put": return Operation(operation: .put(try put(body, place)))
        case "range": return Operation(operation: .range(try range(body, place)))
        case "delete": return Operation(operation: .deleteRange(try delete(body, place)))
        case "txn": return Operation(operation: .txn(try request(body, place)))
        default:
            throw .misused("\(place): there is no operation '\(members[0].name)'")
        }
    }

    private static func put(_ json: JSON, _ place: String) throws(Complaint) -> PutRequest {
        try only(
            ["key", "key64", "value", "value64", "lease", "previous", "keep_value", "keep_lease"],
            in: json, place)
        return PutRequest(
            key: try key(json, place), value: try bytes("value", json, place) ?? [],
            lease: json["lease"] == nil ? 0 : try lease(json, place),
            previous: try flag("previous", json, place),
            ignoreValue: try flag("keep_value", json, place),
            ignoreLease: try flag("keep_lease", json, place))
    }

    private static func range(_ json: JSON, _ place: String) throws(Complaint) -> RangeRequest {
        try only(
            ["key", "key64", "end", "end64", "limit", "revision", "keys_only", "count_only"],
            in: json, place)
        return RangeRequest(
            key: try key(json, place), rangeEnd: try bytes("end", json, place) ?? [],
            limit: json["limit"] == nil ? 0 : try number("limit", json, place),
            revision: json["revision"] == nil ? 0 : try number("revision", json, place),
            keysOnly: try flag("keys_only", json, place),
            countOnly: try flag("count_only", json, place))
    }

    private static func delete(
        _ json: JSON, _ place: String
    ) throws(Complaint) -> DeleteRangeRequest {
        try only(["key", "key64", "end", "end64", "previous"], in: json, place)
        return DeleteRangeRequest(
            key: try key(json, place), rangeEnd: try bytes("end", json, place) ?? [],
            previous: try flag("previous", json, place))
    }

    // MARK: Parts

    private static func only(
        _ names: [String], in json: JSON, _ place: String
    ) throws(Complaint) {
        guard case .object(let members) = json else {
            throw .misused("\(place) must be an object in braces")
        }
        for member in members where !names.contains(member.name) {
            let near = Suggestion.nearest(to: member.name, among: names)
            throw .misused(
                "\(place) has no \"\(member.name)\". "
                    + (near.map { "Did you mean \"\($0)\"?" }
                        ?? "It has \(names.joined(separator: ", "))"))
        }
    }

    private static func items(
        _ name: String, _ json: JSON, _ place: String
    ) throws(Complaint) -> [JSON] {
        guard let value = json[name] else { return [] }
        guard let items = value.items else {
            throw .misused("\(place): \"\(name)\" must be a list in brackets")
        }
        return items
    }

    private static func key(_ json: JSON, _ place: String) throws(Complaint) -> [UInt8] {
        guard let key = try bytes("key", json, place), !key.isEmpty else {
            throw .misused("\(place): \"key\" is missing or empty")
        }
        return key
    }

    private static func bytes(
        _ name: String, _ json: JSON, _ place: String
    ) throws(Complaint) -> [UInt8]? {
        do throws(Complaint) { return try json.bytes(name) } catch {
            throw .misused("\(place): \(error.message)")
        }
    }

    private static func number(
        _ name: String, _ json: JSON, _ place: String
    ) throws(Complaint) -> Int64 {
        guard case .integer(let number) = json[name] else {
            throw .misused("\(place): \"\(name)\" must be a whole number")
        }
        return number
    }

    private static func lease(_ json: JSON, _ place: String) throws(Complaint) -> Int64 {
        guard let text = json["lease"]?.text, let number = Hex.number(text) else {
            throw .misused("\(place): \"lease\" must be an id as it is printed, in quotes")
        }
        return Int64(bitPattern: number)
    }

    private static func flag(
        _ name: String, _ json: JSON, _ place: String
    ) throws(Complaint) -> Bool {
        switch json[name] {
        case nil: return false
        case .bool(let flag): return flag
        default: throw .misused("\(place): \"\(name)\" must be true or false")
        }
    }
}

extension JSON {
    /// The bytes under `name` as text, or under `name` and "64" as base64; nil without either.
    package func bytes(_ name: String) throws(Complaint) -> [UInt8]? {
        if let value = self[name] {
            guard let text = value.text else { throw .failed("\"\(name)\" must be a text") }
            guard self[name + "64"] == nil else {
                throw .failed("\"\(name)\" and \"\(name)64\" exclude one another")
            }
            return Array(text.utf8)
        }
        guard let value = self[name + "64"] else { return nil }
        guard let text = value.text, let bytes = Base64.decode(text) else {
            throw .failed("\"\(name)64\" must be base64 (RFC 4648, with padding)")
        }
        return bytes
    }
}
