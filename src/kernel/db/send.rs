//! Statements of sea-orm as sqlx takes them, over a connection that one has.

use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Database, Executor, IntoArguments};

/// Reads every row.
pub(super) async fn all<DB>(connection: &mut DB::Connection, statement: Statement) -> Result<Vec<QueryResult>, DbErr>
where
    DB: Database,
    SqlxValues: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Row: Into<QueryResult>,
{
    let rows = query(statement).fetch_all(connection).await.map_err(failed)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Reads the first row, if any.
pub(super) async fn one<DB>(connection: &mut DB::Connection, statement: Statement) -> Result<Option<QueryResult>, DbErr>
where
    DB: Database,
    SqlxValues: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Row: Into<QueryResult>,
{
    let row = query(statement).fetch_optional(connection).await.map_err(failed)?;
    Ok(row.map(Into::into))
}

/// Runs it.
pub(super) async fn execute<DB>(connection: &mut DB::Connection, statement: Statement) -> Result<ExecResult, DbErr>
where
    DB: Database,
    SqlxValues: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::QueryResult: Into<ExecResult>,
{
    query(statement).execute(connection).await.map(Into::into).map_err(not_executed)
}

/// Runs text without values, which may be several statements.
pub(super) async fn unprepared<DB>(connection: &mut DB::Connection, sql: &str) -> Result<ExecResult, DbErr>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::QueryResult: Into<ExecResult>,
{
    connection.execute(AssertSqlSafe(sql)).await.map(Into::into).map_err(not_executed)
}

/// The text of a [`Statement`] is one of the code's literals, with values apart.
fn query<DB: Database>(statement: Statement) -> Query<'static, DB, SqlxValues>
where
    SqlxValues: IntoArguments<DB>,
{
    let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

/// A query, or the beginning or the end of a transaction, that the database did not answer.
pub(super) fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn not_executed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}
