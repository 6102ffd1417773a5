//! What `lowStockReached` tells.

use async_graphql::{Context, ID, Object, Result};

use super::stock_adjustment::{StockAdjustment, StockAdjustmentContext as _};
use super::{Location, LocationContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::in_order::InOrder;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::low_stock::LevelLow;
use crate::inventory::rules::watch;
use crate::kernel::clock::Timestamp;

/// A level that came down to its reorder point.
#[derive(Debug, Clone, Copy)]
pub struct LowStockEvent {
    pub(super) low: LevelLow,
    pub(super) occurred_at: Timestamp,
}

/// A level that came down to its reorder point, as it was then.
#[Object]
impl LowStockEvent {
    /// The id of the level.
    async fn level_id(&self) -> ID {
        scalars::id(self.low.level)
    }

    /// The id of the variant.
    async fn variant_id(&self) -> ID {
        scalars::id(self.low.variant)
    }

    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.low.variant).await
    }

    /// The id of the location.
    async fn location_id(&self) -> ID {
        scalars::id(self.low.location)
    }

    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<InOrder<Location>>> {
        ctx.location(self.low.location).await
    }

    /// Units that could still be taken or promised.
    async fn available(&self) -> i64 {
        self.low.available
    }

    /// Units on their way there.
    async fn incoming(&self) -> i64 {
        self.low.incoming
    }

    /// Units at or below which the level is low.
    async fn reorder_point(&self) -> i64 {
        self.low.reorder_point
    }

    /// Units over the reorder point, with everything incoming there and every promise kept: zero or less.
    async fn reorder_margin(&self) -> i64 {
        self.low.margin
    }

    /// Units to order so that the level is over its reorder point again.
    async fn suggested_order_quantity(&self) -> Option<i64> {
        watch::suggested_order(Some(self.low.margin), self.low.reorder_quantity)
    }

    /// The version of the level.
    async fn version(&self) -> i64 {
        self.low.version
    }

    /// The adjustment that brought it there; null when the reorder point was raised.
    async fn adjustment(&self, ctx: &Context<'_>) -> Result<Option<StockAdjustment>> {
        match self.low.adjustment {
            Some(id) => ctx.stock_adjustment(id).await,
            None => Ok(None),
        }
    }

    /// When.
    async fn occurred_at(&self) -> DateTime {
        self.occurred_at.into()
    }
}
