//! The ledger in the schema: one row for each change of a level.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::filter;
use super::stock_adjustment::{StockAdjustment, StockAdjustmentContext as _, StockReason};
use super::stock_balance::StockBalance;
use super::{Location, LocationContext as _};
use crate::connection;
use crate::graphql::accounts::{User, UserContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::connection::Total;
use crate::graphql::error;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::entity::stock_movement::{self, MovementId};
use crate::inventory::store::{self, HistoryFilter, MovementFilter};
use crate::kernel::actor;
use crate::kernel::error::Fault;
use crate::kernel::page::PageArgs;

/// One change of one stock level.
#[derive(Debug, Clone)]
pub struct StockMovement(pub stock_movement::Model);

/// One change of one stock level. Movements are never changed or deleted: a mistake is corrected by another movement.
#[Object]
impl StockMovement {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The adjustment that it is a part of.
    async fn adjustment(&self, ctx: &Context<'_>) -> Result<StockAdjustment> {
        let gone = || ctx.fault(Fault::Internal(format!("the adjustment of {} is not there", self.0.id)));
        ctx.stock_adjustment(self.0.adjustment_id).await?.ok_or_else(gone)
    }

    /// Its number in the adjustment, from 1.
    async fn line(&self) -> i64 {
        self.0.line
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

    /// The number of the level that changed.
    async fn state(&self) -> StockState {
        self.0.state.into()
    }

    /// Units that came, or went when negative. Never zero.
    async fn delta(&self) -> i64 {
        self.0.delta
    }

    /// The number that `state` names, afterwards.
    async fn balance_after(&self) -> i64 {
        self.0.balance_after
    }

    /// Units on hand afterwards; null when another number changed.
    async fn on_hand_after(&self) -> Option<i64> {
        self.0.on_hand_after()
    }

    /// What every number of the level was afterwards.
    async fn balance(&self, ctx: &Context<'_>) -> Result<StockBalance> {
        let key = (self.0.slot(), self.0.level_version);
        let found = ctx.loaders().balances_after.load(key).await.map_err(|fault| ctx.fault(fault))?;
        let gone = || ctx.fault(Fault::Internal(format!("the balance after {} is not there", self.0.id)));
        Ok(StockBalance::new(found.ok_or_else(gone)?, Some(self.0.created_at)))
    }

    /// The version of the level afterwards: the movements of a level are numbered from 1 without a gap.
    async fn level_version(&self) -> i64 {
        self.0.level_version
    }

    /// Why.
    async fn reason(&self) -> StockReason {
        self.0.reason.into()
    }

    /// The document behind it, such as an order number.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The id of the user who made it; null when no user did.
    async fn actor_id(&self) -> Option<ID> {
        self.0.actor_id.map(scalars::id)
    }

    /// The user who made it; null when no user did, or when the caller may not see users (`READ_USERS`).
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.actor_id {
            Some(id) => ctx.user(id).await,
            None => Ok(None),
        }
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// A number of a stock level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "stock_movement::State")]
pub enum StockState {
    /// The units that are there, in whatever condition.
    OnHand,
    /// Units of these that are promised to someone.
    Reserved,
    /// Units of these that are damaged.
    Damaged,
    /// Units of these that wait for a check of their quality.
    QualityControl,
    /// The units on their way to the location.
    Incoming,
}

connection!(
    /// A page of stock movements.
    StockMovementConnection,
    StockMovementEdge,
    StockMovement
);

/// How to order stock movements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::HistoryOrder")]
pub enum StockMovementOrder {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
}

/// Which stock movements to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct StockMovementFilter {
    /// Only these variants: at most 100.
    pub variant_ids: Option<Vec<ID>>,
    /// Only the variants with these SKUs: at most 100.
    pub skus: Option<Vec<String>>,
    /// Only these locations: at most 100.
    pub location_ids: Option<Vec<ID>>,
    /// Only the locations with these codes: at most 100.
    pub location_codes: Option<Vec<String>>,
    /// Only changes of one of these numbers.
    pub states: Option<Vec<StockState>>,
    /// Only for one of these reasons.
    pub reasons: Option<Vec<StockReason>>,
    /// Only with one of these documents behind them: at most 100.
    pub references: Option<Vec<String>>,
    /// Only made by this user.
    pub actor_id: Option<ID>,
    /// Only of this adjustment.
    pub adjustment_id: Option<ID>,
    /// Only posted by one of these documents, such as a stock count: at most 100.
    pub document_ids: Option<Vec<ID>>,
    /// Not earlier than this moment.
    pub from: Option<DateTime>,
    /// Earlier than this moment.
    pub until: Option<DateTime>,
}

impl StockMovementFilter {
    fn read(self) -> Result<MovementFilter> {
        let reasons = filter::bounded("filter.reasons", self.reasons)?;
        let history = HistoryFilter {
            reasons: reasons.map(|reasons| reasons.into_iter().map(Into::into).collect()),
            references: filter::texts("filter.references", self.references)?,
            actor: self.actor_id.map(|id| scalars::read_id("filter.actorId", &id)).transpose()?,
            from: self.from.map(|from| from.0),
            until: self.until.map(|until| until.0),
        };
        Ok(MovementFilter {
            history,
            states: filter::bounded("filter.states", self.states)?
                .map(|states| states.into_iter().map(Into::into).collect()),
            variants: filter::ids("filter.variantIds", self.variant_ids)?,
            skus: filter::texts("filter.skus", self.skus)?,
            locations: filter::ids("filter.locationIds", self.location_ids)?,
            documents: filter::documents("filter.documentIds", self.document_ids)?,
            location_codes: filter::codes("filter.locationCodes", self.location_codes)?,
            adjustment: self.adjustment_id.map(|id| scalars::read_id("filter.adjustmentId", &id)).transpose()?,
        })
    }
}

#[derive(Default)]
pub struct StockMovementQuery;

#[Object]
impl StockMovementQuery {
    /// The ledger: every change of stock, with its reason, its document and who made it. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn stock_movements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which movements to list.")] filter: Option<StockMovementFilter>,
        #[graphql(desc = "How to order them.", default_with = "StockMovementOrder::CreatedAtDesc")]
        order_by: StockMovementOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<StockMovementConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let select = store::movements(ctx.actor(), filter.unwrap_or_default().read()?);
        let db = &ctx.services().db;
        let slice = store::movements_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(StockMovementConnection::of(slice, Total::of(db, select), StockMovement))
    }
}

/// Short ways to stock movements.
pub(in crate::graphql) trait StockMovementContext {
    /// The movement, if the caller may see it.
    async fn stock_movement(&self, id: MovementId) -> Result<Option<StockMovement>>;
}

impl StockMovementContext for Context<'_> {
    async fn stock_movement(&self, id: MovementId) -> Result<Option<StockMovement>> {
        let found = self.loaders().stock_movements.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(StockMovement))
    }
}
