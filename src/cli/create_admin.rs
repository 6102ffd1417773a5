//! `stockroom create-admin`: makes a further administrator, for whoever has the machine. Works beside a running server.

use std::io::Read as _;
use std::process::ExitCode;

use secrecy::{ExposeSecret as _, SecretString};

use super::{CommandError, output};
use crate::accounts::service::NewAdministrator;
use crate::app::App;
use crate::config::Config;

/// More than the longest password.
const MOST_FROM_STDIN: u64 = 4_096;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The e-mail address to log in with [default: STOCKROOM_ADMIN_EMAIL].
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// What the person is called.
    #[arg(long, value_name = "NAME", default_value = "Administrator")]
    name: String,
    /// Read the password from the first line of standard input. Without it: STOCKROOM_ADMIN_PASSWORD, or else one is
    /// generated and printed.
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn run(config: Config, arguments: Arguments) -> Result<ExitCode, CommandError> {
    let Arguments { email, name, password_stdin } = arguments;
    let email = email.unwrap_or_else(|| config.accounts.admin_email.clone());
    let password = if password_stdin { Some(first_line()?) } else { config.accounts.admin_password.clone() };
    let app = App::open(config).await?;
    let made = app.services.accounts.create_administrator(NewAdministrator { email: email.clone(), name, password });
    let made = made.await.map_err(|error| CommandError::Failed(error.to_string()))?;
    app.close().await?;
    let made = made.map_err(|errors| {
        let reasons = errors.iter().map(|at| format!("{} {}", at.field.last().map_or("", String::as_str), at.error));
        CommandError::Failed(reasons.collect::<Vec<_>>().join("; "))
    })?;
    output::note(&format!("{email} is an administrator now."));
    if let Some(generated) = made.generated {
        output::result(&format!("password: {}", generated.expose_secret()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The first line without its end; whatever else is in it belongs to the password.
fn first_line() -> Result<SecretString, CommandError> {
    let mut text = String::new();
    let mut input = std::io::stdin().lock().take(MOST_FROM_STDIN);
    input.read_to_string(&mut text).map_err(CommandError::system("reading the password"))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(SecretString::from(line)),
        Some(_) | None => Err(CommandError::Failed("no password on standard input".to_owned())),
    }
}
