//! The movements of each level by time: what a level held at a past moment is found without reading what came before or after.

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

const UP: &[&str] =
    &["CREATE INDEX ix_stock_movements_level ON stock_movements (variant_id, location_id, created_at, level_version)"];
