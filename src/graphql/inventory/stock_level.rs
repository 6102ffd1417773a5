//! Stock levels in the schema.

use async_graphql::{Context, ID, Object, Result};
use rust_decimal::Decimal;

use super::filter;
use super::stock_balance::StockBalance;
use super::stock_incoming::StockIncoming;
use super::stock_level_list::{StockLevelConnection, StockLevelFilter, StockLevelOrder};
use super::{Location, LocationContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::columns::Fields;
use crate::graphql::connection::Total;
use crate::graphql::error::{self, ErrorCode};
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime, DecimalText};
use crate::inventory::entity::stock_level::balance::Balance;
use crate::inventory::entity::stock_level::{self, LevelId};
use crate::inventory::rules::watch;
use crate::inventory::store::{self, LevelFilter, View};
use crate::kernel::actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Fault;
use crate::kernel::page::PageArgs;
use crate::kernel::page::columns::Columns;

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
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.0.variant_id).await
    }

    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<InOrder<Location>> {
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

    /// What is behind `incoming`: the purchase orders and transfers that bring units here, those expected soonest first, those without a date last;
    /// the first hundred when there are more.
    async fn incoming_from(&self, ctx: &Context<'_>) -> Result<Vec<StockIncoming>> {
        let found = ctx.loaders().incoming_of.load(self.0.slot()).await.map_err(|fault| ctx.fault(fault))?;
        Ok(found.into_iter().map(StockIncoming).collect())
    }

    /// Units that can still be taken or promised: on hand less reserved, damaged and in quality control; never negative.
    async fn available(&self) -> i64 {
        self.0.available()
    }

    /// Units promised beyond those that are there: `onHand` and `backordered` together are `available`, `reserved`, `damaged` and `qualityControl`
    /// together.
    async fn backordered(&self) -> i64 {
        self.0.backordered
    }

    /// What it held at a past moment: the sum of its movements up to then, those of that very moment included. Null when the level did not exist yet.
    async fn balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The moment. An expired promise counts until the movement that took it back.")]
        as_of: DateTime,
    ) -> Result<Option<StockBalance>> {
        if as_of.0 < self.0.created_at {
            return Ok(None);
        }
        let past = ctx.loaders().balances_at.load((self.0.slot(), as_of.0)).await.map_err(|fault| ctx.fault(fault))?;
        let nothing = StockBalance::new(Balance::default(), None);
        Ok(Some(past.map_or(nothing, |past| StockBalance::new(past.balance, past.changed_at))))
    }

    /// Units at or below which it is low and to be filled up; null when nobody watches it.
    async fn reorder_point(&self) -> Option<i64> {
        self.0.reorder_point
    }

    /// Units that are ordered at once; null when any number can be.
    async fn reorder_quantity(&self) -> Option<i64> {
        self.0.reorder_quantity
    }

    /// Units that reservations leave for others.
    async fn safety_stock(&self) -> i64 {
        self.0.safety_stock
    }

    /// Counted up by each change of the reorder point, the reorder quantity and the safety stock; give it back as `expectedVersion`.
    async fn settings_version(&self) -> i64 {
        self.0.settings_version
    }

    /// Units over the reorder point when everything incoming has come and every promise is kept: `onHand` less `reserved`, `damaged` and
    /// `qualityControl`, and `incoming`, less `reorderPoint`. Zero or less is low. Null without a reorder point.
    async fn reorder_margin(&self) -> Option<i64> {
        self.0.reorder_margin()
    }

    /// Whether it has come down to its reorder point: what is incoming counts as if it were there.
    async fn is_low_stock(&self) -> bool {
        watch::is_low(self.0.reorder_margin())
    }

    /// Units to order so that it is over its reorder point again: the fewest whole reorder quantities. Null when it is not low.
    async fn suggested_order_quantity(&self) -> Option<i64> {
        watch::suggested_order(self.0.reorder_margin(), self.0.reorder_quantity)
    }

    /// Units sold from it in the last days: taken with the reason `SOLD`, less what was brought back with that reason.
    async fn units_sold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many days to look back: 1 to 365.", default = 30)] days: i32,
    ) -> Result<i64> {
        let since = self.sales_since(ctx, days)?;
        ctx.loaders().units_sold.load((self.0.slot(), since)).await.map_err(|fault| ctx.fault(fault))
    }

    /// How many days the available units last if they go on to be sold as in the last days, with one decimal, such as `"12.5"`. A level younger than
    /// that is judged by the time since it began. Null when none were sold.
    async fn days_of_cover(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many days to look back: 1 to 365.", default = 30)] days: i32,
    ) -> Result<Option<DecimalText>> {
        let since = self.sales_since(ctx, days)?;
        let sold = ctx.loaders().units_sold.load((self.0.slot(), since)).await.map_err(|fault| ctx.fault(fault))?;
        let tenths = watch::cover_tenths(self.0.available(), sold, since, ctx.services().clock.now());
        Ok(tenths.map(|tenths| Decimal::new(tenths, 1).into()))
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

impl Fields for StockLevel {
    fn columns(field: &str) -> Columns {
        use stock_level::Column;
        stock_level::Model::asking(match field {
            "id" | "variant" | "location" | "incomingFrom" => &[],
            "onHand" => &[Column::OnHand],
            "reserved" => &[Column::Reserved],
            "damaged" => &[Column::Damaged],
            "qualityControl" => &[Column::QualityControl],
            "incoming" => &[Column::Incoming],
            "available" => {
                &[Column::OnHand, Column::Reserved, Column::Damaged, Column::QualityControl, Column::Backordered]
            }
            "backordered" => &[Column::Backordered],
            "reorderPoint" => &[Column::ReorderPoint],
            "reorderQuantity" => &[Column::ReorderQuantity],
            "safetyStock" => &[Column::SafetyStock],
            "settingsVersion" => &[Column::SettingsVersion],
            "version" => &[Column::Version],
            "updatedAt" => &[Column::UpdatedAt],
            _ => return Columns::ALL,
        })
    }
}

impl StockLevel {
    fn sales_since(&self, ctx: &Context<'_>, days: i32) -> Result<Timestamp> {
        let days = i64::from(days);
        if !(1..=watch::MAX_DAYS).contains(&days) {
            let range = format!("days must be from 1 to {}", watch::MAX_DAYS);
            return Err(ErrorCode::BadUserInput.with(&range));
        }
        Ok(watch::sales_since(self.0.created_at, days, ctx.services().clock.now()))
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
    ) -> Result<InOrder<StockLevelConnection>> {
        let page = ctx.page_of::<StockLevel>(PageArgs { first, after, last, before })?;
        let (filter, order) = (filter.unwrap_or_default().read()?, store::LevelOrder::from(order_by));
        let (db, now) = (&ctx.services().db, ctx.services().clock.now());
        let view = if filter.is_by_available() || order.is_by_available() {
            View::by_available(db.read(), now).await.map_err(|fault| ctx.fault(fault))?
        } else {
            View::at(now)
        };
        let select = store::levels(ctx.actor(), filter, view);
        let slice = store::levels_page(db.read(), select.clone(), (order, view), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(StockLevelConnection::of(slice, Total::of(db, select), StockLevel))
    }

    /// The stock of one variant at one location, now or at a past moment. Null when none was kept there by then. Requires the permission
    /// `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "a variant and a location, each by id or by name")]
    async fn stock_level(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant. Give either `variantId` or `sku`.")] variant_id: Option<ID>,
        #[graphql(desc = "The variant's SKU, in its exact case.")] sku: Option<String>,
        #[graphql(desc = "The location. Give either `locationId` or `locationCode`.")] location_id: Option<ID>,
        #[graphql(desc = "The location's code.")] location_code: Option<String>,
        #[graphql(
            desc = "The moment whose numbers to show: what the movements up to then add up to, those of that very moment included. So an expired promise counts until the movement that took it back. Now when left out."
        )]
        as_of: Option<DateTime>,
    ) -> Result<Option<InOrder<StockLevel>>> {
        let name = LevelName { variant_id, sku, location_id, location_code };
        Ok(find(ctx, name, as_of.map(|moment| moment.0)).await?.map(|row| InOrder(StockLevel(row))))
    }
}

/// The arguments that name a level.
pub(super) struct LevelName {
    pub variant_id: Option<ID>,
    pub sku: Option<String>,
    pub location_id: Option<ID>,
    pub location_code: Option<String>,
}

impl LevelName {
    /// The one level with this name.
    fn read(self) -> Result<LevelFilter> {
        if self.variant_id.is_some() == self.sku.is_some() {
            return Err(ErrorCode::BadUserInput.with(&"Give either `variantId` or `sku`."));
        }
        if self.location_id.is_some() == self.location_code.is_some() {
            return Err(ErrorCode::BadUserInput.with(&"Give either `locationId` or `locationCode`."));
        }
        Ok(LevelFilter {
            variants: filter::ids("variantId", self.variant_id.map(|id| vec![id]))?,
            skus: filter::texts("sku", self.sku.map(|sku| vec![sku]))?,
            locations: filter::ids("locationId", self.location_id.map(|id| vec![id]))?,
            location_codes: filter::codes("locationCode", self.location_code.map(|code| vec![code]))?,
            ..LevelFilter::default()
        })
    }
}

/// The level, now or as it was at a moment, if it was there and the caller may see it.
pub(super) async fn find(
    ctx: &Context<'_>,
    name: LevelName,
    as_of: Option<Timestamp>,
) -> Result<Option<stock_level::Model>> {
    let db = ctx.services().db.read();
    let found = store::level(db, (ctx.actor(), ctx.services().clock.now()), name.read()?).await;
    let Some(mut level) = found.map_err(|fault| ctx.fault(fault))? else { return Ok(None) };
    let Some(moment) = as_of else { return Ok(Some(level)) };
    if moment < level.created_at {
        return Ok(None);
    }
    let asked = (level.slot(), moment);
    let past = store::balances_at(db, ctx.actor(), &[asked]).await.map_err(|fault| ctx.fault(fault))?;
    let past = past.get(&asked);
    past.map(|past| past.balance).unwrap_or_default().write_to(&mut level);
    level.updated_at = past.and_then(|past| past.changed_at).unwrap_or(level.created_at);
    Ok(Some(level))
}

/// Short ways to stock levels.
pub(in crate::graphql) trait StockLevelContext {
    /// The level, if the caller may see it.
    async fn stock_level(&self, id: LevelId) -> Result<Option<InOrder<StockLevel>>>;
}

impl StockLevelContext for Context<'_> {
    async fn stock_level(&self, id: LevelId) -> Result<Option<InOrder<StockLevel>>> {
        let found = self.loaders().stock_levels.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(|row| InOrder(StockLevel(row))))
    }
}
