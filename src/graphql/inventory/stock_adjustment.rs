//! Stock adjustments in the schema: the groups in which stock was changed.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::filter;
use super::stock_document::{self, StockDocument, StockDocumentContext as _};
use super::stock_movement::{StockMovement, StockMovementConnection, StockMovementOrder, StockState};
use super::{Location, LocationContext as _};
use crate::connection;
use crate::graphql::accounts::{User, UserContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::connection::{self, Total};
use crate::graphql::error;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::loaders::Nested;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::entity::stock_adjustment::{self, AdjustmentId};
use crate::inventory::entity::stock_movement;
use crate::inventory::ledger::Posted;
use crate::inventory::store::{self, AdjustmentFilter, HistoryFilter};
use crate::kernel::actor;
use crate::kernel::error::Fault;
use crate::kernel::page::PageArgs;

/// A group of changes of stock.
#[derive(Debug, Clone)]
pub struct StockAdjustment {
    row: stock_adjustment::Model,
    /// Its movements, when they are at hand.
    lines: Option<Vec<stock_movement::Model>>,
}

impl StockAdjustment {
    /// An adjustment whose lines are looked up when asked for.
    pub fn new(row: stock_adjustment::Model) -> Self {
        Self { row, lines: None }
    }

    /// An adjustment that was just made, or would have been.
    pub fn posted(posted: &Posted) -> Self {
        Self { row: posted.adjustment.clone(), lines: Some(posted.movements.clone()) }
    }
}

/// A group of changes of stock that took effect together, for one reason. Never changed or deleted.
#[Object]
impl StockAdjustment {
    /// The id. That of a dry run names nothing.
    pub async fn id(&self) -> ID {
        scalars::id(self.row.id)
    }

    /// How it was asked for.
    async fn kind(&self) -> StockAdjustmentKind {
        self.row.kind.into()
    }

    /// Why.
    async fn reason(&self) -> StockReason {
        self.row.reason.into()
    }

    /// The document behind it, such as an order number.
    async fn reference(&self) -> Option<&str> {
        self.row.reference.as_deref()
    }

    /// The document that made it, such as a purchase order; null when none did.
    async fn document(&self, ctx: &Context<'_>) -> Result<Option<StockDocument>> {
        match self.row.document() {
            Some(document) => ctx.stock_document(document).await,
            None => Ok(None),
        }
    }

    /// Words for people.
    async fn note(&self) -> Option<&str> {
        self.row.note.as_deref()
    }

    /// What changed, in the order of the input: one line for each number of a level, of which several input lines may have been summed. A level
    /// whose lines cancelled out has none.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<StockAdjustmentLine>> {
        let lines = match &self.lines {
            Some(lines) => lines.clone(),
            None => ctx.loaders().adjustment_lines.load(self.row.id).await.map_err(|fault| ctx.fault(fault))?,
        };
        Ok(lines.into_iter().map(StockAdjustmentLine).collect())
    }

    /// Its movements: the same as `lines`, as rows of the ledger and page by page. None after a dry run.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn movements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to order them.", default_with = "StockMovementOrder::CreatedAtAsc")]
        order_by: StockMovementOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<StockMovementConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let (id, loaders) = (self.row.id, ctx.loaders());
        let list = Nested { parent: id, order: order_by.into(), page: page.clone() };
        let slice = connection::nested(ctx, loaders.movements_of_adjustment.load(list).await, &page)?;
        let counts = loaders.movement_count.clone();
        let total = Total::by(move || {
            let counts = counts.clone();
            Box::pin(async move { Ok(counts.load(id).await?) })
        });
        Ok(StockMovementConnection::of(slice, total, StockMovement))
    }

    /// The adjustment that this one takes back.
    async fn reverses(&self, ctx: &Context<'_>) -> Result<Option<StockAdjustment>> {
        match self.row.reverses_id {
            Some(id) => ctx.stock_adjustment(id).await,
            None => Ok(None),
        }
    }

    /// The adjustment that takes this one back.
    async fn reversed_by(&self, ctx: &Context<'_>) -> Result<Option<StockAdjustment>> {
        let found = ctx.loaders().reversal_of_adjustment.load(self.row.id).await;
        Ok(found.map_err(|fault| ctx.fault(fault))?.map(StockAdjustment::new))
    }

    /// The id of the user who made it; null when no user did.
    async fn actor_id(&self) -> Option<ID> {
        self.row.actor_id.map(scalars::id)
    }

    /// The user who made it; null when no user did, or when the caller may not see users (`READ_USERS`).
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.row.actor_id {
            Some(id) => ctx.user(id).await,
            None => Ok(None),
        }
    }

    /// The part of the server that made it, such as `import`; null when a user did.
    async fn actor_name(&self) -> Option<&str> {
        self.row.actor_name.as_deref()
    }

    /// The request that made it: the id that the client got, and that the server's log names.
    async fn request_id(&self) -> &str {
        &self.row.request_id
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }
}

/// One number of a level that an adjustment changed.
#[derive(Debug, Clone)]
pub struct StockAdjustmentLine(pub stock_movement::Model);

/// One number of a level that an adjustment changed.
#[Object]
impl StockAdjustmentLine {
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
}

/// How an adjustment was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "stock_adjustment::Kind")]
pub enum StockAdjustmentKind {
    /// By `stockAdjust`: changes, up or down.
    Adjust,
    /// By `stockSet`: absolute numbers.
    Set,
    /// By `stockMove`: from location to location.
    Move,
    /// By `stockReclassify`: from condition to condition.
    Reclassify,
    /// By a reservation.
    Reservation,
    /// By a purchase order.
    PurchaseOrder,
    /// By a transfer between locations.
    Transfer,
    /// By a stock count.
    Count,
    /// By a return to stock.
    Return,
    /// By a write-off.
    WriteOff,
    /// By taking back an earlier adjustment.
    Reversal,
}

/// Why stock changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "stock_adjustment::Reason")]
pub enum StockReason {
    /// Goods came in from a supplier.
    Received,
    /// Sold.
    Sold,
    /// A customer sent it back.
    Returned,
    /// Broken or spoiled.
    Damaged,
    /// Stolen or not to be found.
    Lost,
    /// Looked at: sound after all, or not.
    Inspected,
    /// Turned up again.
    Found,
    /// Given away: samples, gifts, own use.
    GivenAway,
    /// Made or taken apart in house.
    Produced,
    /// Somebody counted.
    Count,
    /// Mends an earlier mistake.
    Correction,
    /// Moved between locations.
    Transfer,
    /// What was there when stock began to be kept.
    OpeningStock,
    /// Promised to someone. Only reservations give this reason.
    Reserved,
    /// No longer promised. Only reservations give this reason.
    Released,
    /// No longer promised, as the time for it is over. Only reservations give this reason.
    Expired,
    /// Ordered from a supplier, or no longer. Only purchase orders give this reason.
    Ordered,
    /// Something else; the note says what.
    Other,
}

connection!(
    /// A page of stock adjustments.
    StockAdjustmentConnection,
    StockAdjustmentEdge,
    StockAdjustment
);

/// How to order stock adjustments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::HistoryOrder")]
pub enum StockAdjustmentOrder {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
}

/// Which stock adjustments to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct StockAdjustmentFilter {
    /// Only of these kinds.
    pub kinds: Option<Vec<StockAdjustmentKind>>,
    /// Only for one of these reasons.
    pub reasons: Option<Vec<StockReason>>,
    /// Only with one of these documents behind them: at most 100.
    pub references: Option<Vec<String>>,
    /// Only made by this user.
    pub actor_id: Option<ID>,
    /// Only made by this document, such as a purchase order.
    pub document_id: Option<ID>,
    /// Not earlier than this moment.
    pub from: Option<DateTime>,
    /// Earlier than this moment.
    pub until: Option<DateTime>,
}

impl StockAdjustmentFilter {
    fn read(self) -> Result<AdjustmentFilter> {
        let reasons = filter::bounded("filter.reasons", self.reasons)?;
        let history = HistoryFilter {
            reasons: reasons.map(|reasons| reasons.into_iter().map(Into::into).collect()),
            references: filter::texts("filter.references", self.references)?,
            actor: self.actor_id.map(|id| scalars::read_id("filter.actorId", &id)).transpose()?,
            from: self.from.map(|from| from.0),
            until: self.until.map(|until| until.0),
        };
        let kinds = filter::bounded("filter.kinds", self.kinds)?;
        let document = self.document_id.map(|id| stock_document::read_id("filter.documentId", &id)).transpose()?;
        Ok(AdjustmentFilter {
            history,
            kinds: kinds.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            document,
        })
    }
}

#[derive(Default)]
pub struct StockAdjustmentQuery;

#[Object]
impl StockAdjustmentQuery {
    /// The groups in which stock was changed. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn stock_adjustments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which adjustments to list.")] filter: Option<StockAdjustmentFilter>,
        #[graphql(desc = "How to order them.", default_with = "StockAdjustmentOrder::CreatedAtDesc")]
        order_by: StockAdjustmentOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<StockAdjustmentConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let select = store::adjustments(ctx.actor(), filter.unwrap_or_default().read()?);
        let db = &ctx.services().db;
        let slice = store::adjustments_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(StockAdjustmentConnection::of(slice, Total::of(db, select), StockAdjustment::new))
    }
}

/// Short ways to stock adjustments.
pub(in crate::graphql) trait StockAdjustmentContext {
    /// The adjustment, if the caller may see it.
    async fn stock_adjustment(&self, id: AdjustmentId) -> Result<Option<StockAdjustment>>;
}

impl StockAdjustmentContext for Context<'_> {
    async fn stock_adjustment(&self, id: AdjustmentId) -> Result<Option<StockAdjustment>> {
        let found = self.loaders().stock_adjustments.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(StockAdjustment::new))
    }
}
