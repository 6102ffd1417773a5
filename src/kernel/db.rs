//! The database layer: one handle with a reading side and a writing side, on SQLite or PostgreSQL.
//!
//! SQLite: WAL, synchronous=FULL, foreign keys on, one writing connection, several readers. PostgreSQL: one pool, READ COMMITTED.
//! Only [`super::write`] begins a transaction that writes.

/// The same for either database.
macro_rules! on_either {
    ($either:expr, $of:ident, $it:ident => $done:expr) => {
        match $either {
            $of::Postgres($it) => $done,
            $of::Sqlite($it) => $done,
        }
    };
}

mod at_hand;
pub mod constraint;
mod reading;
pub mod search;
mod send;
pub mod sql;
mod together;
mod tx;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, RuntimeErr, SqlxPostgresConnector, SqlxSqliteConnector,
    Statement,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgPool, Postgres, Sqlite};

use self::at_hand::AtHand;
pub use self::reading::Reading;
pub use self::tx::Tx;

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

/// The connections to either database; clones share them.
#[derive(Clone)]
enum Connections {
    Postgres(Arc<AtHand<Postgres>>),
    Sqlite(Arc<AtHand<Sqlite>>),
}

impl Connections {
    fn backend(&self) -> DbBackend {
        match self {
            Self::Postgres(_) => DbBackend::Postgres,
            Self::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    async fn ping(&self) -> Result<(), DbErr> {
        on_either!(self, Self, at_hand => at_hand.ping().await)
    }

    async fn close(&self) {
        on_either!(self, Self, at_hand => at_hand.close().await);
    }
}

/// A handle on the database; clones share the connections.
#[derive(Clone)]
pub struct Db {
    /// Those of the readers on SQLite, all on PostgreSQL.
    readers: Connections,
    writers: Connections,
    reading: Reading,
    background: Reading,
    /// The pool of the writers, for migrations.
    schema: DatabaseConnection,
    listening: Option<PgPool>,
    statements: Arc<AtomicU64>,
    most_writers: usize,
}

/// What begins a transaction of PostgreSQL.
const BEGIN: &str = "BEGIN";

impl Db {
    /// Opens the pools and checks that the database answers. It does not migrate.
    pub async fn connect(options: &Options) -> Result<Self, DbErr> {
        let statements = Arc::new(AtomicU64::new(0));
        let Pools { readers, writers, schema, listening } =
            if options.url.starts_with("sqlite:") { sqlite(options).await? } else { postgres(options).await? };
        let most_writers = match writers {
            Connections::Sqlite(_) => 1,
            Connections::Postgres(_) => writers_among(options.max_connections),
        };
        let reading = Reading::new(readers.clone(), Some(statements.clone()));
        let background = Reading::new(readers.clone(), None);
        Ok(Self { readers, writers, reading, background, schema, listening, statements, most_writers })
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
        self.writers.backend()
    }

    /// How many transactions may write at once so that reading goes on beside them: one on SQLite, three quarters of the connections on PostgreSQL.
    pub fn writers(&self) -> usize {
        self.most_writers
    }

    /// How many statements this handle and its clones have sent, without `BEGIN` and `COMMIT`. For tests and metrics.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.readers.ping().await
    }

    /// Begins a transaction that may write. SQLite takes its write lock at once, so that nothing read in it can be stale.
    pub(super) async fn begin(&self) -> Result<Tx, DbErr> {
        let statement = match self.backend() {
            DbBackend::Sqlite => "BEGIN IMMEDIATE",
            _ => BEGIN,
        };
        Tx::begin(&self.writers, statement, self.statements.clone()).await
    }

    /// One that locks nothing before it writes. On SQLite, where nobody else writes meanwhile, it is the same as any other.
    pub(super) async fn begin_optimistically(&self) -> Result<Tx, DbErr> {
        match self.backend() {
            DbBackend::Postgres => Tx::optimistic(&self.writers, BEGIN, self.statements.clone()).await,
            _ => self.begin().await,
        }
    }

    /// Begins a transaction whose reads all see the same moment.
    pub async fn snapshot(&self) -> Result<Tx, DbErr> {
        let statement = match self.backend() {
            DbBackend::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            _ => "BEGIN",
        };
        Tx::begin(&self.readers, statement, self.statements.clone()).await
    }

    /// Applies the migrations that are missing, one process at a time.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        stockroom_migrations::apply(&self.schema).await
    }

    /// Whether every migration has been applied.
    pub async fn is_migrated(&self) -> Result<bool, DbErr> {
        stockroom_migrations::is_current(&self.background).await
    }

    /// Closes all pools, waiting for what is in flight.
    pub async fn close(&self) {
        if let Some(listening) = &self.listening {
            listening.close().await;
        }
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// A quarter of the connections is left to those who read, who wait for nobody's locks.
fn writers_among(connections: u32) -> usize {
    let writers = connections.saturating_sub(connections / 4).max(1);
    usize::try_from(writers).unwrap_or(usize::MAX)
}

/// What is open: on PostgreSQL all but `listening` are one pool.
struct Pools {
    readers: Connections,
    writers: Connections,
    schema: DatabaseConnection,
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
    let schema = SqlxSqliteConnector::from_sqlx_sqlite_pool(writer.clone());
    assert_sqlite_version(&schema).await?;
    let readers = pool
        .max_connections(options.max_connections)
        .connect_with(connect.pragma("query_only", "ON"))
        .await
        .map_err(|error| connection_error(&error))?;
    let [readers, writers] = [readers, writer].map(|pool| Connections::Sqlite(AtHand::new(pool)));
    Ok(Pools { readers, writers, schema, listening: None })
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
    let schema = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
    let all = Connections::Postgres(AtHand::new(pool));
    Ok(Pools { readers: all.clone(), writers: all, schema, listening: Some(listening) })
}

fn connection_error(error: &sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(error.to_string()))
}
