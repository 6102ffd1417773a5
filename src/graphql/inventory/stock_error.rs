//! What can be wrong with a change of stock, with the numbers that a client needs to go on.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};

use super::{Location, LocationContext as _};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::error::user::{UserErrorCode, path, sentence};
use crate::graphql::in_order::InOrder;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::error::InventoryError;
use crate::kernel::error::{At, UserFault as _};

/// More units were to be taken than are available. Nothing was written.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct InsufficientStockError {
    /// Why, for programs: `INSUFFICIENT_STOCK`.
    pub code: UserErrorCode,
    /// Why, for people, in English.
    pub message: String,
    /// Where: the path of the first line that takes from this level.
    pub field: Option<Vec<String>>,
    /// Units that could have been taken.
    pub available: i64,
    /// Units that were to be taken, over all lines of this variant and location.
    pub requested: i64,
    #[graphql(skip)]
    variant_id: ProductVariantId,
    #[graphql(skip)]
    location_id: Option<LocationId>,
}

#[ComplexObject]
impl InsufficientStockError {
    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.variant_id).await
    }

    /// The location; null when no location has enough, where any may give.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<InOrder<Location>>> {
        match self.location_id {
            Some(id) => ctx.location(id).await,
            None => Ok(None),
        }
    }
}

impl InsufficientStockError {
    /// The error at its place.
    pub fn new(
        at: At<InventoryError>,
        (variant_id, location_id): (ProductVariantId, Option<LocationId>),
        available: i64,
        requested: i64,
    ) -> Self {
        let (code, message) = (at.error.code().into(), sentence(&at.field, &at.error));
        Self { code, message, field: path(at.field), available, requested, variant_id, location_id }
    }
}

/// The level does not have the number of units that `changeFrom` expects: look again, and decide again. Nothing was written.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct StockChangedError {
    /// Why, for programs: `STALE`.
    pub code: UserErrorCode,
    /// Why, for people, in English.
    pub message: String,
    /// Where: the path of the `changeFrom`.
    pub field: Option<Vec<String>>,
    /// Units that are on hand now.
    pub on_hand: i64,
    #[graphql(skip)]
    variant_id: ProductVariantId,
    #[graphql(skip)]
    location_id: LocationId,
}

#[ComplexObject]
impl StockChangedError {
    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.variant_id).await
    }

    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<InOrder<Location>>> {
        ctx.location(self.location_id).await
    }
}

impl StockChangedError {
    /// The error at its place.
    pub fn new(at: At<InventoryError>, level: Slot, on_hand: i64) -> Self {
        let (code, message) = (at.error.code().into(), sentence(&at.field, &at.error));
        let (variant_id, location_id) = (level.variant, level.location);
        Self { code, message, field: path(at.field), on_hand, variant_id, location_id }
    }
}

/// More units arrive than are outstanding and than the tolerance allows. Nothing was written.
#[derive(Debug, Clone, SimpleObject)]
pub struct OverReceiptError {
    /// Why, for programs: `OUT_OF_RANGE`.
    pub code: UserErrorCode,
    /// Why, for people, in English.
    pub message: String,
    /// Where: the path of the line.
    pub field: Option<Vec<String>>,
    /// Units that were to be received, lost ones among them.
    pub requested: i64,
    /// Units that can still be received.
    pub receivable: i64,
}

impl OverReceiptError {
    /// The error at its place.
    pub fn new(at: At<InventoryError>, requested: i64, receivable: i64) -> Self {
        let (code, message) = (at.error.code().into(), sentence(&at.field, &at.error));
        Self { code, message, field: path(at.field), requested, receivable }
    }
}
