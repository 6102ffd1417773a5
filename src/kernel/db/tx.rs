//! Transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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

/// A transaction. Dropped, it is rolled back.
pub struct Tx {
    open: Open,
    /// How many statements were sent.
    count: Arc<AtomicU64>,
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
        Ok(Self { open, count })
    }

    /// Makes it last.
    pub async fn commit(self) -> Result<(), DbErr> {
        on_either!(self.open, Open, on => on.commit().await)
    }

    /// Takes all of it back.
    pub async fn rollback(self) -> Result<(), DbErr> {
        on_either!(self.open, Open, on => on.rollback().await)
    }

    /// Sets a savepoint: what follows can be taken back by itself.
    pub(in crate::kernel) async fn savepoint(&self) -> Result<(), DbErr> {
        on_either!(&self.open, Open, on => on.savepoint().await)
    }

    /// Ends the savepoint that was set last: what followed it belongs to the transaction now.
    pub(in crate::kernel) async fn release_savepoint(&self) -> Result<(), DbErr> {
        on_either!(&self.open, Open, on => on.release_savepoint().await)
    }

    /// Ends the savepoint that was set last, and takes back what followed it.
    pub(in crate::kernel) async fn rollback_to_savepoint(&self) -> Result<(), DbErr> {
        on_either!(&self.open, Open, on => on.rollback_to_savepoint().await)
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
        self.count();
        on_either!(&self.open, Open, on => on.execute(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.count();
        on_either!(&self.open, Open, on => on.unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.count();
        on_either!(&self.open, Open, on => on.one(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
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

    async fn savepoint(&self) -> Result<(), DbErr> {
        DB::TransactionManager::begin(connection(&mut *self.in_use.lock().await)?, None).await.map_err(failed)
    }

    async fn release_savepoint(&self) -> Result<(), DbErr> {
        DB::TransactionManager::commit(connection(&mut *self.in_use.lock().await)?).await.map_err(failed)
    }

    async fn rollback_to_savepoint(&self) -> Result<(), DbErr> {
        DB::TransactionManager::rollback(connection(&mut *self.in_use.lock().await)?).await.map_err(failed)
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
        // Each savepoint is taken back by itself, and then the whole. The pool has it done.
        for _ in 0..DB::TransactionManager::get_transaction_depth(&in_use.connection) {
            DB::TransactionManager::start_rollback(&mut in_use.connection);
        }
    }
}
