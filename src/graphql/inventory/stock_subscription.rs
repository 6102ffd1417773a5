//! `stockLevelChanged`: changes of stock as they are committed, to those who may see them for as long as they may.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, ID, Object, Result, Subscription};
use futures_util::{Stream, stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior};

use super::filter;
use super::stock_adjustment::{StockAdjustment, StockAdjustmentContext as _};
use super::stock_movement::StockState;
use super::{Location, LocationContext as _};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::error::{self, ErrorCode};
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::graphql::services::Services;
use crate::inventory::entity::location::LocationId;
use crate::inventory::ledger::{LEVEL_CHANGED, LevelChanged};
use crate::kernel::actor::{self, Actor};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Fault;
use crate::kernel::outbox::Stored;

/// How long a subscriber who has lost the permission may go on at most when nothing happens; each event is checked too.
const RECHECK: Duration = Duration::from_secs(2);

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
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<ProductVariant>> {
        ctx.variant(self.change.variant).await
    }

    /// The id of the location.
    async fn location_id(&self) -> ID {
        scalars::id(self.change.location)
    }

    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<Location>> {
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
        let mut recheck = tokio::time::interval(RECHECK);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let services = ctx.services();
        let watch = Watch {
            events: services.feed.subscribe(),
            recheck,
            services: services.clone(),
            actor: ctx.actor().clone(),
            request_id: ctx.caller().request_id.clone(),
            variants: variants.map(|ids| ids.into_iter().collect()),
            locations: locations.map(|ids| ids.into_iter().collect()),
        };
        Ok(stream::unfold(Some(watch), |watch| async move {
            let mut watch = watch?;
            let next = watch.next().await?;
            // An error is the last word.
            let rest = next.is_ok().then_some(watch);
            Some((next, rest))
        }))
    }
}

/// One subscriber.
struct Watch {
    events: Receiver<Arc<Stored>>,
    recheck: Interval,
    services: Services,
    actor: Actor,
    request_id: String,
    variants: Option<BTreeSet<ProductVariantId>>,
    locations: Option<BTreeSet<LocationId>>,
}

impl Watch {
    /// The next change that concerns the subscriber; nothing when the server stops.
    async fn next(&mut self) -> Option<Result<StockLevelEvent>> {
        loop {
            let event = tokio::select! {
                event = self.events.recv() => Some(event),
                _ = self.recheck.tick() => None,
            };
            let event = match event {
                None => None,
                Some(Ok(stored)) => match self.read(&stored) {
                    Ok(None) => continue,
                    Ok(Some(event)) => Some(event),
                    Err(fault) => return Some(Err(error::of_fault(&fault, &self.request_id))),
                },
                Some(Err(RecvError::Lagged(missed))) => return Some(Err(lagged(missed))),
                Some(Err(RecvError::Closed)) => return None,
            };
            if let Err(error) = self.check().await {
                return Some(Err(error));
            }
            if let Some(event) = event {
                return Some(Ok(event));
            }
        }
    }

    fn read(&self, stored: &Stored) -> std::result::Result<Option<StockLevelEvent>, Fault> {
        if stored.topic != LEVEL_CHANGED {
            return Ok(None);
        }
        let change: LevelChanged = serde_json::from_str(&stored.payload)?;
        let wanted = self.variants.as_ref().is_none_or(|ids| ids.contains(&change.variant))
            && self.locations.as_ref().is_none_or(|ids| ids.contains(&change.location));
        Ok(wanted.then_some(StockLevelEvent { change, occurred_at: stored.occurred_at }))
    }

    /// Refuses a subscriber who may not see stock any more.
    async fn check(&self) -> Result<()> {
        let found = self.services.accounts.actor_now(&self.actor).await;
        let actor = found.map_err(|fault| error::of_fault(&fault, &self.request_id))?;
        let actor = actor.unwrap_or_else(Actor::anonymous);
        actor.require(actor::Permission::ReadInventory).map_err(error::of_denied)
    }
}

fn lagged(missed: u64) -> async_graphql::Error {
    ErrorCode::LimitExceeded.with(&format!(
        "The subscription fell behind and missed {missed} events. Read the levels again, and subscribe again."
    ))
}
