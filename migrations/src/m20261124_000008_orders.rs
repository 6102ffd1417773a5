//! Orders for stock, from a supplier (purchase orders) or from another location (transfers), with their lines and what arrived of them.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await?;
        dialect::append_only(manager, "stock_receipt_lines").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "DROP TABLE stock_receipt_lines",
            "DROP TABLE stock_receipts",
            "DROP TABLE stock_order_lines",
            "DROP TABLE stock_orders",
        ];
        dialect::run(manager, &tables).await
    }
}

const UP: &[&str] = &[
    "CREATE TABLE stock_orders (
        id {uuid} NOT NULL,
        kind {text} NOT NULL,
        number {text} NOT NULL,
        status {text} NOT NULL,
        location_id {uuid} NOT NULL,
        source_id {uuid},
        supplier {text},
        currency {text},
        expected_at {time},
        external_reference {text},
        note {text},
        created_by {uuid},
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        opened_at {time},
        closed_at {time},
        CONSTRAINT pk_stock_orders PRIMARY KEY (id),
        CONSTRAINT uq_stock_orders_number UNIQUE (number),
        CONSTRAINT fk_stock_orders_location_id FOREIGN KEY (location_id) REFERENCES locations (id),
        CONSTRAINT fk_stock_orders_source_id FOREIGN KEY (source_id) REFERENCES locations (id),
        CONSTRAINT ck_stock_orders_kind CHECK (kind IN ('PURCHASE_ORDER', 'TRANSFER')),
        CONSTRAINT ck_stock_orders_purchase CHECK ((kind = 'PURCHASE_ORDER') = (supplier IS NOT NULL AND currency IS NOT NULL)),
        CONSTRAINT ck_stock_orders_transfer CHECK ((kind = 'TRANSFER') = (source_id IS NOT NULL)),
        CONSTRAINT ck_stock_orders_source CHECK (source_id <> location_id),
        CONSTRAINT ck_stock_orders_status CHECK (status IN ('DRAFT', 'OPEN', 'PARTIALLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED')),
        CONSTRAINT ck_stock_orders_opened_at CHECK (opened_at IS NOT NULL OR status IN ('DRAFT', 'CANCELLED')),
        CONSTRAINT ck_stock_orders_version CHECK (version >= 1)
    ) {strict}",
    "CREATE INDEX ix_stock_orders_created_at ON stock_orders (kind, created_at, id)",
    "CREATE INDEX ix_stock_orders_updated_at ON stock_orders (kind, updated_at, id)",
    "CREATE INDEX ix_stock_orders_number ON stock_orders (kind, number, id)",
    "CREATE INDEX ix_stock_orders_expected_at ON stock_orders (kind, expected_at, id)",
    "CREATE INDEX ix_stock_orders_status ON stock_orders (kind, status, created_at, id)",
    "CREATE INDEX ix_stock_orders_supplier ON stock_orders (supplier, created_at, id)",
    "CREATE INDEX ix_stock_orders_external_reference ON stock_orders (external_reference, created_at, id)",
    "CREATE INDEX ix_stock_orders_location_id ON stock_orders (location_id, status, id)",
    "CREATE INDEX ix_stock_orders_source_id ON stock_orders (source_id, status, id)",
    // What arrived is in four numbers; together with what was lost or given up they say what is still on its way.
    "CREATE TABLE stock_order_lines (
        id {uuid} NOT NULL,
        order_id {uuid} NOT NULL,
        position BIGINT NOT NULL,
        variant_id {uuid} NOT NULL,
        ordered BIGINT NOT NULL,
        accepted BIGINT NOT NULL,
        damaged BIGINT NOT NULL,
        quality_control BIGINT NOT NULL,
        lost BIGINT NOT NULL,
        cancelled BIGINT NOT NULL,
        unit_cost_minor BIGINT,
        CONSTRAINT pk_stock_order_lines PRIMARY KEY (id),
        CONSTRAINT uq_stock_order_lines_order_id_variant_id UNIQUE (order_id, variant_id),
        CONSTRAINT fk_stock_order_lines_order_id FOREIGN KEY (order_id) REFERENCES stock_orders (id),
        CONSTRAINT fk_stock_order_lines_variant_id FOREIGN KEY (variant_id) REFERENCES product_variants (id),
        CONSTRAINT ck_stock_order_lines_ordered CHECK (ordered BETWEEN 1 AND 1000000000),
        CONSTRAINT ck_stock_order_lines_accepted CHECK (accepted >= 0),
        CONSTRAINT ck_stock_order_lines_damaged CHECK (damaged >= 0),
        CONSTRAINT ck_stock_order_lines_quality_control CHECK (quality_control >= 0),
        CONSTRAINT ck_stock_order_lines_lost CHECK (lost >= 0),
        CONSTRAINT ck_stock_order_lines_cancelled CHECK (cancelled BETWEEN 0 AND ordered),
        CONSTRAINT ck_stock_order_lines_unit_cost_minor CHECK (unit_cost_minor BETWEEN 0 AND 1000000000000)
    ) {strict}",
    "CREATE INDEX ix_stock_order_lines_order_id ON stock_order_lines (order_id, position)",
    "CREATE INDEX ix_stock_order_lines_variant_id ON stock_order_lines (variant_id, order_id)",
    "CREATE TABLE stock_receipts (
        id {uuid} NOT NULL,
        order_id {uuid} NOT NULL,
        adjustment_id {uuid} NOT NULL,
        reversal_id {uuid},
        delivery_note {text},
        note {text},
        created_by {uuid},
        created_at {time} NOT NULL,
        reversed_at {time},
        CONSTRAINT pk_stock_receipts PRIMARY KEY (id),
        CONSTRAINT uq_stock_receipts_adjustment_id UNIQUE (adjustment_id),
        CONSTRAINT uq_stock_receipts_reversal_id UNIQUE (reversal_id),
        CONSTRAINT fk_stock_receipts_order_id FOREIGN KEY (order_id) REFERENCES stock_orders (id),
        CONSTRAINT fk_stock_receipts_adjustment_id FOREIGN KEY (adjustment_id) REFERENCES stock_adjustments (id),
        CONSTRAINT fk_stock_receipts_reversal_id FOREIGN KEY (reversal_id) REFERENCES stock_adjustments (id),
        CONSTRAINT ck_stock_receipts_reversed_at CHECK ((reversal_id IS NULL) = (reversed_at IS NULL))
    ) {strict}",
    "CREATE INDEX ix_stock_receipts_order_id ON stock_receipts (order_id, created_at, id)",
    "CREATE TABLE stock_receipt_lines (
        receipt_id {uuid} NOT NULL,
        line_id {uuid} NOT NULL,
        accepted BIGINT NOT NULL,
        damaged BIGINT NOT NULL,
        quality_control BIGINT NOT NULL,
        lost BIGINT NOT NULL,
        CONSTRAINT pk_stock_receipt_lines PRIMARY KEY (receipt_id, line_id),
        CONSTRAINT fk_stock_receipt_lines_receipt_id FOREIGN KEY (receipt_id) REFERENCES stock_receipts (id),
        CONSTRAINT fk_stock_receipt_lines_line_id FOREIGN KEY (line_id) REFERENCES stock_order_lines (id),
        CONSTRAINT ck_stock_receipt_lines_units CHECK (accepted >= 0 AND damaged >= 0 AND quality_control >= 0 AND lost >= 0
            AND accepted + damaged + quality_control + lost >= 1)
    ) {strict}",
    "CREATE INDEX ix_stock_receipt_lines_line_id ON stock_receipt_lines (line_id)",
];
