//! A level without a history does not outlive its variant: a reorder point that was set for it is no reason to keep a variant. Levels with a history
//! stay, and so does the foreign key by which they keep their variant.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, SQLITE_UP, POSTGRES_UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, SQLITE_DOWN, POSTGRES_DOWN).await
    }
}

async fn run(manager: &SchemaManager<'_>, sqlite: &[&str], postgres: &[&str]) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let statements = if db.get_database_backend() == DbBackend::Sqlite { sqlite } else { postgres };
    for statement in statements {
        db.execute_unprepared(statement).await?;
    }
    Ok(())
}

const SQLITE_UP: &[&str] = &["CREATE TRIGGER tr_product_variants_empty_levels BEFORE DELETE ON product_variants
    BEGIN DELETE FROM stock_levels WHERE variant_id = OLD.id AND version = 0; END"];

const SQLITE_DOWN: &[&str] = &["DROP TRIGGER tr_product_variants_empty_levels"];

const POSTGRES_UP: &[&str] = &[
    "CREATE FUNCTION drop_empty_levels() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN DELETE FROM stock_levels WHERE variant_id = OLD.id AND version = 0; RETURN OLD; END $$",
    "CREATE TRIGGER tr_product_variants_empty_levels BEFORE DELETE ON product_variants
        FOR EACH ROW EXECUTE FUNCTION drop_empty_levels()",
];

const POSTGRES_DOWN: &[&str] =
    &["DROP TRIGGER tr_product_variants_empty_levels ON product_variants", "DROP FUNCTION drop_empty_levels()"];
