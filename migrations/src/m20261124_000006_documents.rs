//! What documents need of the ledger: adjustments that name their document or the one that they reverse, numbers for people, and units promised
//! beyond those that are there.
//!
//! PostgreSQL changes the tables in place. SQLite cannot change a constraint, so there the rows move through copies.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await?;
        replace(manager, SQLITE_UP, POSTGRES_UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, SQLITE_DOWN, POSTGRES_DOWN).await?;
        dialect::run(manager, &["DROP TABLE document_numbers"]).await
    }
}

async fn replace(manager: &SchemaManager<'_>, sqlite: &[&str], postgres: &[&str]) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        DbBackend::Sqlite => {
            dialect::run(manager, sqlite).await?;
            dialect::append_only(manager, "stock_adjustments").await?;
            dialect::append_only(manager, "stock_movements").await
        }
        _ => dialect::run(manager, postgres).await,
    }
}

const UP: &[&str] = &["CREATE TABLE document_numbers (
        document_type {text} NOT NULL,
        last_number BIGINT NOT NULL,
        CONSTRAINT pk_document_numbers PRIMARY KEY (document_type),
        CONSTRAINT ck_document_numbers_last_number CHECK (last_number >= 1)
    ) {strict}"];

const POSTGRES_UP: &[&str] = &[
    "ALTER TABLE stock_levels ADD COLUMN backordered BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE stock_levels ALTER COLUMN backordered DROP DEFAULT, DROP CONSTRAINT ck_stock_levels_available,
        ADD CONSTRAINT ck_stock_levels_available CHECK (on_hand + backordered - reserved - damaged - quality_control >= 0),
        ADD CONSTRAINT ck_stock_levels_held CHECK (damaged + quality_control <= on_hand),
        ADD CONSTRAINT ck_stock_levels_backordered CHECK (backordered BETWEEN 0 AND reserved)",
    "DROP INDEX ix_stock_levels_available",
    "CREATE INDEX ix_stock_levels_available ON stock_levels ((on_hand + backordered - reserved - damaged - quality_control), id)",
    "CREATE INDEX ix_stock_levels_backordered ON stock_levels (backordered, id)",
    "ALTER TABLE stock_adjustments ADD COLUMN document_type {text}, ADD COLUMN document_id {uuid}, ADD COLUMN reverses_id {uuid},
        DROP CONSTRAINT ck_stock_adjustments_kind,
        ADD CONSTRAINT ck_stock_adjustments_kind CHECK (kind IN ('ADJUST', 'SET', 'MOVE', 'RECLASSIFY', 'RESERVATION', 'PURCHASE_ORDER', 'TRANSFER', 'COUNT', 'RETURN', 'WRITE_OFF', 'REVERSAL')),
        ADD CONSTRAINT uq_stock_adjustments_reverses_id UNIQUE (reverses_id),
        ADD CONSTRAINT fk_stock_adjustments_reverses_id FOREIGN KEY (reverses_id) REFERENCES stock_adjustments (id),
        ADD CONSTRAINT ck_stock_adjustments_document_type CHECK (document_type IN ('RESERVATION', 'PURCHASE_ORDER', 'TRANSFER', 'COUNT', 'RETURN', 'WRITE_OFF')),
        ADD CONSTRAINT ck_stock_adjustments_document CHECK ((document_type IS NULL) = (document_id IS NULL))",
    "CREATE INDEX ix_stock_adjustments_document_id ON stock_adjustments (document_id, created_at, id)",
];

const POSTGRES_DOWN: &[&str] = &[
    "DROP INDEX ix_stock_levels_available",
    "ALTER TABLE stock_levels DROP COLUMN backordered, DROP CONSTRAINT ck_stock_levels_held,
        ADD CONSTRAINT ck_stock_levels_available CHECK (reserved + damaged + quality_control <= on_hand)",
    "CREATE INDEX ix_stock_levels_available ON stock_levels ((on_hand - reserved - damaged - quality_control), id)",
    "ALTER TABLE stock_adjustments DROP COLUMN document_type, DROP COLUMN document_id, DROP COLUMN reverses_id,
        DROP CONSTRAINT ck_stock_adjustments_kind,
        ADD CONSTRAINT ck_stock_adjustments_kind CHECK (kind IN ('ADJUST', 'SET', 'MOVE', 'RECLASSIFY'))",
];

const SQLITE_UP: &[&str] = &[
    "CREATE TABLE copied_levels AS SELECT * FROM stock_levels",
    "DROP TABLE stock_levels",
    "CREATE TABLE stock_levels (
        id {uuid} NOT NULL,
        variant_id {uuid} NOT NULL,
        location_id {uuid} NOT NULL,
        on_hand BIGINT NOT NULL,
        reserved BIGINT NOT NULL,
        damaged BIGINT NOT NULL,
        quality_control BIGINT NOT NULL,
        incoming BIGINT NOT NULL,
        backordered BIGINT NOT NULL,
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_stock_levels PRIMARY KEY (id),
        CONSTRAINT uq_stock_levels_variant_id_location_id UNIQUE (variant_id, location_id),
        CONSTRAINT fk_stock_levels_variant_id FOREIGN KEY (variant_id) REFERENCES product_variants (id),
        CONSTRAINT fk_stock_levels_location_id FOREIGN KEY (location_id) REFERENCES locations (id),
        CONSTRAINT ck_stock_levels_on_hand CHECK (on_hand BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_reserved CHECK (reserved BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_damaged CHECK (damaged BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_quality_control CHECK (quality_control BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_available CHECK (on_hand + backordered - reserved - damaged - quality_control >= 0),
        CONSTRAINT ck_stock_levels_held CHECK (damaged + quality_control <= on_hand),
        CONSTRAINT ck_stock_levels_backordered CHECK (backordered BETWEEN 0 AND reserved),
        CONSTRAINT ck_stock_levels_incoming CHECK (incoming BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_version CHECK (version >= 0)
    ) {strict}",
    "INSERT INTO stock_levels (id, variant_id, location_id, on_hand, reserved, damaged, quality_control, incoming, version, created_at, updated_at, backordered) SELECT id, variant_id, location_id, on_hand, reserved, damaged, quality_control, incoming, version, created_at, updated_at, 0 FROM copied_levels",
    "DROP TABLE copied_levels",
    "CREATE INDEX ix_stock_levels_location_id ON stock_levels (location_id, id)",
    "CREATE INDEX ix_stock_levels_updated_at ON stock_levels (updated_at, id)",
    "CREATE INDEX ix_stock_levels_on_hand ON stock_levels (on_hand, id)",
    "CREATE INDEX ix_stock_levels_available ON stock_levels ((on_hand + backordered - reserved - damaged - quality_control), id)",
    "CREATE INDEX ix_stock_levels_backordered ON stock_levels (backordered, id)",
    "CREATE INDEX ix_stock_levels_variant_id ON stock_levels (variant_id, id)",
    "CREATE TABLE copied_movements AS SELECT * FROM stock_movements",
    "DROP TABLE stock_movements",
    "CREATE TABLE copied_adjustments AS SELECT * FROM stock_adjustments",
    "DROP TABLE stock_adjustments",
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
        document_type {text},
        document_id {uuid},
        reverses_id {uuid},
        CONSTRAINT pk_stock_adjustments PRIMARY KEY (id),
        CONSTRAINT ck_stock_adjustments_kind CHECK (kind IN ('ADJUST', 'SET', 'MOVE', 'RECLASSIFY', 'RESERVATION', 'PURCHASE_ORDER', 'TRANSFER', 'COUNT', 'RETURN', 'WRITE_OFF', 'REVERSAL')),
        CONSTRAINT uq_stock_adjustments_reverses_id UNIQUE (reverses_id),
        CONSTRAINT fk_stock_adjustments_reverses_id FOREIGN KEY (reverses_id) REFERENCES stock_adjustments (id),
        CONSTRAINT ck_stock_adjustments_document_type CHECK (document_type IN ('RESERVATION', 'PURCHASE_ORDER', 'TRANSFER', 'COUNT', 'RETURN', 'WRITE_OFF')),
        CONSTRAINT ck_stock_adjustments_document CHECK ((document_type IS NULL) = (document_id IS NULL))
    ) {strict}",
    "INSERT INTO stock_adjustments (id, kind, reason, reference, note, actor_id, actor_name, request_id, created_at) SELECT id, kind, reason, reference, note, actor_id, actor_name, request_id, created_at FROM copied_adjustments",
    "DROP TABLE copied_adjustments",
    "CREATE INDEX ix_stock_adjustments_created_at ON stock_adjustments (created_at, id)",
    "CREATE INDEX ix_stock_adjustments_reason ON stock_adjustments (reason, created_at, id)",
    "CREATE INDEX ix_stock_adjustments_reference ON stock_adjustments (reference, created_at, id)",
    "CREATE INDEX ix_stock_adjustments_actor_id ON stock_adjustments (actor_id, created_at, id)",
    "CREATE INDEX ix_stock_adjustments_document_id ON stock_adjustments (document_id, created_at, id)",
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
        CONSTRAINT ck_stock_movements_state CHECK (state IN ('ON_HAND', 'RESERVED', 'DAMAGED', 'QUALITY_CONTROL', 'INCOMING')),
        CONSTRAINT ck_stock_movements_delta CHECK (delta <> 0),
        CONSTRAINT ck_stock_movements_balance CHECK (balance_after BETWEEN 0 AND 1000000000)
    ) {strict}",
    "INSERT INTO stock_movements SELECT * FROM copied_movements",
    "DROP TABLE copied_movements",
    "CREATE INDEX ix_stock_movements_created_at ON stock_movements (created_at, id)",
    "CREATE INDEX ix_stock_movements_variant_id ON stock_movements (variant_id, created_at, id)",
    "CREATE INDEX ix_stock_movements_location_id ON stock_movements (location_id, created_at, id)",
    "CREATE INDEX ix_stock_movements_reason ON stock_movements (reason, created_at, id)",
    "CREATE INDEX ix_stock_movements_reference ON stock_movements (reference, created_at, id)",
    "CREATE INDEX ix_stock_movements_actor_id ON stock_movements (actor_id, created_at, id)",
];

const SQLITE_DOWN: &[&str] = &[
    "CREATE TABLE copied_levels AS SELECT * FROM stock_levels",
    "DROP TABLE stock_levels",
    "CREATE TABLE stock_levels (
        id {uuid} NOT NULL,
        variant_id {uuid} NOT NULL,
        location_id {uuid} NOT NULL,
        on_hand BIGINT NOT NULL,
        reserved BIGINT NOT NULL,
        damaged BIGINT NOT NULL,
        quality_control BIGINT NOT NULL,
        incoming BIGINT NOT NULL,
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_stock_levels PRIMARY KEY (id),
        CONSTRAINT uq_stock_levels_variant_id_location_id UNIQUE (variant_id, location_id),
        CONSTRAINT fk_stock_levels_variant_id FOREIGN KEY (variant_id) REFERENCES product_variants (id),
        CONSTRAINT fk_stock_levels_location_id FOREIGN KEY (location_id) REFERENCES locations (id),
        CONSTRAINT ck_stock_levels_on_hand CHECK (on_hand BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_reserved CHECK (reserved BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_damaged CHECK (damaged BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_quality_control CHECK (quality_control BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_available CHECK (reserved + damaged + quality_control <= on_hand),
        CONSTRAINT ck_stock_levels_incoming CHECK (incoming BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_stock_levels_version CHECK (version >= 0)
    ) {strict}",
    "INSERT INTO stock_levels (id, variant_id, location_id, on_hand, reserved, damaged, quality_control, incoming, version, created_at, updated_at) SELECT id, variant_id, location_id, on_hand, reserved, damaged, quality_control, incoming, version, created_at, updated_at FROM copied_levels",
    "DROP TABLE copied_levels",
    "CREATE INDEX ix_stock_levels_location_id ON stock_levels (location_id, id)",
    "CREATE INDEX ix_stock_levels_updated_at ON stock_levels (updated_at, id)",
    "CREATE INDEX ix_stock_levels_on_hand ON stock_levels (on_hand, id)",
    "CREATE INDEX ix_stock_levels_available ON stock_levels ((on_hand - reserved - damaged - quality_control), id)",
    "CREATE INDEX ix_stock_levels_variant_id ON stock_levels (variant_id, id)",
    "CREATE TABLE copied_movements AS SELECT * FROM stock_movements",
    "DROP TABLE stock_movements",
    "CREATE TABLE copied_adjustments AS SELECT * FROM stock_adjustments",
    "DROP TABLE stock_adjustments",
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
        CONSTRAINT ck_stock_adjustments_kind CHECK (kind IN ('ADJUST', 'SET', 'MOVE', 'RECLASSIFY'))
    ) {strict}",
    "INSERT INTO stock_adjustments (id, kind, reason, reference, note, actor_id, actor_name, request_id, created_at) SELECT id, kind, reason, reference, note, actor_id, actor_name, request_id, created_at FROM copied_adjustments",
    "DROP TABLE copied_adjustments",
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
        CONSTRAINT ck_stock_movements_state CHECK (state IN ('ON_HAND', 'RESERVED', 'DAMAGED', 'QUALITY_CONTROL', 'INCOMING')),
        CONSTRAINT ck_stock_movements_delta CHECK (delta <> 0),
        CONSTRAINT ck_stock_movements_balance CHECK (balance_after BETWEEN 0 AND 1000000000)
    ) {strict}",
    "INSERT INTO stock_movements SELECT * FROM copied_movements",
    "DROP TABLE copied_movements",
    "CREATE INDEX ix_stock_movements_created_at ON stock_movements (created_at, id)",
    "CREATE INDEX ix_stock_movements_variant_id ON stock_movements (variant_id, created_at, id)",
    "CREATE INDEX ix_stock_movements_location_id ON stock_movements (location_id, created_at, id)",
    "CREATE INDEX ix_stock_movements_reason ON stock_movements (reason, created_at, id)",
    "CREATE INDEX ix_stock_movements_reference ON stock_movements (reference, created_at, id)",
    "CREATE INDEX ix_stock_movements_actor_id ON stock_movements (actor_id, created_at, id)",
];
