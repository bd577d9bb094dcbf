/// The words that programs say to one another, and the envelopes they travel in.
///
/// Picture a post office counter. The letters (`Messages/`) are written elsewhere; here they are put
/// into envelopes (`Frame`), each with a stamp that shows at once whether it was tampered with, and
/// taken out again. Whoever hands over something that is no letter is told what is wrong with it
/// (`FrameFault`, `MessageFault`), and nothing of it is kept. The few letters that come by the
/// hundred thousand are read through the envelope's window (`Hot`).
///
/// - A body means the same to every reader: what protobuf-c would take in its own way is refused
///   before it gets there (`Inspection`).
/// - Whatever arrives costs a bounded amount of time, stack and memory (`Limits`).
/// - Encoding is canonical: equal messages have equal bytes.
/// - `proto/` says all of this to writers in other languages; `proto/generate` makes `Messages/`.
///
/// Imports: `CProtobuf`, `Units`. Never: sockets, files, clocks.
