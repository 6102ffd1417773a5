//! The settings of a level, and how fast its units are sold. The numbers of levels are for the ledger alone.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::entity::stock_level::{LevelId, Slot};
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::db::sql::Sql;

/// What a level's settings shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelSettings {
    /// Units at or below which the level is to be filled up.
    pub reorder_point: Option<i64>,
    /// Units that are ordered at once.
    pub reorder_quantity: Option<i64>,
    /// Units that reservations leave for others.
    pub safety_stock: i64,
}

/// Writes the settings of a level; `false` when they have another version.
pub async fn update_level_settings(
    tx: &impl ConnectionTrait,
    id: LevelId,
    version: i64,
    settings: LevelSettings,
) -> Result<bool, DbErr> {
    let updated = Sql::new("UPDATE stock_levels SET reorder_point = ")
        .bind(settings.reorder_point)
        .push(", reorder_quantity = ")
        .bind(settings.reorder_quantity)
        .push(", safety_stock = ")
        .bind(settings.safety_stock)
        .push(", settings_version = settings_version + 1 WHERE id = ")
        .bind(id)
        .push(" AND settings_version = ")
        .bind(version)
        .execute(tx)
        .await?;
    Ok(updated == 1)
}

#[derive(FromQueryResult)]
struct Sold {
    variant_id: ProductVariantId,
    location_id: LocationId,
    since: i64,
    sold: i64,
}

/// How many units were sold from levels since moments, as far as `actor` may know. Corrections of sales count, too.
pub async fn units_sold(
    db: &impl ConnectionTrait,
    actor: &Actor,
    asked: &[(Slot, Timestamp)],
) -> Result<HashMap<(Slot, Timestamp), i64>, DbErr> {
    if asked.is_empty() || !location::may_see_stock(actor) {
        return Ok(HashMap::new());
    }
    // The condition on the reason is in the sum, so that the range of times is what the database searches by.
    let sql = Sql::new("WITH asked (variant_id, location_id, since) AS (")
        .rows(asked, |(slot, since)| [slot.variant.into(), slot.location.into(), (*since).into()])
        .push(
            ") SELECT variant_id, location_id, since, CAST(COALESCE((SELECT SUM(CASE WHEN reason = 'SOLD' THEN -delta ELSE 0 END) \
             FROM stock_movements WHERE stock_movements.variant_id = asked.variant_id AND stock_movements.location_id = asked.location_id \
             AND state = 'ON_HAND' AND created_at >= asked.since), 0) AS BIGINT) AS sold FROM asked",
        );
    let rows: Vec<Sold> = sql.all(db).await?;
    let key = |row: &Sold| (Slot { variant: row.variant_id, location: row.location_id }, Timestamp(row.since));
    Ok(rows.iter().map(|row| (key(row), row.sold.max(0))).collect())
}
