//! The proof that stock has not drifted: every level against the sum of its movements, and the movements against one another.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_movement::State;
use crate::kernel::db::sql::Sql;

/// Differences that are told one by one.
const SHOWN: i64 = 1_000;

/// A level that its movements do not explain.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Difference {
    /// The variant.
    pub variant: ProductVariantId,
    /// The location.
    pub location: LocationId,
    /// Units on hand; `None` when there are movements but no level. So for the other numbers.
    pub on_hand: Option<i64>,
    /// Units promised.
    pub reserved: Option<i64>,
    /// Damaged units.
    pub damaged: Option<i64>,
    /// Units in quality control.
    pub quality_control: Option<i64>,
    /// Units on their way.
    pub incoming: Option<i64>,
    /// The sum of the movements of the units on hand.
    pub ledger: i64,
    /// The sums of the movements of the other numbers.
    pub ledger_reserved: i64,
    /// Of damaged units.
    pub ledger_damaged: i64,
    /// Of units in quality control.
    pub ledger_quality_control: i64,
    /// Of units on their way.
    pub ledger_incoming: i64,
    /// The version of the level.
    pub version: Option<i64>,
    /// How many movements there are; an untouched level's version is their number.
    pub movements: i64,
    /// Movements that do not follow from the one before: a wrong balance, a gap in the numbers, a step back in time.
    pub breaks: i64,
    /// How many differences there are in all.
    pub total: i64,
}

impl Difference {
    /// Every number: by the level, and by its movements.
    pub fn numbers(&self) -> [(State, Option<i64>, i64); 5] {
        [
            (State::OnHand, self.on_hand, self.ledger),
            (State::Reserved, self.reserved, self.ledger_reserved),
            (State::Damaged, self.damaged, self.ledger_damaged),
            (State::QualityControl, self.quality_control, self.ledger_quality_control),
            (State::Incoming, self.incoming, self.ledger_incoming),
        ]
    }
}

#[derive(FromQueryResult)]
struct Counted {
    number: i64,
}

/// How many levels there are.
pub async fn count_levels(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    let counted: Option<Counted> = Sql::new("SELECT COUNT(*) AS number FROM stock_levels").one(db).await?;
    Ok(counted.map_or(0, |counted| counted.number.unsigned_abs()))
}

/// The differences, by variant and location, at most a thousand of them.
pub async fn differences(db: &impl ConnectionTrait) -> Result<Vec<Difference>, DbErr> {
    Sql::new(
        "WITH steps AS (
            SELECT variant_id, location_id, state, delta, balance_after, level_version, created_at,
                COALESCE(LAG(balance_after) OVER number, 0) AS balance_before,
                COALESCE(LAG(level_version) OVER level, 0) AS version_before,
                COALESCE(LAG(created_at) OVER level, created_at) AS created_before
            FROM stock_movements
            WINDOW level AS (PARTITION BY variant_id, location_id ORDER BY level_version),
                number AS (PARTITION BY variant_id, location_id, state ORDER BY level_version)
        ), ledger AS (
            SELECT variant_id, location_id, COUNT(*) AS movements,
                CAST(SUM(CASE WHEN state = 'ON_HAND' THEN delta ELSE 0 END) AS BIGINT) AS on_hand,
                CAST(SUM(CASE WHEN state = 'RESERVED' THEN delta ELSE 0 END) AS BIGINT) AS reserved,
                CAST(SUM(CASE WHEN state = 'DAMAGED' THEN delta ELSE 0 END) AS BIGINT) AS damaged,
                CAST(SUM(CASE WHEN state = 'QUALITY_CONTROL' THEN delta ELSE 0 END) AS BIGINT) AS quality_control,
                CAST(SUM(CASE WHEN state = 'INCOMING' THEN delta ELSE 0 END) AS BIGINT) AS incoming,
                SUM(CASE WHEN balance_after <> balance_before + delta OR level_version <> version_before + 1
                    OR created_at < created_before THEN 1 ELSE 0 END) AS breaks
            FROM steps GROUP BY variant_id, location_id
        )
        SELECT COALESCE(levels.variant_id, ledger.variant_id) AS variant,
            COALESCE(levels.location_id, ledger.location_id) AS location, levels.version AS version,
            levels.on_hand AS on_hand, COALESCE(ledger.on_hand, 0) AS ledger,
            levels.reserved AS reserved, COALESCE(ledger.reserved, 0) AS ledger_reserved,
            levels.damaged AS damaged, COALESCE(ledger.damaged, 0) AS ledger_damaged,
            levels.quality_control AS quality_control, COALESCE(ledger.quality_control, 0) AS ledger_quality_control,
            levels.incoming AS incoming, COALESCE(ledger.incoming, 0) AS ledger_incoming,
            COALESCE(ledger.movements, 0) AS movements, CAST(COALESCE(ledger.breaks, 0) AS BIGINT) AS breaks,
            COUNT(*) OVER () AS total
        FROM stock_levels AS levels
        FULL JOIN ledger ON ledger.variant_id = levels.variant_id AND ledger.location_id = levels.location_id
        WHERE levels.id IS NULL OR levels.backordered <> CASE
                WHEN levels.reserved + levels.damaged + levels.quality_control > levels.on_hand
                THEN levels.reserved + levels.damaged + levels.quality_control - levels.on_hand ELSE 0 END
            OR levels.version <> COALESCE(ledger.movements, 0) OR COALESCE(ledger.breaks, 0) > 0
            OR levels.on_hand <> COALESCE(ledger.on_hand, 0)
            OR levels.reserved <> COALESCE(ledger.reserved, 0)
            OR levels.damaged <> COALESCE(ledger.damaged, 0)
            OR levels.quality_control <> COALESCE(ledger.quality_control, 0)
            OR levels.incoming <> COALESCE(ledger.incoming, 0)
        ORDER BY 1, 2 LIMIT ",
    )
    .bind(SHOWN)
    .all(db)
    .await
}
