//! The database schema, as dated, reversible steps that say the same to SQLite and to PostgreSQL.

mod dialect;
mod m20261124_000001_kernel;
mod m20261124_000002_accounts;
mod m20261124_000003_catalog;
mod m20261124_000004_inventory;
mod m20261124_000005_stock_states;
mod m20261124_000006_documents;
mod m20261124_000007_reservations;
mod m20261124_000008_orders;
mod m20261124_000009_counts;
mod m20261124_000010_stock_watching;
mod m20261124_000011_stock_history;
mod m20261124_000012_empty_levels;
mod m20261129_000013_outbox_origin;
mod m20261130_000014_given_only;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_kernel::Migration),
            Box::new(m20261124_000002_accounts::Migration),
            Box::new(m20261124_000003_catalog::Migration),
            Box::new(m20261124_000004_inventory::Migration),
            Box::new(m20261124_000005_stock_states::Migration),
            Box::new(m20261124_000006_documents::Migration),
            Box::new(m20261124_000007_reservations::Migration),
            Box::new(m20261124_000009_counts::Migration),
            Box::new(m20261124_000008_orders::Migration),
            Box::new(m20261124_000010_stock_watching::Migration),
            Box::new(m20261124_000011_stock_history::Migration),
            Box::new(m20261124_000012_empty_levels::Migration),
            Box::new(m20261129_000013_outbox_origin::Migration),
            Box::new(m20261130_000014_given_only::Migration),
        ]
    }
}

/// The key of PostgreSQL's advisory lock that lets one process migrate at a time: "stockrm" in ASCII.
const LOCK: i64 = 0x0073_746f_636b_726d;

/// Applies the steps that are missing. Processes that start together wait for each other: for the write lock on SQLite, for an advisory lock on
/// PostgreSQL. All steps of one call commit together.
pub async fn apply(db: &DatabaseConnection) -> Result<(), DbErr> {
    use sea_orm_migration::sea_orm::{SqliteTransactionMode, TransactionOptions, TransactionTrait as _};
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let tx = db.begin_with_options(options).await?;
    if db.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '120s'").await?;
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Migrator::up(&tx, None).await?;
    tx.commit().await
}

/// Takes back every step. For tests of reversibility.
pub async fn revert(db: &DatabaseConnection) -> Result<(), DbErr> {
    Migrator::down(db, None).await
}

/// Whether no step is missing. It only reads, also where no step has been applied yet.
pub async fn is_current(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(Migrator::get_pending_migrations_read_only(db).await?.is_empty())
}
