internal import CUV

/// A process that we started.
package final class Child: Handle {
    /// How it ended.
    package enum Exit: Equatable, Sendable {
        case status(Int32)
        case signal(Int32)
    }

    /// What stands behind one of its first three descriptors.
    package enum Channel: Equatable, Sendable { case nothing, ours, piped }

    package struct Program: Equatable, Sendable {
        package var path: String
        package var arguments: [String]
        /// Nil takes ours.
        package var environment: [String]?
        package var directory: String?
        package var input: Channel
        package var output: Channel
        package var errors: Channel

        package init(
            _ path: String, _ arguments: [String] = [], environment: [String]? = nil,
            directory: String? = nil, input: Channel = .nothing, output: Channel = .ours,
            errors: Channel = .ours
        ) {
            self.path = path
            self.arguments = arguments
            self.environment = environment
            self.directory = directory
            self.input = input
            self.output = output
            self.errors = errors
        }
    }

    private var onExit: ((Exit) -> Void)?
    /// Our ends of what was `.piped`. The owner reads, and closes them.
    package private(set) var input: Stream?
    package private(set) var output: Stream?
    package private(set) var errors: Stream?

    private init(on loop: Loop, _ program: Program, _ onExit: @escaping (Exit) -> Void) {
        self.onExit = onExit
        super.init(on: loop, UV_PROCESS)
        input = program.input == .piped ? Stream(on: loop, .unix, peer: program.path) : nil
        output = program.output == .piped ? Stream(on: loop, .unix, peer: program.path) : nil
        errors = program.errors == .piped ? Stream(on: loop, .unix, peer: program.path) : nil
    }

    /// Starts `program`. `onExit` is called when it has ended; the child then closes itself.
    package static func start(
        on loop: Loop, _ program: Program, onExit: @escaping (Exit) -> Void
    ) throws(LoopFailure) -> Child {
        let child = Child(on: loop, program, onExit)
        let status = child.spawn(program)
        // libuv has the handle from the first look on, also when the start failed.
        child.register()
        guard status == 0 else {
            for stream in [child.input, child.output, child.errors] { stream?.close() }
            child.close()
            throw LoopFailure(status: status, "start", program.path)
        }
        return child
    }

    package var process: Int32 {
        unsafe memory.assumingMemoryBound(to: uv_process_t.self).pointee.pid
    }

    /// Sends it a signal; one that has ended already is no failure.
    package func kill(_ signal: Int32) {
        guard !isClosed else { return }
        unsafe uv_process_kill(memory.assumingMemoryBound(to: uv_process_t.self), signal)
    }

    private func spawn(_ program: Program) -> Int32 {
        var channels = unsafe [
            container(program.input, 0, UV_READABLE_PIPE, input),
            container(program.output, 1, UV_WRITABLE_PIPE, output),
            container(program.errors, 2, UV_WRITABLE_PIPE, errors),
        ]
        let arguments = CStrings([program.path] + program.arguments)
        let environment = program.environment.map { CStrings($0) }
        let directory = program.directory.map { CStrings([$0]) }
        return unsafe channels.withUnsafeMutableBufferPointer { channels in
            var options = unsafe uv_process_options_t()
            unsafe options.file = UnsafePointer(arguments.first)
            unsafe options.args = arguments.pointer
            unsafe options.env = environment?.pointer
            unsafe options.cwd = UnsafePointer(directory?.first)
            unsafe options.stdio_count = 3
            unsafe options.stdio = channels.baseAddress
            unsafe options.exit_cb = { handle, status, signal in
                unsafe Handle.of(handle!.pointee.data, Child.self).ended(status, signal)
            }
            let process = unsafe memory.assumingMemoryBound(to: uv_process_t.self)
            return unsafe uv_spawn(loop.raw, process, &options)
        }
    }

    private func container(
        _ channel: Channel, _ number: Int32, _ direction: uv_stdio_flags, _ stream: Stream?
    ) -> uv_stdio_container_t {
        var container = unsafe uv_stdio_container_t()
        switch channel {
        case .nothing: unsafe container.flags = UV_IGNORE
        case .ours:
            unsafe container.flags = UV_INHERIT_FD
            unsafe container.data.fd = number
        case .piped:
            unsafe container.flags = uv_stdio_flags(
                rawValue: UV_CREATE_PIPE.rawValue | direction.rawValue)
            unsafe container.data.stream = stream!.stream
        }
        return unsafe container
    }

    private func ended(_ status: Int64, _ signal: Int32) {
        let told = onExit.take()
        close()
        told?(signal == 0 ? .status(Int32(truncatingIfNeeded: status)) : .signal(signal))
    }

    override func didClose() { onExit = nil }
}

/// A list of C strings, closed by nil, for the length of one call.
@safe private final class CStrings {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        unsafe pointer = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() {
            let text = Array(string.utf8CString)
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
            unsafe copy.initialize(from: text, count: text.count)
            unsafe (pointer + index).initialize(to: copy)
        }
        unsafe (pointer + strings.count).initialize(to: nil)
    }

    var first: UnsafeMutablePointer<CChar>? { unsafe pointer[0] }

    deinit {
        for index in 0..<count { unsafe pointer[index]?.deallocate() }
        unsafe pointer.deallocate()
    }
}
