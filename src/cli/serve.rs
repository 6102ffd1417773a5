//! `stockroom serve`: the server from its start to its graceful end.

mod lock;
mod signals;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;

use self::lock::DataLock;
use super::{CommandError, demo, output};
use crate::accounts::service::NewAdministrator;
use crate::app::App;
use crate::config::{Config, Flags};
use crate::http::{metrics, server};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Load the demo shop: products, stock with a history, users of every role. A second time it changes nothing.
    #[arg(long)]
    demo: bool,
    /// Refuse to start on a database that lacks migrations, instead of applying them.
    #[arg(long)]
    no_migrate: bool,
}

impl Arguments {
    pub(super) fn flags(&self) -> Flags {
        Flags { listen: self.listen.clone(), demo: self.demo, no_migrate: self.no_migrate, ..Flags::default() }
    }
}

pub(super) async fn run(config: Config) -> Result<ExitCode, CommandError> {
    signals::ignore_file_size_signal()?;
    let mut asked_to_stop = signals::stop()?;
    let lock = DataLock::take(&config)?;
    let grace = Duration::from_millis(config.server.shutdown_grace_ms);
    // First of all: a start that fails must not have shown the administrator's only password.
    let (listener, address) = bind(config.server.listen).await?;
    let metrics = match config.server.metrics_listen {
        Some(listen) => Some(bind(listen).await?),
        None => None,
    };
    let app = App::open(config).await?;
    demo::refuse_its_users(&app).await?;
    first_administrator(&app).await?;
    if app.services.config.server.demo {
        demo::load_and_tell(&app).await?;
    }
    app.start_maintenance();
    let mut serving = tokio::spawn(server::serve(listener, app.http(), app.stop.clone()));
    let fetching = metrics.map(|(listener, address)| {
        tracing::info!("metrics on http://{address}/metrics");
        let (router, config, stop) =
            (metrics::router(app.metrics.clone()), app.services.config.clone(), app.stop.clone());
        tokio::spawn(async move { server::serve_router(listener, router, &config, stop).await })
    });
    output::result(&format!("listening on http://{address}/graphql"));

    tokio::select! {
        signal = asked_to_stop.wait() => tracing::info!(signal, "stopping: requests in flight are finished"),
        ended = &mut serving => return Err(CommandError::Failed(format!("the server ended by itself: {ended:?}"))),
    }
    app.stop.cancel();
    let finishing = async {
        (&mut serving).await.ok();
        if let Some(fetching) = fetching {
            fetching.await.ok();
        }
        app.close().await
    };
    match tokio::time::timeout(grace, finishing).await {
        Ok(closed) => closed?,
        Err(_elapsed) => tracing::warn!("some requests did not end in time and were cut off"),
    }
    drop(lock);
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn bind(listen: SocketAddr) -> Result<(TcpListener, SocketAddr), CommandError> {
    let listener = TcpListener::bind(listen).await.map_err(CommandError::system(format!("listening on {listen}")))?;
    let address = listener.local_addr().map_err(CommandError::system("finding the port"))?;
    Ok((listener, address))
}

/// Makes the administrator of an empty database, and shows a generated password this once.
pub(super) async fn first_administrator(app: &App) -> Result<(), CommandError> {
    let accounts = &app.services.config.accounts;
    let new = NewAdministrator {
        email: accounts.admin_email.clone(),
        name: "Administrator".to_owned(),
        password: accounts.admin_password.clone(),
    };
    let made = app.services.accounts.create_first_administrator(new).await;
    let made = made.map_err(|error| CommandError::Failed(format!("the first administrator: {error}")))?;
    let made = made.map_err(|errors| {
        let reasons: Vec<String> = errors.iter().map(|at| format!("{} {}", at.field.join("."), at.error)).collect();
        CommandError::Failed(format!(
            "the first administrator (accounts.admin_email, accounts.admin_password): {}",
            reasons.join("; ")
        ))
    })?;
    if let Some(generated) = made.and_then(|administrator| administrator.generated) {
        let email = &accounts.admin_email;
        output::note(&format!("administrator {email}, password {} (shown this once)", generated.expose_secret()));
    }
    Ok(())
}
