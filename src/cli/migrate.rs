//! `stockroom migrate`: brings the database up to this program's schema and does nothing else.

use std::process::ExitCode;

use super::{CommandError, output};
use crate::app::App;
use crate::config::Config;

pub(super) async fn run(mut config: Config) -> Result<ExitCode, CommandError> {
    config.server.migrate = true;
    App::open(config).await?.close().await?;
    output::note("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}
