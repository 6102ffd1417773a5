//! Loaders of the inventory slice.

use std::collections::HashMap;

use sea_orm::DbErr;

use super::{Scope, loader};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::entity::stock_adjustment::{self, AdjustmentId};
use crate::inventory::entity::stock_level::balance::Balance;
use crate::inventory::entity::stock_level::{self, LevelId, Slot};
use crate::inventory::entity::stock_movement::{self, MovementId};
use crate::inventory::store::{self, Past};
use crate::kernel::clock::Timestamp;
use crate::kernel::freshness::Tag;

async fn locations(scope: &Scope, keys: &[LocationId]) -> Result<HashMap<LocationId, Option<location::Model>>, DbErr> {
    let found = store::locations_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Locations by id.
    LocationById,
    LocationByIdBatch,
    LocationId => Option<location::Model>,
    locations
);

async fn levels(scope: &Scope, keys: &[LevelId]) -> Result<HashMap<LevelId, Option<stock_level::Model>>, DbErr> {
    let found = store::levels_by_ids(scope.db.read(), (&scope.actor, scope.clock.now()), keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Stock levels by id.
    StockLevelById,
    StockLevelByIdBatch,
    LevelId => Option<stock_level::Model>,
    levels
);

async fn movements(
    scope: &Scope,
    keys: &[MovementId],
) -> Result<HashMap<MovementId, Option<stock_movement::Model>>, DbErr> {
    let found = store::movements_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Stock movements by id.
    StockMovementById,
    StockMovementByIdBatch,
    MovementId => Option<stock_movement::Model>,
    movements
);

async fn adjustments(
    scope: &Scope,
    keys: &[AdjustmentId],
) -> Result<HashMap<AdjustmentId, Option<stock_adjustment::Model>>, DbErr> {
    let found = store::adjustments_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Stock adjustments by id.
    StockAdjustmentById,
    StockAdjustmentByIdBatch,
    AdjustmentId => Option<stock_adjustment::Model>,
    adjustments
);

async fn reversals(
    scope: &Scope,
    keys: &[AdjustmentId],
) -> Result<HashMap<AdjustmentId, Option<stock_adjustment::Model>>, DbErr> {
    let found = store::reversals_of(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// The adjustment that takes an adjustment back.
    ReversalOfAdjustment,
    ReversalOfAdjustmentBatch,
    AdjustmentId => Option<stock_adjustment::Model>,
    reversals
);

async fn adjustment_lines(
    scope: &Scope,
    keys: &[AdjustmentId],
) -> Result<HashMap<AdjustmentId, Vec<stock_movement::Model>>, DbErr> {
    store::lines_of_adjustments(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// The movements of an adjustment, in the order of its lines.
    LinesOfAdjustment,
    LinesOfAdjustmentBatch,
    AdjustmentId => Vec<stock_movement::Model>,
    adjustment_lines
);

async fn available(scope: &Scope, keys: &[ProductVariantId]) -> Result<HashMap<ProductVariantId, i64>, DbErr> {
    scope.depends_on(keys.iter().map(|variant| Tag::object(variant.0)));
    store::available_of_variants(scope.db.read(), keys, scope.clock.now()).await
}

loader!(
    /// Units of a variant that can be taken or promised, over all locations. Whoever may see the variant may know.
    AvailableOfVariant,
    AvailableOfVariantBatch,
    ProductVariantId => i64,
    available
);

async fn balances_at(
    scope: &Scope,
    keys: &[(Slot, Timestamp)],
) -> Result<HashMap<(Slot, Timestamp), Option<Past>>, DbErr> {
    let found = store::balances_at(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(key, past)| (key, Some(past))).collect())
}

loader!(
    /// What a level held at a moment; nothing when it had no movement by then.
    BalanceAt,
    BalanceAtBatch,
    (Slot, Timestamp) => Option<Past>,
    balances_at
);

async fn balances_after(scope: &Scope, keys: &[(Slot, i64)]) -> Result<HashMap<(Slot, i64), Option<Balance>>, DbErr> {
    let found = store::balances_after(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(key, balance)| (key, Some(balance))).collect())
}

loader!(
    /// What a level held after the movement with this number.
    BalanceAfter,
    BalanceAfterBatch,
    (Slot, i64) => Option<Balance>,
    balances_after
);

async fn units_sold(scope: &Scope, keys: &[(Slot, Timestamp)]) -> Result<HashMap<(Slot, Timestamp), i64>, DbErr> {
    store::units_sold(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// Units sold from a level since a moment.
    UnitsSold,
    UnitsSoldBatch,
    (Slot, Timestamp) => i64,
    units_sold
);
