//! The movements of each number of a level by time: what it was at a past moment stands at the end of a range of this index, with everything that
//! the answer needs, so that neither what came before nor what came after is read, nor any row.

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
        dialect::run(manager, &["DROP INDEX ix_stock_movements_level"]).await
    }
}

const UP: &[&str] = &["CREATE INDEX ix_stock_movements_level ON stock_movements
    (variant_id, location_id, state, created_at, level_version, balance_after)"];
