internal import Glibc
package import Units

/// Settings as people write them: `key = value` on lines, `#` before what is only for reading.
///
///     # where the data lives
///     data = /var/lib/martlet/store
///     name = "m1 # not a comment"
///     peer = m2:4002          # a key that may come again
///     peer = m3:4002
package struct ConfigFile: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package var key: String
        package var value: String
        package var line: Int
    }

    /// A key that a program knows.
    package struct Key: Equatable, Sendable {
        package var name: String
        /// It may be there more than once.
        package var repeats: Bool

        package init(_ name: String, repeats: Bool = false) {
            self.name = name
            self.repeats = repeats
        }
    }

    /// One mistake, and where. Line 0 is the file as a whole.
    package struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
        package var file: String
        package var line: Int
        package var message: String

        package var description: String {
            line == 0 ? "\(file): \(message)" : "\(file):\(line): \(message)"
        }
    }

    /// All mistakes of a file, in order.
    package struct Faults: Error, Equatable, Sendable, CustomStringConvertible {
        package var faults: [Fault]

        package var description: String {
            faults.map(\.description).joined(separator: "\n")
        }
    }

    package let file: String
    package private(set) var entries: [Entry] = []

    /// Reads `text`, which stands in `file`, and checks it against what is known.
    package init(_ text: Bytes, file: String, keys: [Key]) throws(Faults) {
        self.file = file
        guard text.count <= Limits.configFile else {
            throw Faults(faults: [fault(0, "longer than \(Limits.configFile) bytes")])
        }
        var faults: [Fault] = []
        var number = 0
        for line in text.array.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        {
            number += 1
            do throws(Fault) {
                guard let entry = try read(line, number) else { continue }
                try check(entry, keys)
                entries.append(entry)
            } catch {
                faults.append(error)
            }
            if faults.count == Limits.configFaults { break }
        }
        if !faults.isEmpty { throw Faults(faults: faults) }
    }

    /// Reads the file at `path`.
    package static func load(_ path: String, keys: [Key]) throws(Faults) -> ConfigFile {
        let text: [UInt8]
        do throws(SmallFile.Fault) {
            text = try SmallFile.read(path, limit: Limits.configFile)
        } catch {
            let why =
                switch error {
                case .tooLarge: "longer than \(Limits.configFile) bytes"
                case .system(let code): unsafe "cannot read it: \(String(cString: strerror(code)))"
                }
            throw Faults(faults: [Fault(file: path, line: 0, message: why)])
        }
        return try ConfigFile(text.span, file: path, keys: keys)
    }

    private func fault(_ line: Int, _ message: String) -> Fault {
        Fault(file: file, line: line, message: message)
    }

    // MARK: Lines

    private func read(_ bytes: ArraySlice<UInt8>, _ number: Int) throws(Fault) -> Entry? {
        guard bytes.count <= Limits.configLine else {
            throw fault(number, "a line has at most \(Limits.configLine) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw fault(number, "this is not UTF-8 text")
        }
        guard !text.unicodeScalars.contains(where: ConfigFile.isControl) else {
            throw fault(number, "a control character does not belong here")
        }
        let line = ConfigFile.trim(Substring(text))
        guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
        guard let equals = line.firstIndex(of: "=") else {
            throw fault(number, "write 'key = value'")
        }
        let key = String(ConfigFile.trim(line[..<equals]))
        guard ConfigFile.isKey(key) else {
            throw fault(number, "'\(key)' is not a key: small letters, digits and '-'")
        }
        let value = try value(line[line.index(after: equals)...], number)
        guard !value.isEmpty else { throw fault(number, "'\(key)' has no value") }
        return Entry(key: key, value: value, line: number)
    }

    private func value(_ text: Substring, _ number: Int) throws(Fault) -> String {
        let text = ConfigFile.trim(text)
        if text.hasPrefix("\"") { return try quoted(text.dropFirst(), number) }
        var value = ""
        for character in text {
            if character == "#", value.last == " " || value.last == "\t" || value.isEmpty { break }
            value.append(character)
        }
        return String(ConfigFile.trim(Substring(value)))
    }

    /// Up to the closing quote; `\"` and `\\` stand for themselves.
    private func quoted(_ text: Substring, _ number: Int) throws(Fault) -> String {
        var value = ""
        var rest = text
        while let character = rest.popFirst() {
            switch character {
            case "\"":
                rest = ConfigFile.trim(rest)
                guard rest.isEmpty || rest.hasPrefix("#") else {
                    throw fault(number, "'\(rest)' stands after the closing quote")
                }
                return value
            case "\\":
                guard let next = rest.popFirst(), next == "\"" || next == "\\" else {
                    throw fault(number, "after '\\' only '\"' or '\\' can stand")
                }
                value.append(next)
            default: value.append(character)
            }
        }
        throw fault(number, "the closing quote is missing")
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        (scalar.value < 0x20 && scalar != "\t" && scalar != "\r") || scalar.value == 0x7F
    }

    private static func isKey(_ key: String) -> Bool {
        let bytes = key.utf8
        guard let first = bytes.first, (0x61...0x7A).contains(first) else { return false }
        return bytes.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" || last == "\r" {
            text.removeLast()
        }
        return text
    }

    private func check(_ entry: Entry, _ keys: [Key]) throws(Fault) {
        guard let key = keys.first(where: { $0.name == entry.key }) else {
            let hint = Suggestion.question(entry.key, among: keys.map(\.name))
            throw fault(entry.line, "'\(entry.key)' is not known\(hint)")
        }
        guard !key.repeats, let other = self[entry.key] else { return }
        throw fault(entry.line, "'\(entry.key)' is set already, in line \(other.line)")
    }

    // MARK: Values

    /// The entry of a key; the first, if it repeats.
    package subscript(key: String) -> Entry? {
        entries.first { $0.key == key }
    }

    package func all(_ key: String) -> [Entry] {
        entries.filter { $0.key == key }
    }

    /// The value of `key` as something else; nil when it is not there. `wanted` is for the message:
    /// "a whole number".
    package func value<Value>(
        _ key: String, wanted: String, _ convert: (String) -> Value?
    ) throws(Fault) -> Value? {
        guard let entry = self[key] else { return nil }
        return try value(of: entry, wanted: wanted, convert)
    }

    package func value<Value>(
        of entry: Entry, wanted: String, _ convert: (String) -> Value?
    ) throws(Fault) -> Value {
        guard let value = convert(entry.value) else {
            throw fault(entry.line, "'\(entry.key)' is '\(entry.value)', and must be \(wanted)")
        }
        return value
    }
}
