//! Stock levels in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::filter::{self, IntRange};
use super::{Location, LocationContext as _};
use crate::connection;
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::connection::Total;
use crate::graphql::error;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::entity::stock_level::{self, LevelId, Slot};
use crate::inventory::store::{self, LevelFilter};
use crate::kernel::actor;
use crate::kernel::error::Fault;
use crate::kernel::page::PageArgs;

/// How many units of one variant are at one location.
#[derive(Debug, Clone)]
pub struct StockLevel(pub stock_level::Model);

/// How many units of one variant are at one location. Only adjustments change it, and its movements add up to `onHand`.
#[Object]
impl StockLevel {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<ProductVariant>> {
        ctx.variant(self.0.variant_id).await
    }

    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<Location> {
        let gone = || ctx.fault(Fault::Internal(format!("the location of {} is not there", self.0.id)));
        ctx.location(self.0.location_id).await?.ok_or_else(gone)
    }

    /// Units that are there, in whatever condition.
    async fn on_hand(&self) -> i64 {
        self.0.on_hand
    }

    /// Units of these that are promised to someone.
    async fn reserved(&self) -> i64 {
        self.0.reserved
    }

    /// Units of these that are damaged.
    async fn damaged(&self) -> i64 {
        self.0.damaged
    }

    /// Units of these that wait for a check of their quality.
    async fn quality_control(&self) -> i64 {
        self.0.quality_control
    }

    /// Units on their way here.
    async fn incoming(&self) -> i64 {
        self.0.incoming
    }

    /// Units that can still be taken or promised: on hand less reserved, damaged and in quality control.
    async fn available(&self) -> i64 {
        self.0.available()
    }

    /// Counted up by each movement.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

connection!(
    /// A page of stock levels.
    StockLevelConnection,
    StockLevelEdge,
    StockLevel
);

/// How to order stock levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::LevelOrder")]
pub enum StockLevelOrder {
    /// Changed longest ago first.
    UpdatedAtAsc,
    /// Changed last first.
    UpdatedAtDesc,
    /// The fewest units on hand first.
    OnHandAsc,
    /// The most units on hand first.
    OnHandDesc,
    /// The fewest units available first.
    AvailableAsc,
    /// The most units available first.
    AvailableDesc,
    /// In the order in which they were created.
    CreatedAsc,
    /// The last created first.
    CreatedDesc,
}

/// Which stock levels to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct StockLevelFilter {
    /// Only these variants: at most 100.
    pub variant_ids: Option<Vec<ID>>,
    /// Only the variants with these SKUs: at most 100.
    pub skus: Option<Vec<String>>,
    /// Only variants of these products: at most 100.
    pub product_ids: Option<Vec<ID>>,
    /// Only these locations: at most 100.
    pub location_ids: Option<Vec<ID>>,
    /// Only levels with so many units on hand.
    pub on_hand: Option<IntRange>,
    /// Only levels with so many units available.
    pub available: Option<IntRange>,
    /// Only levels with so many damaged units.
    pub damaged: Option<IntRange>,
    /// Only levels with so many units that wait for a check of their quality.
    pub quality_control: Option<IntRange>,
    /// Only levels that were changed at this moment or later.
    pub updated_since: Option<DateTime>,
}

impl StockLevelFilter {
    fn read(self) -> Result<LevelFilter> {
        Ok(LevelFilter {
            variants: filter::ids("filter.variantIds", self.variant_ids)?,
            skus: filter::texts("filter.skus", self.skus)?,
            products: filter::ids("filter.productIds", self.product_ids)?,
            locations: filter::ids("filter.locationIds", self.location_ids)?,
            on_hand: IntRange::bounds(self.on_hand),
            available: IntRange::bounds(self.available),
            damaged: IntRange::bounds(self.damaged),
            quality_control: IntRange::bounds(self.quality_control),
            updated_since: self.updated_since.map(|since| since.0),
        })
    }
}

#[derive(Default)]
pub struct StockLevelQuery;

#[Object]
impl StockLevelQuery {
    /// The stock of every variant at every location. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn stock_levels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which levels to list.")] filter: Option<StockLevelFilter>,
        #[graphql(desc = "How to order them.", default_with = "StockLevelOrder::UpdatedAtDesc")]
        order_by: StockLevelOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<StockLevelConnection> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let select = store::levels(ctx.actor(), filter.unwrap_or_default().read()?);
        let db = &ctx.services().db;
        let slice = store::levels_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(StockLevelConnection::new(slice, Total::of(db, select), StockLevel))
    }

    /// The stock of one variant at one location. Null when none was ever kept there. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    async fn stock_level(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant.")] variant_id: ID,
        #[graphql(desc = "The location.")] location_id: ID,
    ) -> Result<Option<StockLevel>> {
        let slot = Slot {
            variant: scalars::read_id("variantId", &variant_id)?,
            location: scalars::read_id("locationId", &location_id)?,
        };
        let found = store::level_of(ctx.services().db.read(), ctx.actor(), slot).await;
        Ok(found.map_err(|fault| ctx.fault(fault))?.map(StockLevel))
    }
}

/// Short ways to stock levels.
pub(in crate::graphql) trait StockLevelContext {
    /// The level, if the caller may see it.
    async fn stock_level(&self, id: LevelId) -> Result<Option<StockLevel>>;
}

impl StockLevelContext for Context<'_> {
    async fn stock_level(&self, id: LevelId) -> Result<Option<StockLevel>> {
        let found = self.loaders().stock_levels.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(StockLevel))
    }
}
