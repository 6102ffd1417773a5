//! `[database]`: which database and how it is pooled. It knows no SQL.

use std::num::NonZeroUsize;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`; absent: SQLite in the data directory.
    /// Short: `STOCKROOM_DATABASE_URL`, `DATABASE_URL`, `--database-url`.
    #[serde(serialize_with = "super::hide_secret")]
    pub url: Option<SecretString>,
    /// Connections that read SQLite at once; 0: as many as there are cores, but 4 at least. Writing has one connection of its own.
    pub sqlite_readers: u32,
    /// Connections to PostgreSQL. Three quarters of them may write at once; the next wait their turn.
    pub postgres_connections: u32,
    /// Connections to PostgreSQL that are opened at the start and kept open, of those above: whoever comes first need not wait for one.
    pub postgres_min_connections: u32,
    /// Longest wait for a free connection, in milliseconds.
    pub acquire_timeout_ms: u64,
    /// Longest time of one statement, in milliseconds.
    pub statement_timeout_ms: u64,
    /// Longest wait for a row lock of PostgreSQL, in milliseconds.
    pub lock_timeout_ms: u64,
    /// Longest wait for SQLite's write lock, in milliseconds.
    pub busy_timeout_ms: u64,
    /// How often a transaction that lost against another one is run again before the client is told.
    pub write_retries: u32,
    /// Lets production reach a PostgreSQL on another host without verifying its certificate (`sslmode=verify-full`).
    pub allow_unverified_tls: bool,
}

/// Connections that read SQLite on a machine with few cores: one of them may be long at it.
const FEWEST_READERS: u32 = 4;

impl Database {
    /// Connections that read SQLite at once.
    pub fn sqlite_readers(&self) -> u32 {
        let cores = || std::thread::available_parallelism().map_or(0, NonZeroUsize::get);
        match self.sqlite_readers {
            0 => u32::try_from(cores()).unwrap_or(FEWEST_READERS).max(FEWEST_READERS),
            given => given,
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: None,
            sqlite_readers: 0,
            postgres_connections: 16,
            postgres_min_connections: 16,
            acquire_timeout_ms: 2_000,
            statement_timeout_ms: 5_000,
            lock_timeout_ms: 2_000,
            busy_timeout_ms: 5_000,
            write_retries: 5,
            allow_unverified_tls: false,
        }
    }
}
