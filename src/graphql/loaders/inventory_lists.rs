//! Loaders of the inventory's nested lists, and of how long each is.

use std::collections::HashMap;

use sea_orm::DbErr;

use super::nested::{self, Nested, NestedPage};
use super::{Scope, loader, primes};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_adjustment::AdjustmentId;
use crate::inventory::entity::{stock_level, stock_movement};
use crate::inventory::store::{self, HistoryOrder, LevelOrder};

type OfVariant = Nested<ProductVariantId, LevelOrder>;

async fn levels_of_variants(
    scope: &Scope,
    keys: &[OfVariant],
) -> Result<HashMap<OfVariant, NestedPage<stock_level::Model>>, DbErr> {
    let (db, look) = (scope.db.read(), (&scope.actor, scope.clock.now()));
    let read = |variants: Vec<_>, order, page| async move {
        store::levels_of_variants(db, look, &variants, order, &page).await
    };
    nested::pages(keys, read).await
}

loader!(
    /// A page of the levels of a variant.
    LevelsOfVariant,
    LevelsOfVariantBatch,
    OfVariant => NestedPage<stock_level::Model>,
    levels_of_variants
);
primes!(LevelsOfVariant, OfVariant => NestedPage<stock_level::Model>, levels_of_variants);

async fn level_counts_of_variants(
    scope: &Scope,
    keys: &[ProductVariantId],
) -> Result<HashMap<ProductVariantId, u64>, DbErr> {
    store::level_counts_of_variants(scope.db.read(), (&scope.actor, scope.clock.now()), keys).await
}

loader!(
    /// How many levels a variant has.
    LevelCountOfVariant,
    LevelCountOfVariantBatch,
    ProductVariantId => u64,
    level_counts_of_variants
);

type AtLocation = Nested<LocationId, LevelOrder>;

async fn levels_at_locations(
    scope: &Scope,
    keys: &[AtLocation],
) -> Result<HashMap<AtLocation, NestedPage<stock_level::Model>>, DbErr> {
    let (db, look) = (scope.db.read(), (&scope.actor, scope.clock.now()));
    let read = |locations: Vec<_>, order, page| async move {
        store::levels_at_locations(db, look, &locations, order, &page).await
    };
    nested::pages(keys, read).await
}

loader!(
    /// A page of the levels at a location.
    LevelsAtLocation,
    LevelsAtLocationBatch,
    AtLocation => NestedPage<stock_level::Model>,
    levels_at_locations
);

async fn level_counts_at_locations(scope: &Scope, keys: &[LocationId]) -> Result<HashMap<LocationId, u64>, DbErr> {
    store::level_counts_at_locations(scope.db.read(), (&scope.actor, scope.clock.now()), keys).await
}

loader!(
    /// How many levels a location has.
    LevelCountAtLocation,
    LevelCountAtLocationBatch,
    LocationId => u64,
    level_counts_at_locations
);

type OfAdjustment = Nested<AdjustmentId, HistoryOrder>;

async fn movements_of_adjustments(
    scope: &Scope,
    keys: &[OfAdjustment],
) -> Result<HashMap<OfAdjustment, NestedPage<stock_movement::Model>>, DbErr> {
    let (db, actor) = (scope.db.read(), &scope.actor);
    let read = |adjustments: Vec<_>, order, page| async move {
        store::movements_of_adjustments(db, actor, &adjustments, order, &page).await
    };
    nested::pages(keys, read).await
}

loader!(
    /// A page of the movements of an adjustment.
    MovementsOfAdjustment,
    MovementsOfAdjustmentBatch,
    OfAdjustment => NestedPage<stock_movement::Model>,
    movements_of_adjustments
);

async fn movement_counts(scope: &Scope, keys: &[AdjustmentId]) -> Result<HashMap<AdjustmentId, u64>, DbErr> {
    store::movement_counts(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// How many movements an adjustment has.
    MovementCount,
    MovementCountBatch,
    AdjustmentId => u64,
    movement_counts
);
