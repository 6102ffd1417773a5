//! When a level is to be filled up, with how much, and what it keeps back: settings of each level, beside its numbers.
//!
//! They stand in the row that every change of stock locks anyway, so that none needs a further look-up, and the index over the margin lists
//! low stock by urgency.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    "ALTER TABLE stock_levels ADD COLUMN reorder_point BIGINT
        CONSTRAINT ck_stock_levels_reorder_point CHECK (reorder_point BETWEEN 0 AND 1000000000)",
    "ALTER TABLE stock_levels ADD COLUMN reorder_quantity BIGINT
        CONSTRAINT ck_stock_levels_reorder_quantity CHECK (reorder_quantity BETWEEN 1 AND 1000000000)",
    "ALTER TABLE stock_levels ADD COLUMN safety_stock BIGINT NOT NULL DEFAULT 0
        CONSTRAINT ck_stock_levels_safety_stock CHECK (safety_stock BETWEEN 0 AND 1000000000)",
    "ALTER TABLE stock_levels ADD COLUMN settings_version BIGINT NOT NULL DEFAULT 0
        CONSTRAINT ck_stock_levels_settings_version CHECK (settings_version >= 0)",
    "CREATE INDEX ix_stock_levels_reorder_margin ON stock_levels
        ((on_hand - reserved - damaged - quality_control + incoming - reorder_point), id)",
];

const DOWN: &[&str] = &[
    "DROP INDEX ix_stock_levels_reorder_margin",
    "ALTER TABLE stock_levels DROP COLUMN settings_version",
    "ALTER TABLE stock_levels DROP COLUMN safety_stock",
    "ALTER TABLE stock_levels DROP COLUMN reorder_quantity",
    "ALTER TABLE stock_levels DROP COLUMN reorder_point",
];
