//! What is on its way by the lines of orders: behind each level's `incoming`, and against the ledger.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::entity::stock_adjustment::DocumentType;
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_movement::State;
use crate::inventory::entity::stock_order::OrderId;
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::db::sql::Sql;

/// Orders behind one level at most.
const BEHIND_A_LEVEL: i64 = 100;

/// Differences that are told one by one.
const SHOWN: i64 = 1_000;

/// Units of one order that are on their way to a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct Incoming {
    /// The order.
    pub order_id: OrderId,
    /// The variant.
    pub variant_id: ProductVariantId,
    /// The location.
    pub location_id: LocationId,
    /// How many.
    pub units: i64,
    /// When they are expected.
    pub expected_at: Option<Timestamp>,
}

/// Where a document, or all of them, and the ledger say different things.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct DocumentDifference {
    /// The kind of the document; nothing for all documents together.
    pub document_type: Option<DocumentType>,
    /// The document; nothing for all documents together.
    pub document_id: Option<Uuid>,
    /// The variant.
    pub variant: ProductVariantId,
    /// The location.
    pub location: LocationId,
    /// Which number.
    pub state: State,
    /// What the lines of the document say.
    pub expected: i64,
    /// What its movements say, or the level when it is about all documents.
    pub found: i64,
    /// How many differences there are in all.
    pub total: i64,
}

/// The orders behind the `incoming` of these levels, as far as `actor` may see them; those expected soonest first, without a date last, and at most
/// a hundred a level.
pub async fn incoming_of(
    db: &impl ConnectionTrait,
    actor: &Actor,
    slots: &[Slot],
) -> Result<HashMap<Slot, Vec<Incoming>>, DbErr> {
    if slots.is_empty() || !location::may_see_stock(actor) {
        return Ok(HashMap::new());
    }
    let rows: Vec<Incoming> = Sql::new(
        "SELECT order_id, variant_id, location_id, units, expected_at FROM (
            SELECT lines.order_id, lines.variant_id, orders.location_id, orders.expected_at,
                lines.ordered - lines.accepted - lines.damaged - lines.quality_control - lines.lost - lines.cancelled AS units,
                ROW_NUMBER() OVER (PARTITION BY lines.variant_id, orders.location_id
                    ORDER BY CASE WHEN orders.expected_at IS NULL THEN 1 ELSE 0 END, orders.expected_at, orders.id) AS place
            FROM stock_order_lines AS lines JOIN stock_orders AS orders ON orders.id = lines.order_id
            WHERE orders.status IN ('OPEN', 'PARTIALLY_RECEIVED')
                AND lines.ordered > lines.accepted + lines.damaged + lines.quality_control + lines.lost + lines.cancelled
                AND (lines.variant_id, orders.location_id) IN (",
    )
    .rows(slots, |slot| [slot.variant.into(), slot.location.into()])
    .push(")) AS behind WHERE place <= ")
    .bind(BEHIND_A_LEVEL)
    .push(" ORDER BY place")
    .all(db)
    .await?;
    let mut found: HashMap<Slot, Vec<Incoming>> = HashMap::new();
    for row in rows {
        found.entry(Slot { variant: row.variant_id, location: row.location_id }).or_default().push(row);
    }
    Ok(found)
}

/// Where orders and the ledger disagree: each order's lines against its movements, and every level's `incoming` against the lines of all orders. At
/// most a thousand.
pub async fn document_differences(db: &impl ConnectionTrait) -> Result<Vec<DocumentDifference>, DbErr> {
    Sql::new(
        "WITH lines AS (
            SELECT orders.kind, orders.id AS document_id, orders.location_id, orders.source_id, lines.variant_id,
                lines.ordered, lines.damaged, lines.quality_control, lines.cancelled,
                lines.accepted + lines.damaged + lines.quality_control AS received,
                CASE WHEN lines.ordered > lines.accepted + lines.damaged + lines.quality_control + lines.lost + lines.cancelled
                    THEN lines.ordered - lines.accepted - lines.damaged - lines.quality_control - lines.lost - lines.cancelled
                    ELSE 0 END AS outstanding
            FROM stock_order_lines AS lines JOIN stock_orders AS orders ON orders.id = lines.order_id
            WHERE orders.opened_at IS NOT NULL
        ), said (kind, document_id, variant, location, state, expected, found) AS (
            SELECT kind, document_id, variant_id, location_id, 'INCOMING', outstanding, 0 FROM lines
            UNION ALL SELECT kind, document_id, variant_id, location_id, 'ON_HAND', received, 0 FROM lines
            UNION ALL SELECT kind, document_id, variant_id, location_id, 'DAMAGED', damaged, 0 FROM lines
            UNION ALL SELECT kind, document_id, variant_id, location_id, 'QUALITY_CONTROL', quality_control, 0 FROM lines
            UNION ALL SELECT kind, document_id, variant_id, source_id, 'ON_HAND', cancelled - ordered, 0 FROM lines
                WHERE source_id IS NOT NULL
            UNION ALL SELECT adjustments.document_type, adjustments.document_id, movements.variant_id, movements.location_id,
                movements.state, 0, movements.delta
                FROM stock_movements AS movements JOIN stock_adjustments AS adjustments ON adjustments.id = movements.adjustment_id
                WHERE adjustments.document_type IN ('PURCHASE_ORDER', 'TRANSFER')
            UNION ALL SELECT NULL, NULL, variant_id, location_id, 'INCOMING', outstanding, 0 FROM lines
            UNION ALL SELECT NULL, NULL, variant_id, location_id, 'INCOMING', 0, incoming FROM stock_levels
        ), differences AS (
            SELECT kind AS document_type, document_id, variant, location, state,
                CAST(SUM(said.expected) AS BIGINT) AS expected, CAST(SUM(said.found) AS BIGINT) AS found
            FROM said GROUP BY 1, 2, 3, 4, 5 HAVING SUM(said.expected) <> SUM(said.found)
        )
        SELECT document_type, document_id, variant, location, state, expected, found, COUNT(*) OVER () AS total
        FROM differences ORDER BY 1, 2, 3, 4, 5 LIMIT ",
    )
    .bind(SHOWN)
    .all(db)
    .await
}
