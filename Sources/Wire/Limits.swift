/// What this room refuses to go beyond.
package enum Limits {
    /// The longest body of a frame, in bytes. Longer is refused with `FrameFault.tooLarge`.
    package static let maximumFrame = 2 * 1024 * 1024
    /// The longest body of a PING, in bytes. Longer is refused with `FrameFault.badFrame`.
    package static let maximumPing = 64
    /// How deep messages nest, the body itself counting as 1: transactions in transactions.
    /// Deeper is refused with `MessageFault.tooDeep`, before anything recurses that far.
    package static let maximumNesting = 32
    /// Bytes of memory that building one message may take: a body of many tiny parts grows some
    /// forty-fold. More is refused with `MessageFault.tooManyParts`.
    package static let maximumMessageMemory = 64 * 1024 * 1024

    /// Bytes on the stack for building a message, before the heap is asked.
    static let arenaStack = 4096
    /// Bytes that are asked of the heap at once.
    static let arenaBlock = 64 * 1024
}
