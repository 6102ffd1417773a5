//! The few words in which SQLite and PostgreSQL differ, so that each step is written once.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Runs each statement, with these words replaced: `{uuid}`, `{text}` (compared byte by byte on both), `{bytes}`, `{bool}`, `{true}`, `{false}`,
/// `{time}` (microseconds since 1970), `{serial}` (an ascending number as primary key), `{tx}` (the writing transaction) and `{strict}` (after the
/// closing parenthesis of a table). Amounts and quantities are BIGINT.
pub async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let words: &[(&str, &str)] = match db.get_database_backend() {
        DbBackend::Sqlite => &[
            ("{uuid}", "BLOB"),
            ("{text}", "TEXT"),
            ("{bytes}", "BLOB"),
            ("{bool}", "INTEGER"),
            ("{true}", "1"),
            ("{false}", "0"),
            ("{time}", "INTEGER"),
            ("BIGINT", "INTEGER"),
            ("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
            ("{tx}", "INTEGER NOT NULL DEFAULT 0"),
            ("{strict}", "STRICT"),
        ],
        _ => &[
            ("{uuid}", "uuid"),
            ("{text}", "text COLLATE \"C\""),
            ("{bytes}", "bytea"),
            ("{bool}", "boolean"),
            ("{true}", "true"),
            ("{false}", "false"),
            ("{time}", "bigint"),
            ("{serial}", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
            ("{tx}", "bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)"),
            ("{strict}", ""),
        ],
    };
    for statement in statements {
        let sql = words.iter().fold((*statement).to_owned(), |sql, (word, meaning)| sql.replace(word, meaning));
        db.execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Makes a table append-only: the database itself refuses UPDATE and DELETE.
pub async fn append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    match db.get_database_backend() {
        DbBackend::Sqlite => {
            for verb in ["UPDATE", "DELETE"] {
                let name = verb.to_lowercase();
                db.execute_unprepared(&format!(
                    "CREATE TRIGGER tr_{table}_no_{name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                ))
                .await?;
            }
        }
        _ => {
            db.execute_unprepared(&format!(
                "CREATE TRIGGER tr_{table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            ))
            .await?;
        }
    }
    Ok(())
}
