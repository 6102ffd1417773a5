//! The database layer: one handle with a reading side and a writing side, on SQLite or PostgreSQL.
//!
//! SQLite: WAL, synchronous=FULL, foreign keys on, one writing connection, several readers. PostgreSQL: one pool, READ COMMITTED.
//! Only [`super::write`] begins a transaction that writes.

pub mod constraint;
mod reading;
pub mod search;
pub mod sql;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr, SqliteTransactionMode,
    SqlxPostgresConnector, SqlxSqliteConnector, Statement, TransactionOptions, TransactionTrait as _,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgPool};

pub use self::reading::Reading;

/// The oldest SQLite that is accepted: it mends a bug that could lose commits when the write-ahead log restarts.
const SQLITE_AT_LEAST: &str = "3.51.3";

/// A connection that was in use less than this ago is taken without asking whether it still answers, which would be a way to the server and back for each
/// statement. What waited longer is asked, so that a restart of the database is not noticed by whoever comes first afterwards.
const TRUSTED_FOR: Duration = Duration::from_millis(500);

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite://path/to/file.db` or `postgres://user@host/database`.
    pub url: String,
    /// Reading connections on SQLite, all connections on PostgreSQL.
    pub max_connections: u32,
    /// Connections that are opened at once and kept open, at most as many as those above (PostgreSQL).
    pub min_connections: u32,
    /// The longest wait for a connection of the pool.
    pub acquire_timeout: Duration,
    /// The longest that one statement may run (PostgreSQL).
    pub statement_timeout: Duration,
    /// The longest wait for a lock (PostgreSQL) or for another process (SQLite).
    pub lock_timeout: Duration,
}

impl Options {
    /// The options for `url`, everything else as SECURITY parameters have it.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 8,
            min_connections: 0,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(2),
        }
    }
}

/// A handle on the database; clones share the pools.
#[derive(Clone)]
pub struct Db {
    reading: Reading,
    background: Reading,
    snapshots: DatabaseConnection,
    writer: DatabaseConnection,
    listening: Option<PgPool>,
    statements: Arc<AtomicU64>,
    writers: usize,
}

impl Db {
    /// Opens the pools and checks that the database answers. It does not migrate.
    pub async fn connect(options: &Options) -> Result<Self, DbErr> {
        let statements = Arc::new(AtomicU64::new(0));
        let Pools { background, mut snapshots, mut writer, listening } =
            if options.url.starts_with("sqlite:") { sqlite(options).await? } else { postgres(options).await? };
        let reading = background.counted(statements.clone());
        for connection in [&mut snapshots, &mut writer] {
            let count = statements.clone();
            connection.set_metric_callback(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
            });
        }
        let writers = if options.url.starts_with("sqlite:") { 1 } else { writers_among(options.max_connections) };
        Ok(Self { reading, background, snapshots, writer, listening, statements, writers })
    }

    /// The reading side.
    pub fn read(&self) -> &Reading {
        &self.reading
    }

    /// The reading side for work that belongs to no request; its statements are not counted.
    pub fn background(&self) -> &Reading {
        &self.background
    }

    /// A connection of its own for whoever waits for notices of PostgreSQL, opened when it is first asked for; none on SQLite.
    pub(super) fn listening(&self) -> Option<&PgPool> {
        self.listening.as_ref()
    }

    /// Which database it is.
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// How many transactions may write at once so that reading goes on beside them: one on SQLite, three quarters of the connections on PostgreSQL.
    pub fn writers(&self) -> usize {
        self.writers
    }

    /// How many statements this handle and its clones have sent, without `BEGIN` and `COMMIT`. For tests and metrics.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.background.ping().await
    }

    /// Begins a transaction that may write. SQLite takes its write lock at once, so that nothing read in it can be stale.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let _asking = self.shared().map(Reading::asking);
        self.writer.begin_with_options(options).await
    }

    /// Begins a transaction whose reads all see the same moment.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        let isolation_level =
            (self.backend() == DbBackend::Postgres).then_some(sea_orm::IsolationLevel::RepeatableRead);
        let _asking = self.reading.asking();
        self.snapshots.begin_with_options(TransactionOptions { isolation_level, ..TransactionOptions::default() }).await
    }

    /// Applies the migrations that are missing, one process at a time.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        stockroom_migrations::apply(&self.writer).await
    }

    /// Whether every migration has been applied.
    pub async fn is_migrated(&self) -> Result<bool, DbErr> {
        stockroom_migrations::is_current(&self.writer).await
    }

    /// Closes all pools, waiting for what is in flight.
    pub async fn close(&self) -> Result<(), DbErr> {
        if let Some(listening) = &self.listening {
            listening.close().await;
        }
        self.reading.give_back();
        self.snapshots.clone().close().await?;
        self.writer.clone().close().await
    }

    /// The reading side, if those who write take their connections from the same pool.
    fn shared(&self) -> Option<&Reading> {
        (self.backend() == DbBackend::Postgres).then_some(&self.reading)
    }
}

/// A quarter of the connections is left to those who read, who wait for nobody's locks.
fn writers_among(connections: u32) -> usize {
    let writers = connections.saturating_sub(connections / 4).max(1);
    usize::try_from(writers).unwrap_or(usize::MAX)
}

/// What is open: on PostgreSQL all but `listening` are one pool.
struct Pools {
    background: Reading,
    snapshots: DatabaseConnection,
    writer: DatabaseConnection,
    /// A pool of one connection for notices.
    listening: Option<PgPool>,
}

async fn sqlite(options: &Options) -> Result<Pools, DbErr> {
    let connect: SqliteConnectOptions = options.url.parse().map_err(|error| connection_error(&error))?;
    let connect = connect
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.lock_timeout)
        .pragma("mmap_size", "0")
        .pragma("wal_autocheckpoint", "1000")
        .pragma("journal_size_limit", "67108864")
        .pragma("trusted_schema", "OFF")
        .statement_cache_capacity(256);
    // Nothing lies between us and a file that could be lost unnoticed.
    let pool = SqlitePoolOptions::new()
        .test_before_acquire(false)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None);
    let writer = pool
        .clone()
        .max_connections(1)
        .min_connections(1)
        .connect_with(connect.clone())
        .await
        .map_err(|error| connection_error(&error))?;
    let writer = SqlxSqliteConnector::from_sqlx_sqlite_pool(writer);
    assert_sqlite_version(&writer).await?;
    let readers = pool
        .max_connections(options.max_connections)
        .connect_with(connect.pragma("query_only", "ON"))
        .await
        .map_err(|error| connection_error(&error))?;
    let background = Reading::sqlite(&readers);
    Ok(Pools { background, snapshots: SqlxSqliteConnector::from_sqlx_sqlite_pool(readers), writer, listening: None })
}

async fn assert_sqlite_version(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let statement = Statement::from_string(DbBackend::Sqlite, "SELECT sqlite_version() AS version");
    let row =
        connection.query_one_raw(statement).await?.ok_or_else(|| DbErr::RecordNotFound("sqlite_version".to_owned()))?;
    let version: String = row.try_get("", "version")?;
    if version_number(&version) >= version_number(SQLITE_AT_LEAST) {
        Ok(())
    } else {
        Err(DbErr::Custom(format!("SQLite {version} is too old: {SQLITE_AT_LEAST} or newer is needed")))
    }
}

fn version_number(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}

async fn postgres(options: &Options) -> Result<Pools, DbErr> {
    let connect: PgConnectOptions = options.url.parse().map_err(|error| connection_error(&error))?;
    let connect = connect.application_name("stockroom").statement_cache_capacity(256).options([
        ("statement_timeout", options.statement_timeout.as_millis().to_string()),
        ("lock_timeout", options.lock_timeout.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", "10000".to_owned()),
        ("timezone", "UTC".to_owned()),
    ]);
    let listening = PgPoolOptions::new().max_connections(1).connect_lazy_with(connect.clone());
    let at_once = options.min_connections.min(options.max_connections);
    let pool = PgPoolOptions::new()
        .max_connections(options.max_connections)
        .min_connections(at_once)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection, its| {
            Box::pin(async move { Ok(its.idle_for < TRUSTED_FOR || connection.ping().await.is_ok()) })
        })
        .connect_lazy_with(connect);
    let first = pool.acquire().await.map_err(|error| connection_error(&error))?;
    // The pool would open them one after the other, and each waits for the network several times. One can do without those that cannot be had.
    let others = join_all((1..at_once).map(|_| pool.acquire())).await;
    drop((first, others));
    let background = Reading::postgres(&pool);
    let writer = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    Ok(Pools { background, snapshots: writer.clone(), writer, listening: Some(listening) })
}

fn connection_error(error: &sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(error.to_string()))
}
