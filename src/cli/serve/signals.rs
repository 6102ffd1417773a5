//! The signals of the operating system: which end the server gracefully, and which must not end it at all.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::CommandError;

/// SIGXFSZ: raised by a write beyond the process's limit on file size, and deadly unless handled.
const FILE_SIZE_EXCEEDED: i32 = 25;

/// The signals that ask the server to stop.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

/// Listens for the signals that ask the server to stop.
pub(super) fn stop() -> Result<Stop, CommandError> {
    Ok(Stop { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
}

impl Stop {
    /// Waits for one of them, and tells which.
    pub(super) async fn wait(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Takes the deadliness from SIGXFSZ: the write that caused it then fails with an error like any other full disk. The
/// handler stays for the life of the process, also after its listener is dropped.
pub(super) fn ignore_file_size_signal() -> Result<(), CommandError> {
    listen(SignalKind::from_raw(FILE_SIZE_EXCEEDED)).map(drop)
}

fn listen(kind: SignalKind) -> Result<Signal, CommandError> {
    signal(kind).map_err(CommandError::system("listening for signals"))
}
