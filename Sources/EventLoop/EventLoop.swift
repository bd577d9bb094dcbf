/// One thread that waits for everything at once: sockets, timers, signals, children, its workers.
///
/// Picture a night porter with a switchboard. He sleeps until a lamp lights, deals with every lamp
/// that is lit, writes down what is to be sent, and only then goes round the pigeonholes once,
/// taking each guest all their letters in one walk. A porter who ran upstairs for every single
/// letter would be ten times slower; that is measured, and so `Stream.send` only ever writes down.
///
/// Invariants:
/// - A turn is: timers and input, then the `onTurn` hooks, then one write per stream with output.
/// - Everything here belongs to the loop's thread, except `Wakeup.Sender` and a worker's jobs.
/// - A handle lives until its close callback has run, one turn after `close`; until then it keeps
///   itself and its callbacks alive, and afterwards it has let go of both.
/// - After `close`, or after it was told of an end, an owner hears nothing more from a handle.
/// - Callbacks are plain closures and are never called from inside the call that set them up.
/// - `Loop.stop` closes every handle; `run` returns when the last of them is gone.
///
/// Imports: `CUV` (nobody else does), `Units`, the C library. Never: anything of ours, `async`.
