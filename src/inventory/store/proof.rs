//! The proof that stock has not drifted: every level against the sum of its movements, and the movements against one another.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
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
    /// Units on hand; `None` when there are movements but no level.
    pub on_hand: Option<i64>,
    /// The sum of the movements.
    pub ledger: i64,
    /// The version of the level.
    pub version: Option<i64>,
    /// How many movements there are; an untouched level's version is their number.
    pub movements: i64,
    /// Movements that do not follow from the one before: a wrong balance, a gap in the numbers, a step back in time.
    pub breaks: i64,
    /// How many differences there are in all.
    pub total: i64,
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
            SELECT variant_id, location_id, delta, balance_after, level_version, created_at,
                COALESCE(LAG(balance_after) OVER level, 0) AS balance_before,
                COALESCE(LAG(level_version) OVER level, 0) AS version_before,
                COALESCE(LAG(created_at) OVER level, created_at) AS created_before
            FROM stock_movements WHERE state = 'ON_HAND'
            WINDOW level AS (PARTITION BY variant_id, location_id ORDER BY level_version)
        ), ledger AS (
            SELECT variant_id, location_id, CAST(SUM(delta) AS BIGINT) AS units, COUNT(*) AS movements,
                SUM(CASE WHEN balance_after <> balance_before + delta OR level_version <> version_before + 1
                    OR created_at < created_before THEN 1 ELSE 0 END) AS breaks
            FROM steps GROUP BY variant_id, location_id
        )
        SELECT COALESCE(levels.variant_id, ledger.variant_id) AS variant,
            COALESCE(levels.location_id, ledger.location_id) AS location,
            levels.on_hand AS on_hand, COALESCE(ledger.units, 0) AS ledger, levels.version AS version,
            COALESCE(ledger.movements, 0) AS movements, CAST(COALESCE(ledger.breaks, 0) AS BIGINT) AS breaks,
            COUNT(*) OVER () AS total
        FROM stock_levels AS levels
        FULL JOIN ledger ON ledger.variant_id = levels.variant_id AND ledger.location_id = levels.location_id
        WHERE levels.id IS NULL OR levels.on_hand <> COALESCE(ledger.units, 0)
            OR levels.version <> COALESCE(ledger.movements, 0) OR COALESCE(ledger.breaks, 0) > 0
        ORDER BY 1, 2 LIMIT ",
    )
    .bind(SHOWN)
    .all(db)
    .await
}
