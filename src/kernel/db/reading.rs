//! The reading side: statements of their own, outside transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{Database, Executor, IntoArguments};

use super::at_hand::AtHand;
use super::{Connections, send};

/// The reading side of a database; clones share the connections.
#[derive(Clone)]
pub struct Reading {
    connections: Connections,
    /// How many statements were sent, if they are counted.
    count: Option<Arc<AtomicU64>>,
}

impl Reading {
    /// Statements over these connections, counted there if anywhere.
    pub(super) fn new(connections: Connections, count: Option<Arc<AtomicU64>>) -> Self {
        Self { connections, count }
    }

    fn count(&self) {
        if let Some(count) = &self.count {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[async_trait]
impl ConnectionTrait for Reading {
    fn get_database_backend(&self) -> DbBackend {
        self.connections.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.count();
        on_either!(&self.connections, Connections, at_hand => at_hand.execute(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.count();
        on_either!(&self.connections, Connections, at_hand => at_hand.unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.count();
        on_either!(&self.connections, Connections, at_hand => at_hand.one(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.count();
        on_either!(&self.connections, Connections, at_hand => at_hand.all(statement).await)
    }
}

impl<DB: Database> AtHand<DB>
where
    SqlxValues: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Row: Into<QueryResult>,
    DB::QueryResult: Into<ExecResult>,
{
    async fn all(self: &Arc<Self>, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut in_use = self.acquire().await?;
        let rows = send::all(&mut *in_use.connection, statement).await?;
        in_use.done();
        Ok(rows)
    }

    async fn one(self: &Arc<Self>, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut in_use = self.acquire().await?;
        let row = send::one(&mut *in_use.connection, statement).await?;
        in_use.done();
        Ok(row)
    }

    async fn execute(self: &Arc<Self>, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut in_use = self.acquire().await?;
        let result = send::execute(&mut *in_use.connection, statement).await?;
        in_use.done();
        Ok(result)
    }

    async fn unprepared(self: &Arc<Self>, sql: &str) -> Result<ExecResult, DbErr> {
        let mut in_use = self.acquire().await?;
        let result = send::unprepared(&mut *in_use.connection, sql).await?;
        in_use.done();
        Ok(result)
    }
}
