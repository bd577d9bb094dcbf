import Glibc

/// What the environment says, if anything.
func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
