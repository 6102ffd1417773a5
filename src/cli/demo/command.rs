//! `stockroom demo`, and what `serve --demo` says of the demo shop.

use std::process::ExitCode;

use super::{Loaded, active_users, load};
use crate::app::App;
use crate::cli::serve::first_administrator;
use crate::cli::{CommandError, output};
use crate::config::{Config, Environment};

/// Loads the demo shop and does nothing else.
pub(in crate::cli) async fn run(config: Config) -> Result<ExitCode, CommandError> {
    if config.server.environment == Environment::Production {
        return Err(CommandError::Failed(
            "the demo shop has users with a shared password: not in production".to_owned(),
        ));
    }
    let app = App::open(config).await?;
    let done = async {
        first_administrator(&app).await?;
        load_and_tell(&app).await
    };
    let loaded = done.await;
    app.close().await?;
    loaded.map(|()| ExitCode::SUCCESS)
}

/// Loads what is missing of the demo shop and says how to log in.
pub(in crate::cli) async fn load_and_tell(app: &App) -> Result<(), CommandError> {
    let loaded = load(&app.services).await.map_err(|error| CommandError::Failed(error.to_string()))?;
    output::note(&told(&loaded));
    Ok(())
}

/// Refuses to go on in production where users of the demo shop can log in.
pub(in crate::cli) async fn refuse_its_users(app: &App) -> Result<(), CommandError> {
    if app.services.config.server.environment != Environment::Production {
        return Ok(());
    }
    let active = active_users(&app.services).await.map_err(|error| CommandError::Failed(error.to_string()))?;
    if active.is_empty() {
        return Ok(());
    }
    Err(CommandError::Failed(format!(
        "users of the demo shop can log in, with a password that was printed: deactivate {} before production",
        active.join(", ")
    )))
}

fn told(loaded: &Loaded) -> String {
    let Loaded { users, password, password_file, new_products, new_documents } = loaded;
    let first = match (new_products, new_documents) {
        (0, 0) => "demo shop: complete already".to_owned(),
        _ => format!("demo shop: {new_products} products and {new_documents} stock documents added"),
    };
    let file = password_file.display();
    let log_in = format!("demo users, all with the password {password} (also in {file}):");
    let each = users.iter().map(|user| format!("  {:<24} {:<16} {}", user.email, user.name, user.roles.join(", ")));
    [first, log_in].into_iter().chain(each).collect::<Vec<_>>().join("\n")
}
