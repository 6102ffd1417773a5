//! Reservations: what is promised to whom, where, and until when; how far a variant may be promised beyond its stock; which location comes first.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // Whoever takes the next number must not make everyone else wait for their commit.
            dialect::run(manager, &["CREATE SEQUENCE reservation_numbers AS bigint"]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            dialect::run(manager, &["DROP SEQUENCE reservation_numbers"]).await?;
        }
        dialect::run(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    "ALTER TABLE locations ADD COLUMN priority BIGINT NOT NULL DEFAULT 100
        CONSTRAINT ck_locations_priority CHECK (priority BETWEEN 0 AND 10000)",
    "ALTER TABLE product_variants ADD COLUMN backorder_policy {text} NOT NULL DEFAULT 'DENY'
        CONSTRAINT ck_product_variants_backorder_policy CHECK (backorder_policy IN ('DENY', 'ALLOW', 'ALLOW_UP_TO'))",
    "ALTER TABLE product_variants ADD COLUMN backorder_limit BIGINT
        CONSTRAINT ck_product_variants_backorder_limit CHECK (backorder_limit BETWEEN 0 AND 1000000000)",
    "CREATE TABLE reservations (
        id {uuid} NOT NULL,
        number {text} NOT NULL,
        purpose {text} NOT NULL,
        status {text} NOT NULL,
        owner {text},
        external_reference {text},
        note {text},
        expires_at {time},
        created_by {uuid},
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_reservations PRIMARY KEY (id),
        CONSTRAINT uq_reservations_number UNIQUE (number),
        CONSTRAINT ck_reservations_purpose CHECK (purpose IN ('CART', 'QUOTE', 'MARKETPLACE', 'MANUAL')),
        CONSTRAINT ck_reservations_status CHECK (status IN ('ACTIVE', 'FULFILLED', 'RELEASED', 'EXPIRED')),
        CONSTRAINT ck_reservations_expired CHECK (status <> 'EXPIRED' OR expires_at IS NOT NULL),
        CONSTRAINT ck_reservations_owner CHECK (length(owner) BETWEEN 1 AND 255),
        CONSTRAINT ck_reservations_external_reference CHECK (length(external_reference) BETWEEN 1 AND 255),
        CONSTRAINT ck_reservations_version CHECK (version >= 1)
    ) {strict}",
    "CREATE INDEX ix_reservations_created_at ON reservations (created_at, id)",
    "CREATE INDEX ix_reservations_updated_at ON reservations (updated_at, id)",
    "CREATE INDEX ix_reservations_expires_at ON reservations (expires_at, id)",
    "CREATE INDEX ix_reservations_status ON reservations (status, expires_at, id)",
    "CREATE INDEX ix_reservations_purpose ON reservations (purpose, created_at, id)",
    "CREATE INDEX ix_reservations_owner ON reservations (owner, created_at, id)",
    "CREATE INDEX ix_reservations_external_reference ON reservations (external_reference, created_at, id)",
    "CREATE TABLE reservation_lines (
        reservation_id {uuid} NOT NULL,
        line BIGINT NOT NULL,
        variant_id {uuid} NOT NULL,
        requested BIGINT NOT NULL,
        CONSTRAINT pk_reservation_lines PRIMARY KEY (reservation_id, line),
        CONSTRAINT fk_reservation_lines_reservation_id FOREIGN KEY (reservation_id) REFERENCES reservations (id),
        CONSTRAINT fk_reservation_lines_variant_id FOREIGN KEY (variant_id) REFERENCES product_variants (id),
        CONSTRAINT ck_reservation_lines_line CHECK (line >= 1),
        CONSTRAINT ck_reservation_lines_requested CHECK (requested BETWEEN 1 AND 1000000000)
    ) {strict}",
    "CREATE INDEX ix_reservation_lines_variant_id ON reservation_lines (variant_id, reservation_id)",
    "CREATE TABLE reservation_allocations (
        reservation_id {uuid} NOT NULL,
        line BIGINT NOT NULL,
        location_id {uuid} NOT NULL,
        variant_id {uuid} NOT NULL,
        position BIGINT NOT NULL,
        held BIGINT NOT NULL,
        backordered BIGINT NOT NULL,
        fulfilled BIGINT NOT NULL,
        released BIGINT NOT NULL,
        expired BIGINT NOT NULL,
        expires_at {time},
        CONSTRAINT pk_reservation_allocations PRIMARY KEY (reservation_id, line, location_id),
        CONSTRAINT fk_reservation_allocations_line FOREIGN KEY (reservation_id, line) REFERENCES reservation_lines (reservation_id, line),
        CONSTRAINT fk_reservation_allocations_variant_id_location_id FOREIGN KEY (variant_id, location_id) REFERENCES stock_levels (variant_id, location_id),
        CONSTRAINT ck_reservation_allocations_position CHECK (position >= 1),
        CONSTRAINT ck_reservation_allocations_held CHECK (held BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_reservation_allocations_backordered CHECK (backordered BETWEEN 0 AND held),
        CONSTRAINT ck_reservation_allocations_fulfilled CHECK (fulfilled BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_reservation_allocations_released CHECK (released BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_reservation_allocations_expired CHECK (expired BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_reservation_allocations_units CHECK (held + fulfilled + released + expired BETWEEN 1 AND 1000000000)
    ) {strict}",
    "CREATE INDEX ix_reservation_allocations_level ON reservation_allocations (variant_id, location_id, expires_at) WHERE held > 0",
    "CREATE INDEX ix_reservation_allocations_expires_at ON reservation_allocations (expires_at) WHERE held > 0",
    "CREATE INDEX ix_reservation_allocations_location_id ON reservation_allocations (location_id, reservation_id)",
];

const DOWN: &[&str] = &[
    "DROP TABLE reservation_allocations",
    "DROP TABLE reservation_lines",
    "DROP TABLE reservations",
    "ALTER TABLE product_variants DROP COLUMN backorder_limit",
    "ALTER TABLE product_variants DROP COLUMN backorder_policy",
    "ALTER TABLE locations DROP COLUMN priority",
];
