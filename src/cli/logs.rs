//! Starts the log on standard error, in the form that the configuration asks for.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use super::CommandError;
use crate::config::{Log, LogFormat};

pub(super) fn start(log: &Log) -> Result<(), CommandError> {
    let filter =
        EnvFilter::try_new(&log.filter).map_err(|error| CommandError::Failed(format!("log.filter: {error}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| CommandError::Failed(format!("the log could not be started: {error}")))
}
