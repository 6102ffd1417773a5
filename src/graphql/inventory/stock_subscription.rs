//! `stockLevelChanged` and `lowStockReached`: what happens to levels, as it is committed.

use std::collections::BTreeSet;

use async_graphql::{Context, ID, Object, Result, Subscription};
use futures_util::Stream;
use serde::de::DeserializeOwned;

use super::low_stock_event::LowStockEvent;
use super::stock_adjustment::{StockAdjustment, StockAdjustmentContext as _};
use super::stock_movement::StockState;
use super::stream::{self, Told};
use super::{Location, LocationContext as _, filter};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::ledger::{LEVEL_CHANGED, LevelChanged};
use crate::inventory::low_stock::{LEVEL_LOW, LevelLow};
use crate::kernel::actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::outbox::Stored;

/// A change of a stock level.
#[derive(Debug, Clone, Copy)]
pub struct StockLevelEvent {
    change: LevelChanged,
    occurred_at: Timestamp,
}

/// A change of a stock level: the level as the change left it.
#[Object]
impl StockLevelEvent {
    /// The id of the level.
    async fn level_id(&self) -> ID {
        scalars::id(self.change.level)
    }

    /// The id of the variant.
    async fn variant_id(&self) -> ID {
        scalars::id(self.change.variant)
    }

    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.change.variant).await
    }

    /// The id of the location.
    async fn location_id(&self) -> ID {
        scalars::id(self.change.location)
    }

    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<InOrder<Location>>> {
        ctx.location(self.change.location).await
    }

    /// The number of the level that changed.
    async fn state(&self) -> StockState {
        self.change.state.into()
    }

    /// Units that came, or went when negative.
    async fn delta(&self) -> i64 {
        self.change.delta
    }

    /// Units that are there.
    async fn on_hand(&self) -> i64 {
        self.change.on_hand
    }

    /// Units of these that are promised to someone.
    async fn reserved(&self) -> i64 {
        self.change.reserved
    }

    /// Units of these that are damaged.
    async fn damaged(&self) -> i64 {
        self.change.damaged
    }

    /// Units of these that wait for a check of their quality.
    async fn quality_control(&self) -> i64 {
        self.change.quality_control
    }

    /// Units on their way here.
    async fn incoming(&self) -> i64 {
        self.change.incoming
    }

    /// Units that can still be taken or promised.
    async fn available(&self) -> i64 {
        self.change.balance().available()
    }

    /// Units promised beyond those that are there.
    async fn backordered(&self) -> i64 {
        self.change.balance().backordered()
    }

    /// The version of the level: of two events, the one with the greater version is the later.
    async fn version(&self) -> i64 {
        self.change.version
    }

    /// The adjustment that made the change.
    async fn adjustment(&self, ctx: &Context<'_>) -> Result<Option<StockAdjustment>> {
        ctx.stock_adjustment(self.change.adjustment).await
    }

    /// When it was made.
    async fn occurred_at(&self) -> DateTime {
        self.occurred_at.into()
    }
}

#[derive(Default)]
pub struct StockSubscription;

#[Subscription]
impl StockSubscription {
    /// Changes of stock, after they are committed. Requires the permission `READ_INVENTORY`, at each moment: whoever loses it gets an error, and the
    /// stream ends. So does a client that reads too slowly to be told everything: read the levels again, and subscribe again.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    async fn stock_level_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these variants: at most 100. All when left out.")] variant_ids: Option<Vec<ID>>,
        #[graphql(desc = "Only these locations: at most 100. All when left out.")] location_ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = Result<StockLevelEvent>> + use<>> {
        let variants = filter::ids("variantIds", variant_ids)?;
        let locations = filter::ids("locationIds", location_ids)?;
        Ok(stream::events(
            ctx,
            Narrowed::new(variants, locations).reader(LEVEL_CHANGED, |stored, change: LevelChanged| {
                (change.slot(), StockLevelEvent { change, occurred_at: stored.occurred_at })
            }),
        ))
    }

    /// Levels that come down to their reorder point, after what brought them there is committed: once each time, and not again while they stay low.
    /// Also when a reorder point is raised to where its level is. Requires the permission `READ_INVENTORY`, as `stockLevelChanged` does.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    async fn low_stock_reached(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these variants: at most 100. All when left out.")] variant_ids: Option<Vec<ID>>,
        #[graphql(desc = "Only these locations: at most 100. All when left out.")] location_ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = Result<LowStockEvent>> + use<>> {
        let variants = filter::ids("variantIds", variant_ids)?;
        let locations = filter::ids("locationIds", location_ids)?;
        Ok(stream::events(
            ctx,
            Narrowed::new(variants, locations).reader(LEVEL_LOW, |stored, low: LevelLow| {
                (low.slot(), LowStockEvent { low, occurred_at: stored.occurred_at })
            }),
        ))
    }
}

/// Which levels a subscriber wants to hear of.
struct Narrowed {
    variants: Option<BTreeSet<ProductVariantId>>,
    locations: Option<BTreeSet<LocationId>>,
}

impl Narrowed {
    fn new(variants: Option<Vec<ProductVariantId>>, locations: Option<Vec<LocationId>>) -> Self {
        Self {
            variants: variants.map(|ids| ids.into_iter().collect()),
            locations: locations.map(|ids| ids.into_iter().collect()),
        }
    }

    /// Reads the events of one topic about these levels.
    fn reader<P, T>(
        self,
        topic: &'static str,
        tell: fn(&Stored, P) -> (Slot, T),
    ) -> impl Fn(&Stored) -> Told<T> + Send + 'static
    where
        P: DeserializeOwned + 'static,
        T: 'static,
    {
        move |stored| {
            if stored.topic != topic {
                return Ok(None);
            }
            let (slot, told) = tell(stored, serde_json::from_str(&stored.payload)?);
            let wanted = self.variants.as_ref().is_none_or(|ids| ids.contains(&slot.variant))
                && self.locations.as_ref().is_none_or(|ids| ids.contains(&slot.location));
            Ok(wanted.then_some(told))
        }
    }
}
