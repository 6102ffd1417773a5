//! Starts the log on standard error, in the form that the configuration asks for.
//!
//! A thread of its own writes: a request hands its line over and goes on. What comes alone is written at once, what comes within [`PAUSE`] of it together: a
//! call of the kernel for each line was a tenth of what a kept answer costs. None is left out; with [`MOST`] lines waiting, who logs waits, too.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::time::Duration;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use super::CommandError;
use crate::config::{Log, LogFormat};

/// The most lines that wait to be written.
const MOST: usize = 4_096;
/// The most bytes that are written at once.
const TOGETHER: usize = 64 * 1_024;

/// How long the thread rests between writes.
const PAUSE: Duration = Duration::from_millis(5);

/// The log is written as long as this is kept. Dropped, it waits until what was logged is written, or a second.
pub(super) struct Logging(#[expect(dead_code, reason = "dropped at the end")] WorkerGuard);

pub(super) fn start(log: &Log) -> Result<Logging, CommandError> {
    let filter =
        EnvFilter::try_new(&log.filter).map_err(|error| CommandError::Failed(format!("log.filter: {error}")))?;
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .buffered_lines_limit(MOST)
        .thread_name("log")
        .finish(Paced(BufWriter::with_capacity(TOGETHER, io::stderr())));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| CommandError::Failed(format!("the log could not be started: {error}")))?;
    Ok(Logging(guard))
}

/// Rests after it has written, so that others come together in the meantime and need not wake anybody.
struct Paced<W>(W);

impl<W: Write> Write for Paced<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.0.flush();
        std::thread::sleep(PAUSE);
        written
    }
}
