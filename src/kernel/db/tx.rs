//! Transactions.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{self, Arc, MutexGuard, PoisonError};

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{Database, Executor, IntoArguments, Postgres, Sqlite};
use sqlx_core::sql_str::{SqlSafeStr as _, SqlStr};
use sqlx_core::transaction::TransactionManager;
use tokio::sync::Mutex;

use super::at_hand::InUse;
use super::send::{self, failed};
use super::sql::Sql;
use super::together::{Late, One, PARCEL, Together};
use super::{Connections, constraint};

/// A transaction. Dropped, it is rolled back.
///
/// An optimistic one (PostgreSQL) does not begin before it writes, and not at all when it writes with a single statement, which is a transaction by itself: two ways to the
/// server and back less. What it reads before that is not locked. Whoever decides on it must have it looked at again by what is written: a change that only
/// changes what is as it was read ([`Tx::change_later`]), or a query that has to find it still ([`Tx::find_later`]).
pub struct Tx {
    open: Open,
    /// How many statements were sent.
    count: Arc<AtomicU64>,
    /// Statements that need not be sent yet.
    waiting: sync::Mutex<Together>,
    is_optimistic: bool,
    /// What begins it, as long as that was not sent.
    beginning: sync::Mutex<Option<SqlStr>>,
}

enum Open {
    Postgres(On<Postgres>),
    Sqlite(On<Sqlite>),
}

struct On<DB: Database> {
    /// The connection, until the transaction is over.
    in_use: Mutex<Option<InUse<DB>>>,
    /// Whether the database has yet to say that it has begun, or that it has not.
    is_unknown: AtomicBool,
}

impl Tx {
    /// Begins with this statement.
    pub(super) async fn begin(
        connections: &Connections,
        statement: &'static str,
        count: Arc<AtomicU64>,
    ) -> Result<Self, DbErr> {
        let tx = Self::open(connections, statement, count).await?;
        tx.see_that_it_has_begun().await?;
        Ok(tx)
    }

    /// Begins with this statement when it has to.
    pub(super) async fn optimistic(
        connections: &Connections,
        statement: &'static str,
        count: Arc<AtomicU64>,
    ) -> Result<Self, DbErr> {
        Ok(Self { is_optimistic: true, ..Self::open(connections, statement, count).await? })
    }

    async fn open(connections: &Connections, statement: &'static str, count: Arc<AtomicU64>) -> Result<Self, DbErr> {
        let open = match connections {
            Connections::Postgres(at_hand) => Open::Postgres(On::new(at_hand.acquire().await?)),
            Connections::Sqlite(at_hand) => Open::Sqlite(On::new(at_hand.acquire().await?)),
        };
        let (waiting, beginning) =
            (sync::Mutex::new(Together::new()), sync::Mutex::new(Some(statement.into_sql_str())));
        Ok(Self { open, count, waiting, is_optimistic: false, beginning })
    }

    /// Whether what was read in it may have changed since.
    pub fn is_optimistic(&self) -> bool {
        self.is_optimistic
    }

    async fn see_that_it_has_begun(&self) -> Result<(), DbErr> {
        let beginning = self.beginning.lock().unwrap_or_else(PoisonError::into_inner).take();
        match beginning {
            Some(statement) => on_either!(&self.open, Open, on => on.begin(statement).await),
            None => Ok(()),
        }
    }

    /// Whether the database knows of it as more than its statements one by one.
    pub(in crate::kernel) fn has_begun(&self) -> bool {
        self.beginning.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Makes it last.
    pub async fn commit(self) -> Result<(), DbErr> {
        if let Some(one) = self.take().one() {
            self.send_one(one).await?;
        }
        if self.has_begun() {
            on_either!(self.open, Open, on => on.commit().await)
        } else {
            on_either!(self.open, Open, on => on.over());
            Ok(())
        }
    }

    /// Takes all of it back.
    pub async fn rollback(self) -> Result<(), DbErr> {
        if self.has_begun() {
            on_either!(self.open, Open, on => on.rollback().await)
        } else {
            on_either!(self.open, Open, on => on.over());
            Ok(())
        }
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

    /// The same by a statement that has to change so many rows: the transaction fails when it does not ([`constraint::is_stale`]).
    pub async fn change_later(&self, sql: Sql, rows: usize) -> Result<(), DbErr> {
        self.later(Late::Change(sql, count(rows))).await
    }

    /// The same by a query that has to find so many rows.
    pub async fn find_later(&self, sql: Sql, rows: usize) -> Result<(), DbErr> {
        self.later(Late::Find(sql, count(rows))).await
    }

    /// The same by a query that is sent for its effect.
    pub(in crate::kernel) async fn call_later(&self, sql: Sql) -> Result<(), DbErr> {
        self.later(Late::Call(sql)).await
    }

    async fn later(&self, late: Late) -> Result<(), DbErr> {
        if self.get_database_backend() != DbBackend::Postgres {
            return self.send_alone(late).await;
        }
        let full = self.waiting().add(late);
        self.send_early(full).await
    }

    /// Sends what waits, for whoever must know now whether it is as it should be.
    pub async fn flush(&self) -> Result<(), DbErr> {
        let waiting = self.take();
        self.send_early(Some(waiting)).await
    }

    /// Sends what more will follow.
    async fn send_early(&self, waiting: Option<Together>) -> Result<(), DbErr> {
        let Some(one) = waiting.and_then(Together::one) else { return Ok(()) };
        self.see_that_it_has_begun().await?;
        self.send_one(one).await
    }

    async fn send_one(&self, One { sql, counts }: One) -> Result<(), DbErr> {
        let sent = self.send(sql).await;
        sent.map(drop).map_err(|error| if counts { constraint::stale_if_divided_by_zero(error) } else { error })
    }

    /// As SQLite is sent it, which counts nothing by itself.
    async fn send_alone(&self, late: Late) -> Result<(), DbErr> {
        let (rows, seen) = match late {
            Late::Write(sql) | Late::Call(sql) => return self.send(sql).await.map(drop),
            Late::Change(sql, rows) => (rows, self.send(sql).await?),
            Late::Find(sql, rows) => {
                let found = self.query_all_raw(sql.statement(self.get_database_backend())?).await?;
                (rows, u64::try_from(found.len()).unwrap_or(u64::MAX))
            }
        };
        if u64::try_from(rows) == Ok(seen) { Ok(()) } else { Err(constraint::stale()) }
    }

    /// How many rows it changed.
    async fn send(&self, sql: Sql) -> Result<u64, DbErr> {
        let statement = sql.statement(self.get_database_backend())?;
        self.count();
        Ok(on_either!(&self.open, Open, on => on.execute(statement).await)?.rows_affected())
    }

    /// For what is not just read, or locks what it reads.
    async fn prepare(&self, sql: &str) -> Result<(), DbErr> {
        self.flush().await?;
        let is_plain = sql.starts_with("SELECT ") && !sql.contains(" FOR ");
        if !is_plain {
            self.see_that_it_has_begun().await?;
        }
        self.count();
        Ok(())
    }

    fn take(&self) -> Together {
        self.waiting().take()
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
        self.prepare(&statement.sql).await?;
        on_either!(&self.open, Open, on => on.execute(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.prepare(sql).await?;
        on_either!(&self.open, Open, on => on.unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.prepare(&statement.sql).await?;
        on_either!(&self.open, Open, on => on.one(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.prepare(&statement.sql).await?;
        on_either!(&self.open, Open, on => on.all(statement).await)
    }
}

impl<DB: Database> On<DB> {
    fn new(in_use: InUse<DB>) -> Self {
        Self { in_use: Mutex::new(Some(in_use)), is_unknown: AtomicBool::new(false) }
    }

    async fn begin(&self, statement: SqlStr) -> Result<(), DbErr> {
        let mut in_use = self.in_use.lock().await;
        self.is_unknown.store(true, Ordering::Relaxed);
        let begun = DB::TransactionManager::begin(connection(&mut in_use)?, Some(statement)).await;
        self.is_unknown.store(false, Ordering::Relaxed);
        begun.map_err(failed)
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

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Only a transaction that is over has none.
fn connection<DB: Database>(in_use: &mut Option<InUse<DB>>) -> Result<&mut DB::Connection, DbErr> {
    let over = || DbErr::Custom("the transaction is over".to_owned());
    in_use.as_mut().map(|in_use| &mut *in_use.connection).ok_or_else(over)
}

impl<DB: Database> Drop for On<DB> {
    fn drop(&mut self) {
        let Some(mut in_use) = self.in_use.get_mut().take() else { return };
        if *self.is_unknown.get_mut() {
            // sqlx knows of no transaction before the database has answered, and would leave somebody else in it.
            return drop(in_use.connection.detach());
        }
        // The pool has it done.
        if DB::TransactionManager::get_transaction_depth(&in_use.connection) > 0 {
            DB::TransactionManager::start_rollback(&mut in_use.connection);
        }
    }
}
