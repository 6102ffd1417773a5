//! The composition root: makes every handle once and puts them together. The tests build the same `App`.

mod maintenance;
mod measured;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio_util::sync::CancellationToken;

use self::measured::{Kept, Standing, SweepMetrics};
use crate::accounts::service::AccountsRefused;
use crate::accounts::{Accounts, Handles};
use crate::config::Config;
use crate::graphql::gate::{Gate, Manifest, ManifestError};
use crate::graphql::services::{Handles as ServiceHandles, Services};
use crate::graphql::{self, Schema, validator};
use crate::http::Http;
use crate::kernel::clock::Clock;
use crate::kernel::db::{self, Db};
use crate::kernel::id::Ids;
use crate::kernel::metrics::Metrics;
use crate::kernel::outbox::feed::Feed;
use crate::kernel::outbox::notices;
use crate::kernel::page::PageLimits;
use crate::kernel::secret;
use crate::kernel::write::{JointWriter, WriteSettings, Writer};

/// The running application, without a listening socket.
#[derive(Clone)]
pub struct App {
    /// The handles behind the schema.
    pub services: Services,
    /// The schema behind its limits, for the transports and for programs that embed it.
    pub gate: Gate<Schema>,
    /// Cancelled when the server is to stop.
    pub stop: CancellationToken,
    /// What the server counts of itself.
    pub metrics: Metrics,
    sweeps: SweepMetrics,
}

/// Why the application could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The schema's own definition can't be read back. A bug.
    #[error("schema: {0}")]
    Schema(String),
    /// The database could not be opened, migrated or read.
    #[error("database: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// Migrations are missing and the configuration forbids to apply them.
    #[error("the database is behind: run `stockroom migrate`, or allow migrations at the start (server.migrate)")]
    NotMigrated,
    /// The signing keys or the parameters of password hashing are not usable.
    #[error(transparent)]
    Accounts(#[from] AccountsRefused),
    /// The trusted documents are not usable.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The built-in roles could not be brought up to date.
    #[error("built-in roles: {0}")]
    Roles(crate::kernel::write::WriteError),
}

impl App {
    /// Opens the database, migrates it, and composes the application with the system's clock.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        Self::with(config, Clock::system(), Ids::time_ordered()).await
    }

    /// The same with another clock and id source.
    pub async fn with(config: Config, clock: Clock, ids: Ids) -> Result<Self, StartError> {
        let data_dir = &config.server.data_dir;
        secret::make_folder(data_dir).map_err(|source| StartError::File { path: data_dir.clone(), source })?;
        let db = open_database(&config).await?;
        if config.server.migrate {
            db.migrate().await?;
        } else if !db.is_migrated().await? {
            return Err(StartError::NotMigrated);
        }
        let key = data_dir.join("keys").join("idempotency.key");
        let fingerprint_key = secret::read_or_make(&key).map_err(|source| StartError::File { path: key, source })?;
        let stop = CancellationToken::new();
        let writer = Writer::new(db.clone(), clock.clone(), ids.clone(), write_settings(&config));
        let handles = Handles { db: db.clone(), writer: writer.clone(), clock: clock.clone(), ids: ids.clone() };
        let accounts = Arc::new(Accounts::new(&config.accounts, &data_dir.join("keys"), handles)?);
        accounts.ensure_built_in_roles().await.map_err(StartError::Roles)?;
        if config.read_cache.bytes > 0 {
            notices::follow(&db, &writer, stop.clone());
        }
        let feed = Feed::start(db.clone(), &writer, config.limits.streaming.event_buffer, stop.clone()).await?;
        let services = Services::new(ServiceHandles {
            config: Arc::new(config),
            db,
            postings: JointWriter::new(writer.clone()),
            reservations: JointWriter::new(writer.clone()),
            writer,
            clock,
            ids,
            accounts,
            feed,
            fingerprint_key: Arc::new(fingerprint_key),
            pages: PageLimits::default(),
        });
        let schemas = graphql::build(&services);
        let (sdl, freshness) = (schemas.checking.sdl(), services.writer.freshness());
        let described = graphql::described(&sdl);
        let gate = Gate::new(schemas, described, &services.config, &services.clock, freshness)
            .map_err(|error| StartError::Schema(error.to_string()))?;
        let gate = trusting(gate, &services.config).await?;
        let metrics = Metrics::default();
        metrics.collect(Standing(services.clone()));
        metrics.collect(Kept(gate.clone()));
        let sweeps = SweepMetrics::new(&metrics);
        Ok(Self { services, gate, stop, metrics, sweeps })
    }

    /// The handlers of the transports over this application.
    pub fn http(&self) -> Http {
        Http::new(self.gate.clone(), self.services.clone(), self.stop.clone())
    }

    /// Stops background work, waits for commands under way and closes the database.
    pub async fn close(&self) -> Result<(), StartError> {
        self.stop.cancel();
        self.services.writer.drain().await;
        self.services.db.close().await;
        Ok(())
    }
}

/// The gate with the trusted documents of the manifest, where there is one.
async fn trusting(gate: Gate<Schema>, config: &Config) -> Result<Gate<Schema>, ManifestError> {
    let Some(path) = &config.persisted.manifest else { return Ok(gate) };
    let json = std::fs::read_to_string(path).map_err(|source| ManifestError::File { path: path.clone(), source })?;
    gate.trusting(Manifest::parse(&json)?, &validator::build()).await
}

async fn open_database(config: &Config) -> Result<Db, StartError> {
    let url = config.database_url();
    let url = url.expose_secret();
    let sqlite = url.starts_with("sqlite:");
    let settings = &config.database;
    let options = db::Options {
        max_connections: if sqlite { settings.sqlite_readers() } else { settings.postgres_connections },
        min_connections: settings.postgres_min_connections,
        acquire_timeout: Duration::from_millis(settings.acquire_timeout_ms),
        statement_timeout: Duration::from_millis(settings.statement_timeout_ms),
        lock_timeout: Duration::from_millis(if sqlite { settings.busy_timeout_ms } else { settings.lock_timeout_ms }),
        ..db::Options::new(url)
    };
    Ok(Db::connect(&options).await?)
}

fn write_settings(config: &Config) -> WriteSettings {
    let hours = u64::from(config.idempotency.retention_hours);
    WriteSettings {
        keep_outcomes: Duration::from_secs(hours * 3600),
        retries: config.database.write_retries,
        // Whoever has waited so long for a turn would hardly be told the outcome in time.
        longest_wait: Duration::from_millis(config.limits.time.execution_ms.get()).mul_f64(0.8),
        ..WriteSettings::default()
    }
}
