/// What every resident program of ours does in the same way: speak to systemd and to the journal,
/// read its configuration, and stop when it is told to.
///
/// Picture a new tenant in a well-run house. The caretaker (systemd) hands over keys that were cut
/// beforehand (`Activation`), is told when the tenant has settled in (`Notify`), looks at the
/// lighted window now and then (`Watchdog`), and rings when it is time to go (`StopOrder`); whoever
/// needs to be rung twice is put out. What the tenant notes goes into the house's book (`Log`).
///
/// Invariants:
/// - Nothing here is needed to run: without systemd every call is a no-op, and logs are lines.
/// - A log entry is one datagram or one line, whatever text was put into it.
/// - Nothing here blocks the loop. What the journal does not take is counted, and said later.
/// - A configuration is read completely or not at all; all its mistakes are told at once.
///
/// The protocols of sd_notify(3), sd_listen_fds(3) and the journal's native socket are spoken here
/// directly: a datagram and three variables, documented as stable. libsystemd would bring five more
/// libraries (gcrypt, lzma, lz4, zstd, cap), several megabytes, into each daemon for it. Only the
/// program that talks to the bus links it. A fourth protocol would be a reason to decide anew.
///
/// Imports: `EventLoop`, `Units`, the C library. Never: cluster knowledge, `CUV`.
