extension Journal {
    /// What the holder of the files has to do, strictly in this order. Every step may be repeated:
    /// a list that stopped half-way (no space) may be performed again from its start.
    package enum Write: Equatable, Sendable {
        /// Make a file of `bytes` bytes for this segment, in place of one that has its name. Its
        /// contents do not matter (zeros or a recycled segment); its size and name are durable
        /// before the next step.
        case prepare(segment: UInt64, bytes: Int)
        /// Put these bytes there; always inside the segment.
        case write(segment: UInt64, offset: Int, bytes: [UInt8])
        /// All bytes written to this segment so far are durable before the next step.
        case sync(segment: UInt64)
        /// The segment is needed no more. Its name is durably gone before the next step, and before
        /// the file serves as another segment.
        case drop(segment: UInt64)
    }
}
