//! What a database error means: which constraint was violated, and whether trying again may help.
//!
//! Unique constraints are named `uq_<table>_<column>_<column>`, so that PostgreSQL's name and SQLite's column list lead to the same name.

use sea_orm::{DbErr, RuntimeErr};

/// A violated constraint, by its name in the migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// A UNIQUE constraint or index.
    Unique(String),
    /// A CHECK constraint.
    Check(String),
    /// A FOREIGN KEY; SQLite does not tell which.
    ForeignKey,
}

/// The constraint that the statement violated, if that is what went wrong.
pub fn violated(error: &DbErr) -> Option<Violation> {
    let error = database_error(error)?;
    let message = error.message();
    match error.kind() {
        sqlx::error::ErrorKind::UniqueViolation => {
            Some(Violation::Unique(name(error.constraint(), message, "UNIQUE constraint failed: ")))
        }
        sqlx::error::ErrorKind::CheckViolation => {
            Some(Violation::Check(name(error.constraint(), message, "CHECK constraint failed: ")))
        }
        sqlx::error::ErrorKind::ForeignKeyViolation => Some(Violation::ForeignKey),
        _ => None,
    }
}

/// Whether the error is the violation of the unique constraint `constraint`.
pub fn is_taken(error: &DbErr, constraint: &str) -> bool {
    matches!(violated(error), Some(Violation::Unique(name)) if name == constraint)
}

/// Whether the transaction lost a race (serialization failure, deadlock, lock timeout, busy) or a statement ran out of time, as one that waits for many
/// locks does, and may simply be run again.
pub fn is_transient(error: &DbErr) -> bool {
    let Some(error) = database_error(error) else { return false };
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        return matches!(code.as_ref(), "40001" | "40P01" | "55P03" | "57014");
    }
    // SQLITE_BUSY (5) and SQLITE_LOCKED (6), in the low byte of the extended codes.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6))
}

/// Whether the transaction waited for locks of others (PostgreSQL: one of them, or all of a statement) or of another process (SQLite) for as long as it
/// may.
pub fn is_lock_timeout(error: &DbErr) -> bool {
    let Some(error) = database_error(error) else { return false };
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        return matches!(code.as_ref(), "55P03" | "57014");
    }
    code.parse::<u32>().is_ok_and(|code| code & 0xff == 5)
}

/// Rows were not as they had to be when something was written: somebody else has changed them since they were read.
pub(in crate::kernel) fn stale() -> DbErr {
    DbErr::RecordNotUpdated
}

/// The same, of a statement that divides by zero then.
pub(super) fn stale_if_divided_by_zero(error: DbErr) -> DbErr {
    let divided = database_error(&error).is_some_and(|error| error.code().as_deref() == Some("22012"));
    if divided { stale() } else { error }
}

/// Whether rows were not as they had to be when something was written.
pub fn is_stale(error: &DbErr) -> bool {
    matches!(error, DbErr::RecordNotUpdated)
}

/// Whether the database could not be reached, was shut down meanwhile, or had no connection free in time.
pub fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        _ if is_shutdown(error) => true,
        _ => sqlx_error(error).is_some_and(|error| {
            matches!(
                error,
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed
            )
        }),
    }
}

/// Whether PostgreSQL ends the connection because it is being stopped or started.
fn is_shutdown(error: &DbErr) -> bool {
    let code = database_error(error).and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("57P01" | "57P02" | "57P03"))
}

fn name(constraint: Option<&str>, message: &str, prefix: &str) -> String {
    constraint.map_or_else(|| sqlite_name(message.strip_prefix(prefix).unwrap_or(message)), str::to_owned)
}

/// `products.shop, products.handle` becomes `uq_products_shop_handle`; a named CHECK or `index 'name'` is its own name.
fn sqlite_name(detail: &str) -> String {
    if let Some(index) = detail.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let columns: Vec<(&str, &str)> = detail.split(", ").filter_map(|column| column.split_once('.')).collect();
    match columns.first() {
        Some((table, _)) => columns.iter().fold(format!("uq_{table}"), |name, (_, column)| format!("{name}_{column}")),
        None => detail.to_owned(),
    }
}

fn database_error(error: &DbErr) -> Option<&dyn sqlx::error::DatabaseError> {
    match sqlx_error(error)? {
        sqlx::Error::Database(error) => Some(error.as_ref()),
        _ => None,
    }
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(error.as_ref()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_column_lists_become_constraint_names() {
        assert_eq!(sqlite_name("products.handle"), "uq_products_handle");
        assert_eq!(
            sqlite_name("product_options.product_id, product_options.name"),
            "uq_product_options_product_id_name"
        );
        assert_eq!(sqlite_name("ck_stock_levels_on_hand"), "ck_stock_levels_on_hand");
    }
}
