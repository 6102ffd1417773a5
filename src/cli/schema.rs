//! `stockroom schema`: the schema in the schema definition language, as committed in `schema.graphql`.

use std::process::ExitCode;

use super::{CommandError, output};
use crate::graphql;

#[expect(clippy::unnecessary_wraps, reason = "every command answers alike")]
pub(super) fn run() -> Result<ExitCode, CommandError> {
    output::result(graphql::sdl().trim_end());
    Ok(ExitCode::SUCCESS)
}
