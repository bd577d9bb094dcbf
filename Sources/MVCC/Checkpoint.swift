package struct Checkpoint: Sendable {
    package let mark: Mark
    package let digest: UInt64
    package func write(into: some WritableTables) {}
}
