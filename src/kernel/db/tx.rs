//! Transactions.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{self, Arc, MutexGuard, PoisonError};

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{Database, Executor, IntoArguments, Postgres, Sqlite};
use sqlx_core::sql_str::{SqlSafeStr as _, SqlStr};
use sqlx_core::transaction::TransactionManager;
use tokio::sync::Mutex;

use super::Connections;
use super::at_hand::{AtHand, InUse};
use super::send::{self, failed};
use super::sql::Sql;
use super::together::{Late, PARCEL, Together};

/// A transaction. Dropped, it is rolled back.
pub struct Tx {
    open: Open,
    /// How many statements were sent.
    count: Arc<AtomicU64>,
    /// Statements that need not be sent yet.
    waiting: sync::Mutex<Together>,
}

enum Open {
    Postgres(On<Postgres>),
    Sqlite(On<Sqlite>),
}

struct On<DB: Database> {
    /// The connection, until the transaction is over.
    in_use: Mutex<Option<InUse<DB>>>,
    /// Whether the database has said that it has begun, or that it has not.
    is_known: bool,
}

impl Tx {
    /// Begins with this statement.
    pub(super) async fn begin(
        connections: &Connections,
        statement: &'static str,
        count: Arc<AtomicU64>,
    ) -> Result<Self, DbErr> {
        let statement = statement.into_sql_str();
        let open = match connections {
            Connections::Postgres(at_hand) => Open::Postgres(On::begin(at_hand, statement).await?),
            Connections::Sqlite(at_hand) => Open::Sqlite(On::begin(at_hand, statement).await?),
        };
        Ok(Self { open, count, waiting: sync::Mutex::new(Together::new()) })
    }

    /// Makes it last.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.flush().await?;
        on_either!(self.open, Open, on => on.commit().await)
    }

    /// Takes all of it back.
    pub async fn rollback(self) -> Result<(), DbErr> {
        on_either!(self.open, Open, on => on.rollback().await)
    }

    /// Sends what waits in parcels that TLS sends at once, as several callers share this transaction. What a single one writes goes in statements whose number does
    /// not depend on its size.
    pub(in crate::kernel) fn in_parcels(&self) {
        if self.get_database_backend() == DbBackend::Postgres {
            self.waiting().limit(PARCEL);
        }
    }

    /// The most that is sent at once of what several callers write, in bytes.
    pub(in crate::kernel) fn parcel(&self) -> usize {
        self.waiting().most()
    }

    /// Writes rows at the latest with the commit, and before anything is read or written otherwise. PostgreSQL gets what waits as one statement, SQLite each at
    /// once. None of what waits may need to see another's rows, or touch them.
    pub async fn write_later(&self, sql: Sql) -> Result<(), DbErr> {
        self.later(Late::Write(sql)).await
    }

    /// The same by a statement that has to change so many rows: the transaction fails when it does not.
    pub async fn change_later(&self, sql: Sql, rows: usize) -> Result<(), DbErr> {
        self.later(Late::Change(sql, u64::try_from(rows).unwrap_or(u64::MAX))).await
    }

    /// The same by a query that is sent for its effect.
    pub(in crate::kernel) async fn call_later(&self, sql: Sql) -> Result<(), DbErr> {
        self.later(Late::Call(sql)).await
    }

    async fn later(&self, late: Late) -> Result<(), DbErr> {
        if self.get_database_backend() != DbBackend::Postgres {
            let (sql, rows) = late.alone();
            return self.send(sql, rows).await;
        }
        let full = self.waiting().add(late);
        match full.and_then(Together::one) {
            Some((sql, rows)) => self.send(sql, rows).await,
            None => Ok(()),
        }
    }

    /// Sends what waits, for whoever must know now whether it is as it should be.
    pub async fn flush(&self) -> Result<(), DbErr> {
        let waiting = self.waiting().take();
        match waiting.one() {
            Some((sql, rows)) => self.send(sql, rows).await,
            None => Ok(()),
        }
    }

    async fn send(&self, sql: Sql, rows: Option<u64>) -> Result<(), DbErr> {
        let statement = sql.statement(self.get_database_backend())?;
        self.count();
        let changed = on_either!(&self.open, Open, on => on.execute(statement).await)?.rows_affected();
        match rows {
            Some(rows) if rows != changed => Err(DbErr::Custom(format!("{changed} rows changed instead of {rows}"))),
            Some(_) | None => Ok(()),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Together> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        match self.open {
            Open::Postgres(_) => DbBackend::Postgres,
            Open::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.flush().await?;
        self.count();
        on_either!(&self.open, Open, on => on.execute(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.flush().await?;
        self.count();
        on_either!(&self.open, Open, on => on.unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.flush().await?;
        self.count();
        on_either!(&self.open, Open, on => on.one(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.flush().await?;
        self.count();
        on_either!(&self.open, Open, on => on.all(statement).await)
    }
}

impl<DB: Database> On<DB> {
    async fn begin(at_hand: &Arc<AtHand<DB>>, statement: SqlStr) -> Result<Self, DbErr> {
        let in_use = at_hand.acquire().await?;
        let mut on = Self { in_use: Mutex::new(Some(in_use)), is_known: false };
        let begun = DB::TransactionManager::begin(connection(on.in_use.get_mut())?, Some(statement)).await;
        on.is_known = true;
        begun.map_err(failed)?;
        Ok(on)
    }

    async fn commit(mut self) -> Result<(), DbErr> {
        DB::TransactionManager::commit(connection(self.in_use.get_mut())?).await.map_err(failed)?;
        self.over();
        Ok(())
    }

    async fn rollback(mut self) -> Result<(), DbErr> {
        DB::TransactionManager::rollback(connection(self.in_use.get_mut())?).await.map_err(failed)?;
        self.over();
        Ok(())
    }

    fn over(mut self) {
        if let Some(in_use) = self.in_use.get_mut().take() {
            in_use.done();
        }
    }
}

impl<DB: Database> On<DB>
where
    SqlxValues: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Row: Into<QueryResult>,
    DB::QueryResult: Into<ExecResult>,
{
    async fn all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        send::all(connection(&mut *self.in_use.lock().await)?, statement).await
    }

    async fn one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        send::one(connection(&mut *self.in_use.lock().await)?, statement).await
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        send::execute(connection(&mut *self.in_use.lock().await)?, statement).await
    }

    async fn unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        send::unprepared(connection(&mut *self.in_use.lock().await)?, sql).await
    }
}

/// Only a transaction that is over has none.
fn connection<DB: Database>(in_use: &mut Option<InUse<DB>>) -> Result<&mut DB::Connection, DbErr> {
    let over = || DbErr::Custom("the transaction is over".to_owned());
    in_use.as_mut().map(|in_use| &mut *in_use.connection).ok_or_else(over)
}

impl<DB: Database> Drop for On<DB> {
    fn drop(&mut self) {
        let Some(mut in_use) = self.in_use.get_mut().take() else { return };
        if !self.is_known {
            // sqlx knows of no transaction before the database has answered, and would leave somebody else in it.
            return drop(in_use.connection.detach());
        }
        // The pool has it done.
        if DB::TransactionManager::get_transaction_depth(&in_use.connection) > 0 {
            DB::TransactionManager::start_rollback(&mut in_use.connection);
        }
    }
}
