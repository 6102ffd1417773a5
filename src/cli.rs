//! The command line: what can be asked of the program. Each command is a file; the configuration is read here, once.

mod audit;
mod create_admin;
pub mod demo;
pub mod import;
mod logs;
mod migrate;
mod output;
mod schema;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::logs::Logging;
use crate::app::StartError;
use crate::config::{Config, ConfigError, Flags};

/// Stockroom: a GraphQL API server for accounts, catalog and inventory, on SQLite or PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "stockroom", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
struct Global {
    /// The configuration file; without it, stockroom.toml in the working directory where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The directory of the SQLite database, the keys and the lock file [default: ./data].
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE [default: SQLite in the data directory].
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API.
    Serve(serve::Arguments),
    /// Apply the migrations that the database lacks.
    Migrate,
    /// Load the demo shop, as `serve --demo` does, and do nothing else. A second time it changes nothing.
    Demo,
    /// Bring a catalogue from elsewhere into the shop.
    #[command(subcommand)]
    Import(import::Source),
    /// Make a further administrator.
    CreateAdmin(create_admin::Arguments),
    /// Compare every stock level with the sum of its movements; the exit code is 1 when one differs.
    Audit,
    /// Print the schema in the schema definition language.
    Schema,
}

/// Why a command failed. The text is for whoever typed it.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The application did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The operating system refused something.
    #[error("{doing}: {source}")]
    System {
        /// What was tried.
        doing: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Anything else, in words.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    /// For `map_err`: the operating system refused `doing`.
    fn system(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::System { doing, source }
    }
}

/// Reads the command line and runs what it asks for.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            output::note(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, CommandError> {
    let Cli { global, command } = cli;
    match command {
        Command::Schema => schema::run(),
        Command::Serve(arguments) => {
            let (config, _logging) = global.read(arguments.flags())?;
            in_runtime(serve::run(config))
        }
        Command::CreateAdmin(arguments) => {
            let (config, _logging) = global.read(Flags::default())?;
            in_runtime(create_admin::run(config, arguments))
        }
        Command::Demo => {
            let (config, _logging) = global.read(Flags::default())?;
            in_runtime(demo::run(config))
        }
        Command::Import(source) => {
            let (config, _logging) = global.read(Flags::default())?;
            in_runtime(import::run(config, source))
        }
        Command::Migrate => {
            let (config, _logging) = global.read(Flags::default())?;
            in_runtime(migrate::run(config))
        }
        Command::Audit => {
            let (config, _logging) = global.read(Flags::default())?;
            in_runtime(audit::run(config))
        }
    }
}

impl Global {
    /// The configuration with these flags over the rest; from here on the log is written, to the end of [`Logging`].
    fn read(self, flags: Flags) -> Result<(Config, Logging), CommandError> {
        let flags = Flags { data_dir: self.data_dir, database_url: self.database_url, ..flags };
        let config = Config::load(self.config.as_deref(), flags)?;
        let logging = logs::start(&config.log)?;
        Ok((config, logging))
    }
}

/// Runs a command to its end on all cores.
fn in_runtime(command: impl Future<Output = Result<ExitCode, CommandError>>) -> Result<ExitCode, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CommandError::system("starting the runtime"))?;
    runtime.block_on(command)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
