import EventLoop
import Glibc
import RPC
import Testing
import Units

@testable import Command

/// A run of the program against a fake store, with everything it says caught.
final class Stage {
    let loop = Loop()
    let store: FakeStore
    var outIsTerminal = false
    var errIsTerminal = false
    var inputIsTerminal = false
    var environment: [String: String] = [:]
    private(set) var out = ""
    private(set) var err = ""
    /// Called with each line on standard error, while the program runs.
    var onLine: (String) -> Void = { _ in }
    /// Called with what goes to standard output, while the program runs.
    var onPrint: (String) -> Void = { _ in }
    var brokenPipe = false
    var keyboard: Terminal.Keyboard?
    private weak var terminal: Terminal?
    let folder: String

    init() {
        store = FakeStore(on: loop)
        var template = Array("/tmp/martlet-command-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
    }

    deinit {
        store.server.close()
        loop.stop()
        loop.run()
        for name in ["in", "out", "out.partial"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    var host: [String] { ["--host", store.address.description] }

    /// The exit code; `out` and `err` are of this run alone.
    @discardableResult
    func run(_ arguments: [String], input: [UInt8] = [], atHost: Bool = true) -> Int32 {
        out = ""
        err = ""
        let descriptor = file("in", input)
        defer { close(descriptor) }
        let terminal = Terminal(
            out: .init(isTerminal: outIsTerminal) { bytes in
                if self.brokenPipe { return "" }
                let text = String(decoding: bytes, as: UTF8.self)
                self.out += text
                self.onPrint(text)
                return nil
            },
            err: .init(isTerminal: errIsTerminal) { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                self.err += text
                self.onLine(text)
                return nil
            },
            input: descriptor, inputIsTerminal: inputIsTerminal, environment: environment)
        terminal.keyboard = keyboard
        self.terminal = terminal
        let words = atHost ? arguments + host : arguments
        return Command.run(words, terminal, environment: environment, on: loop)
    }

    /// Does something when there is something in a file of the folder.
    func whenWritten(_ name: String, _ what: @escaping () -> Void) {
        let timer = Timer(on: loop) { [unowned self] timer in
            guard (contents(name) ?? "").isEmpty else {
                timer.close()
                return what()
            }
            timer.start(after: .milliseconds(5))
        }
        timer.start(after: .milliseconds(5))
    }

    /// Ctrl-C.
    func interrupt() { terminal?.interrupt?() }

    @discardableResult
    func run(_ line: String, input: String = "") -> Int32 {
        run(Shell.words(line), input: Array(input.utf8))
    }

    /// A file with these bytes, opened to be read.
    func file(_ name: String, _ bytes: [UInt8]) -> Int32 {
        let path = "\(folder)/\(name)"
        let writer = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = bytes.withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
        close(writer)
        return open(path, O_RDONLY)
    }

    func contents(_ name: String) -> String? {
        guard let bytes = try? Descriptor.readAll(path: "\(folder)/\(name)") else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Words of a command line, with quotes.
enum Shell {
    static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for letter in line {
            if let open = quote {
                if letter == open { quote = nil } else { word = (word ?? "") + String(letter) }
            } else if letter == "'" || letter == "\"" {
                quote = letter
                word = word ?? ""
            } else if letter == " " {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(letter)
            }
        }
        if let done = word { words.append(done) }
        return words
    }
}

/// Text files beside the tests. `MARTLET_GOLDEN=write` makes them anew; the diff is the review.
enum Golden {
    static func path(_ name: String) -> String {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/Golden/\(name)"
    }

    static func check(_ name: String, _ text: String) {
        let path = path(name)
        if let wish = getenv("MARTLET_GOLDEN"), String(cString: wish) == "write" {
            let descriptor = try! Descriptor.create(path, mode: 0o644)
            _ = Descriptor.write(Array(text.utf8), to: descriptor)
            Descriptor.close(descriptor)
            return
        }
        let kept = (try? Descriptor.readAll(path: path)) ?? []
        #expect(text == String(decoding: kept, as: UTF8.self), "differs from Golden/\(name)")
    }
}
