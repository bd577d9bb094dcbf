internal import CUV
internal import Glibc

/// Keys of a terminal, one by one and without an echo. Ctrl-C stays what it is.
package final class Keyboard {
    private let descriptor: Int32
    private var usual: termios?

    /// Nil when the descriptor is no terminal.
    package init?(on descriptor: Int32) {
        guard isatty(descriptor) == 1 else { return nil }
        self.descriptor = descriptor
    }

    /// False when the terminal does not let itself be changed.
    package func begin() -> Bool {
        var settings = termios()
        guard unsafe tcgetattr(descriptor, &settings) == 0 else { return false }
        let before = settings
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        // VTIME and VMIN: a read does not wait.
        settings.c_cc.5 = 0
        settings.c_cc.6 = 0
        guard unsafe tcsetattr(descriptor, TCSANOW, &settings) == 0 else { return false }
        usual = before
        return true
    }

    /// The next key that was typed, if there is one.
    package func next() -> UInt8? {
        var key: UInt8 = 0
        guard usual != nil else { return nil }
        return unsafe read(descriptor, &key, 1) == 1 ? key : nil
    }

    /// The terminal is again as it was.
    package func end() {
        guard var settings = usual.take() else { return }
        unsafe _ = tcsetattr(descriptor, TCSANOW, &settings)
    }
}
