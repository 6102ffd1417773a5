//! Locations, stock levels, and the ledger: adjustments with their movements, which nothing may change afterwards.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await?;
        dialect::append_only(manager, "stock_adjustments").await?;
        dialect::append_only(manager, "stock_movements").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "DROP TABLE stock_movements",
            "DROP TABLE stock_adjustments",
            "DROP TABLE stock_levels",
            "DROP TABLE locations",
        ];
        dialect::run(manager, &tables).await
    }
}

const UP: &[&str] = &[
    "CREATE TABLE locations (
        id {uuid} NOT NULL,
        code {text} NOT NULL,
        name {text} NOT NULL,
        address {text} NOT NULL,
        status {text} NOT NULL,
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_locations PRIMARY KEY (id),
        CONSTRAINT uq_locations_code UNIQUE (code),
        CONSTRAINT ck_locations_code CHECK (length(code) BETWEEN 1 AND 32),
        CONSTRAINT ck_locations_status CHECK (status IN ('ACTIVE', 'DEACTIVATED')),
        CONSTRAINT ck_locations_version CHECK (version >= 1)
    ) {strict}",
    "CREATE INDEX ix_locations_name ON locations (name, id)",
    "CREATE INDEX ix_locations_created_at ON locations (created_at, id)",
    "CREATE INDEX ix_locations_status ON locations (status, code, id)",
    "CREATE TABLE stock_levels (
        id {uuid} NOT NULL,
        variant_id {uuid} NOT NULL,
        location_id {uuid} NOT NULL,
        on_hand BIGINT NOT NULL,
        reserved BIGINT NOT NULL,
        incoming BIGINT NOT NULL,
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_stock_levels PRIMARY KEY (id),
        CONSTRAINT uq_stock_levels_variant_id_location_id UNIQUE (variant_id, location_id),
        CONSTRAINT fk_stock_levels_variant_id FOREIGN KEY (variant_id) REFERENCES product_variants (id),
        CONSTRAINT fk_stock_levels_location_id FOREIGN KEY (location_id) REFERENCES locations (id),
        CONSTRAINT ck_stock_levels_on_hand CHECK (on_hand BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_reserved CHECK (reserved BETWEEN 0 AND on_hand),
        CONSTRAINT ck_stock_levels_incoming CHECK (incoming BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_version CHECK (version >= 0)
    ) {strict}",
    "CREATE INDEX ix_stock_levels_location_id ON stock_levels (location_id, id)",
    "CREATE INDEX ix_stock_levels_updated_at ON stock_levels (updated_at, id)",
    "CREATE INDEX ix_stock_levels_on_hand ON stock_levels (on_hand, id)",
    "CREATE INDEX ix_stock_levels_available ON stock_levels ((on_hand - reserved), id)",
    "CREATE TABLE stock_adjustments (
        id {uuid} NOT NULL,
        kind {text} NOT NULL,
        reason {text} NOT NULL,
        reference {text},
        note {text},
        actor_id {uuid},
        actor_name {text},
        request_id {text} NOT NULL,
        created_at {time} NOT NULL,
        CONSTRAINT pk_stock_adjustments PRIMARY KEY (id),
        CONSTRAINT ck_stock_adjustments_kind CHECK (kind IN ('ADJUST', 'SET', 'MOVE'))
    ) {strict}",
    "CREATE INDEX ix_stock_adjustments_created_at ON stock_adjustments (created_at, id)",
    "CREATE INDEX ix_stock_adjustments_reason ON stock_adjustments (reason, created_at, id)",
    "CREATE INDEX ix_stock_adjustments_reference ON stock_adjustments (reference, created_at, id)",
    "CREATE INDEX ix_stock_adjustments_actor_id ON stock_adjustments (actor_id, created_at, id)",
    "CREATE TABLE stock_movements (
        id {uuid} NOT NULL,
        adjustment_id {uuid} NOT NULL,
        line BIGINT NOT NULL,
        variant_id {uuid} NOT NULL,
        location_id {uuid} NOT NULL,
        state {text} NOT NULL,
        delta BIGINT NOT NULL,
        balance_after BIGINT NOT NULL,
        level_version BIGINT NOT NULL,
        reason {text} NOT NULL,
        reference {text},
        actor_id {uuid},
        created_at {time} NOT NULL,
        CONSTRAINT pk_stock_movements PRIMARY KEY (id),
        CONSTRAINT uq_stock_movements_adjustment_id_line UNIQUE (adjustment_id, line),
        CONSTRAINT uq_stock_movements_variant_id_location_id_state_level_version UNIQUE (variant_id, location_id, state, level_version),
        CONSTRAINT fk_stock_movements_adjustment_id FOREIGN KEY (adjustment_id) REFERENCES stock_adjustments (id),
        CONSTRAINT fk_stock_movements_variant_id FOREIGN KEY (variant_id) REFERENCES product_variants (id),
        CONSTRAINT fk_stock_movements_location_id FOREIGN KEY (location_id) REFERENCES locations (id),
        CONSTRAINT ck_stock_movements_state CHECK (state IN ('ON_HAND')),
        CONSTRAINT ck_stock_movements_delta CHECK (delta <> 0),
        CONSTRAINT ck_stock_movements_balance CHECK (balance_after BETWEEN 0 AND 1000000000)
    ) {strict}",
    "CREATE INDEX ix_stock_movements_created_at ON stock_movements (created_at, id)",
    "CREATE INDEX ix_stock_movements_variant_id ON stock_movements (variant_id, created_at, id)",
    "CREATE INDEX ix_stock_movements_location_id ON stock_movements (location_id, created_at, id)",
    "CREATE INDEX ix_stock_movements_reason ON stock_movements (reason, created_at, id)",
    "CREATE INDEX ix_stock_movements_reference ON stock_movements (reference, created_at, id)",
    "CREATE INDEX ix_stock_movements_actor_id ON stock_movements (actor_id, created_at, id)",
    "CREATE INDEX ix_stock_levels_variant_id ON stock_levels (variant_id, id)",
];
