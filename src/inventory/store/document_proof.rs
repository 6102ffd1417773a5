//! The proof that documents have posted what they say: the lines of each against the movements of its adjustments.
//!
//! These are counts, write-offs, returns and reservations; orders are compared with what is on its way, elsewhere.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::DocumentDifference;
use crate::kernel::db::sql::Sql;

/// Differences that are told one by one.
const SHOWN: i64 = 1_000;

/// What the lines of counts say: the variances that approval posted.
const COUNTS: &str = "
    SELECT 'COUNT' AS document_type, count_id AS document_id, variant_id, location_id, 'ON_HAND' AS state, variance_on_hand AS units
        FROM stock_count_lines WHERE is_posted
    UNION ALL SELECT 'COUNT', count_id, variant_id, location_id, 'DAMAGED', variance_damaged FROM stock_count_lines WHERE is_posted
    UNION ALL SELECT 'COUNT', count_id, variant_id, location_id, 'QUALITY_CONTROL', variance_quality_control
        FROM stock_count_lines WHERE is_posted";

/// What the lines of write-offs and returns say, while they are in effect.
const SLIPS: &str = "
    SELECT s.kind, s.id, x.variant_id, x.location_id, 'ON_HAND', CASE s.kind WHEN 'RETURN' THEN x.quantity ELSE -x.quantity END
        FROM stock_slip_lines x JOIN stock_slips s ON s.id = x.slip_id WHERE s.status = 'POSTED'
    UNION ALL SELECT s.kind, s.id, x.variant_id, x.location_id, x.condition, CASE s.kind WHEN 'RETURN' THEN x.quantity ELSE -x.quantity END
        FROM stock_slip_lines x JOIN stock_slips s ON s.id = x.slip_id WHERE s.status = 'POSTED' AND x.condition <> 'AVAILABLE'";

/// What the allocations of reservations say: what they hold is promised, and what they sold is gone. Expired ones hold it until someone takes it back.
const RESERVATIONS: &str = "
    SELECT 'RESERVATION', reservation_id, variant_id, location_id, 'RESERVED', held FROM reservation_allocations
    UNION ALL SELECT 'RESERVATION', reservation_id, variant_id, location_id, 'ON_HAND', -fulfilled FROM reservation_allocations";

#[derive(FromQueryResult)]
struct Counted {
    number: i64,
}

/// How many documents of all kinds there are, whatever has become of them.
pub async fn count_documents(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    let sql = Sql::new(
        "SELECT (SELECT COUNT(*) FROM stock_orders) + (SELECT COUNT(*) FROM stock_counts) + (SELECT COUNT(*) FROM stock_slips) \
         + (SELECT COUNT(*) FROM reservations) AS number",
    );
    let counted: Option<Counted> = sql.one(db).await?;
    Ok(counted.map_or(0, |counted| counted.number.unsigned_abs()))
}

/// The differences of counts, write-offs, returns and reservations, by document, at most a thousand of them.
pub async fn paper_differences(db: &impl ConnectionTrait) -> Result<Vec<DocumentDifference>, DbErr> {
    Sql::new("WITH said AS (")
        .push(COUNTS)
        .push(" UNION ALL ")
        .push(SLIPS)
        .push(" UNION ALL ")
        .push(RESERVATIONS)
        .push(
            "), entries AS (
                SELECT document_type, document_id, variant_id, location_id, state, units AS said, 0 AS posted FROM said
                UNION ALL SELECT a.document_type, a.document_id, m.variant_id, m.location_id, m.state, 0, m.delta
                    FROM stock_adjustments a JOIN stock_movements m ON m.adjustment_id = a.id
                    WHERE a.document_type IN ('COUNT', 'RETURN', 'WRITE_OFF', 'RESERVATION')
            )
            SELECT document_type, document_id, variant_id AS variant, location_id AS location, state,
                CAST(SUM(said) AS BIGINT) AS expected, CAST(SUM(posted) AS BIGINT) AS found, COUNT(*) OVER () AS total
            FROM entries GROUP BY document_type, document_id, variant_id, location_id, state
            HAVING SUM(said) <> SUM(posted) ORDER BY document_id, variant_id, location_id, state LIMIT ",
        )
        .bind(SHOWN)
        .all(db)
        .await
}
