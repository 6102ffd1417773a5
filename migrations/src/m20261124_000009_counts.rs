//! Stock counts with their lines and entries, and slips: write-offs and returns to stock with their lines.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, SLIPS).await?;
        dialect::run(manager, COUNTS).await?;
        dialect::append_only(manager, "stock_slip_lines").await?;
        dialect::append_only(manager, "stock_count_entries").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "DROP TABLE stock_count_entries",
            "DROP TABLE stock_count_lines",
            "DROP TABLE stock_count_scopes",
            "DROP TABLE stock_counts",
            "DROP TABLE stock_slip_lines",
            "DROP TABLE stock_slips",
        ];
        dialect::run(manager, &tables).await
    }
}

const SLIPS: &[&str] = &[
    "CREATE TABLE stock_slips (
        id {uuid} NOT NULL,
        kind {text} NOT NULL,
        number {text} NOT NULL,
        status {text} NOT NULL,
        reason {text} NOT NULL,
        external_reference {text},
        note {text},
        created_by {uuid},
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_stock_slips PRIMARY KEY (id),
        CONSTRAINT uq_stock_slips_number UNIQUE (number),
        CONSTRAINT ck_stock_slips_kind CHECK (kind IN ('WRITE_OFF', 'RETURN')),
        CONSTRAINT ck_stock_slips_status CHECK (status IN ('DRAFT', 'POSTED', 'CANCELLED', 'REVERSED')),
        CONSTRAINT ck_stock_slips_version CHECK (version >= 1)
    ) {strict}",
    "CREATE INDEX ix_stock_slips_created_at ON stock_slips (kind, created_at, id)",
    "CREATE INDEX ix_stock_slips_updated_at ON stock_slips (kind, updated_at, id)",
    "CREATE INDEX ix_stock_slips_number ON stock_slips (kind, number, id)",
    "CREATE INDEX ix_stock_slips_status ON stock_slips (kind, status, created_at, id)",
    "CREATE INDEX ix_stock_slips_reason ON stock_slips (kind, reason, created_at, id)",
    "CREATE INDEX ix_stock_slips_external_reference ON stock_slips (kind, external_reference, created_at, id)",
    "CREATE TABLE stock_slip_lines (
        slip_id {uuid} NOT NULL,
        line BIGINT NOT NULL,
        variant_id {uuid} NOT NULL,
        location_id {uuid} NOT NULL,
        condition {text} NOT NULL,
        quantity BIGINT NOT NULL,
        CONSTRAINT pk_stock_slip_lines PRIMARY KEY (slip_id, line),
        CONSTRAINT fk_stock_slip_lines_slip_id FOREIGN KEY (slip_id) REFERENCES stock_slips (id),
        CONSTRAINT fk_stock_slip_lines_variant_id FOREIGN KEY (variant_id) REFERENCES product_variants (id),
        CONSTRAINT fk_stock_slip_lines_location_id FOREIGN KEY (location_id) REFERENCES locations (id),
        CONSTRAINT ck_stock_slip_lines_condition CHECK (condition IN ('AVAILABLE', 'DAMAGED', 'QUALITY_CONTROL')),
        CONSTRAINT ck_stock_slip_lines_quantity CHECK (quantity BETWEEN 1 AND 1000000000)
    ) {strict}",
    "CREATE INDEX ix_stock_slip_lines_variant_id ON stock_slip_lines (variant_id)",
    "CREATE INDEX ix_stock_slip_lines_location_id ON stock_slip_lines (location_id)",
];

const COUNTS: &[&str] = &[
    "CREATE TABLE stock_counts (
        id {uuid} NOT NULL,
        number {text} NOT NULL,
        extent {text} NOT NULL,
        location_id {uuid} NOT NULL,
        status {text} NOT NULL,
        round BIGINT NOT NULL,
        external_reference {text},
        note {text},
        created_by {uuid},
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        started_at {time},
        closed_at {time},
        CONSTRAINT pk_stock_counts PRIMARY KEY (id),
        CONSTRAINT uq_stock_counts_number UNIQUE (number),
        CONSTRAINT fk_stock_counts_location_id FOREIGN KEY (location_id) REFERENCES locations (id),
        CONSTRAINT ck_stock_counts_extent CHECK (extent IN ('FULL', 'CYCLE')),
        CONSTRAINT ck_stock_counts_status CHECK (status IN ('DRAFT', 'COUNTING', 'REVIEW', 'APPROVED', 'CANCELLED')),
        CONSTRAINT ck_stock_counts_round CHECK (round >= 1),
        CONSTRAINT ck_stock_counts_version CHECK (version >= 1)
    ) {strict}",
    "CREATE INDEX ix_stock_counts_created_at ON stock_counts (created_at, id)",
    "CREATE INDEX ix_stock_counts_updated_at ON stock_counts (updated_at, id)",
    "CREATE INDEX ix_stock_counts_status ON stock_counts (status, created_at, id)",
    "CREATE INDEX ix_stock_counts_location_id ON stock_counts (location_id, created_at, id)",
    "CREATE INDEX ix_stock_counts_external_reference ON stock_counts (external_reference, created_at, id)",
    "CREATE TABLE stock_count_scopes (
        count_id {uuid} NOT NULL,
        kind {text} NOT NULL,
        object_id {uuid} NOT NULL,
        CONSTRAINT pk_stock_count_scopes PRIMARY KEY (count_id, kind, object_id),
        CONSTRAINT fk_stock_count_scopes_count_id FOREIGN KEY (count_id) REFERENCES stock_counts (id),
        CONSTRAINT ck_stock_count_scopes_kind CHECK (kind IN ('VARIANT', 'PRODUCT', 'CATEGORY'))
    ) {strict}",
    "CREATE TABLE stock_count_lines (
        id {uuid} NOT NULL,
        count_id {uuid} NOT NULL,
        location_id {uuid} NOT NULL,
        variant_id {uuid} NOT NULL,
        sku {text} NOT NULL,
        is_open {bool} NOT NULL,
        is_unexpected {bool} NOT NULL,
        round BIGINT NOT NULL,
        standing {text} NOT NULL,
        expected_on_hand BIGINT NOT NULL,
        expected_damaged BIGINT NOT NULL,
        expected_quality_control BIGINT NOT NULL,
        expected_version BIGINT NOT NULL,
        variance_on_hand BIGINT NOT NULL,
        variance_damaged BIGINT NOT NULL,
        variance_quality_control BIGINT NOT NULL,
        has_variance {bool} NOT NULL,
        since_version BIGINT NOT NULL,
        is_posted {bool} NOT NULL,
        CONSTRAINT pk_stock_count_lines PRIMARY KEY (id),
        CONSTRAINT uq_stock_count_lines_count_id_variant_id UNIQUE (count_id, variant_id),
        CONSTRAINT fk_stock_count_lines_count_id FOREIGN KEY (count_id) REFERENCES stock_counts (id),
        CONSTRAINT fk_stock_count_lines_location_id FOREIGN KEY (location_id) REFERENCES locations (id),
        CONSTRAINT fk_stock_count_lines_variant_id FOREIGN KEY (variant_id) REFERENCES product_variants (id),
        CONSTRAINT ck_stock_count_lines_standing CHECK (standing IN ('UNCOUNTED', 'COUNTED', 'DISPUTED')),
        CONSTRAINT ck_stock_count_lines_round CHECK (round >= 1)
    ) {strict}",
    // One open count of a level at a time: two that post the same difference would post it twice.
    "CREATE UNIQUE INDEX uq_stock_count_lines_location_id_variant_id ON stock_count_lines (location_id, variant_id) WHERE is_open = {true}",
    "CREATE INDEX ix_stock_count_lines_sku ON stock_count_lines (count_id, sku, id)",
    "CREATE INDEX ix_stock_count_lines_standing ON stock_count_lines (count_id, standing, sku, id)",
    "CREATE INDEX ix_stock_count_lines_variance ON stock_count_lines (count_id, has_variance, sku, id)",
    "CREATE INDEX ix_stock_count_lines_variance_on_hand ON stock_count_lines (count_id, variance_on_hand, id)",
    "CREATE INDEX ix_stock_count_lines_variant_id ON stock_count_lines (variant_id)",
    "CREATE TABLE stock_count_entries (
        id {uuid} NOT NULL,
        count_id {uuid} NOT NULL,
        line_id {uuid} NOT NULL,
        round BIGINT NOT NULL,
        counter_id {uuid} NOT NULL,
        on_hand BIGINT NOT NULL,
        damaged BIGINT NOT NULL,
        quality_control BIGINT NOT NULL,
        books_on_hand BIGINT NOT NULL,
        books_damaged BIGINT NOT NULL,
        books_quality_control BIGINT NOT NULL,
        level_version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        CONSTRAINT pk_stock_count_entries PRIMARY KEY (id),
        CONSTRAINT fk_stock_count_entries_count_id FOREIGN KEY (count_id) REFERENCES stock_counts (id),
        CONSTRAINT fk_stock_count_entries_line_id FOREIGN KEY (line_id) REFERENCES stock_count_lines (id),
        CONSTRAINT ck_stock_count_entries_damaged CHECK (damaged >= 0),
        CONSTRAINT ck_stock_count_entries_quality_control CHECK (quality_control >= 0),
        CONSTRAINT ck_stock_count_entries_on_hand CHECK (on_hand BETWEEN damaged + quality_control AND 1000000000)
    ) {strict}",
    "CREATE INDEX ix_stock_count_entries_line_id ON stock_count_entries (line_id, round, id)",
    "CREATE INDEX ix_stock_count_entries_count_id ON stock_count_entries (count_id, counter_id)",
];
