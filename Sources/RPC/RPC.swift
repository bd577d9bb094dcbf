/// Conversations between programs: many calls at once on one connection, each with its own number.
///
/// Picture two post offices with one pneumatic tube between them. Every capsule carries the number
/// of its correspondence, so letters of many correspondents share the tube. Long parcels (STREAM)
/// need stamps (credit), which the receiver hands out as it clears its shelves; short answers go
/// free and so are never stuck behind parcels. An office that hears nothing knocks on the tube, and
/// gives it up when no knock comes back. An office that closes says so and up to which letter it has
/// read, so that the others can be sent elsewhere.
///
/// `Session` is the rule book: a value that is given frames and says what they mean. `Connection`
/// is the clerk: it owns a stream, asks the rule book, and does as it says. `Server` has many
/// clerks; a `Dialer` keeps one supplied with a tube; a `Channel` is the counter where calls are
/// handed in. On TCP the tube may be secret: then `Line` puts TLS between stream and clerk, and a
/// `Server` lets only so many strangers show their papers at once.
///
/// Invariants:
/// - Nothing is sent before our HELLO; nothing but a HELLO is accepted first.
/// - Where there is TLS, not a byte of ours leaves before both have shown who they are.
/// - A call ends once: by RESPONSE, by ERROR, or with its connection.
/// - Nobody spends credit that was not given, and credit returns only for what was consumed.
/// - What waits for a slow reader is bounded: above `pauseOutput` we stop reading from it, above
///   `maximumOutput` we part. 10,000 idle connections cost a sweep of a list a few times a second.
/// - A failed call says whether it may have run at the other side.
///
/// Imports: `EventLoop`, `TLS`, `Wire`, `Units`. Never: the meaning of a message, the disk, `CUV`.
