//! References and documents are indexed where there are some: most changes of stock have neither, and an entry of an index for each nothing is only work.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, &[DROP, UP].concat()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, &[DROP, DOWN].concat()).await
    }
}

const DROP: &[&str] = &[
    "DROP INDEX ix_stock_movements_reference",
    "DROP INDEX ix_stock_adjustments_reference",
    "DROP INDEX ix_stock_adjustments_document_id",
];

const UP: &[&str] = &[
    "CREATE INDEX ix_stock_movements_reference ON stock_movements (reference, created_at, id) WHERE reference IS NOT NULL",
    "CREATE INDEX ix_stock_adjustments_reference ON stock_adjustments (reference, created_at, id) WHERE reference IS NOT NULL",
    "CREATE INDEX ix_stock_adjustments_document_id ON stock_adjustments (document_id, created_at, id) WHERE document_id IS NOT NULL",
];

const DOWN: &[&str] = &[
    "CREATE INDEX ix_stock_movements_reference ON stock_movements (reference, created_at, id)",
    "CREATE INDEX ix_stock_adjustments_reference ON stock_adjustments (reference, created_at, id)",
    "CREATE INDEX ix_stock_adjustments_document_id ON stock_adjustments (document_id, created_at, id)",
];
