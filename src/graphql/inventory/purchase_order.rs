//! Purchase orders in the schema.

use async_graphql::{Context, Enum, ID, Object, Result};

use super::stock_adjustment::StockAdjustmentOrder;
use super::stock_receipt::{StockReceipt, StockReceiptConnection};
use super::{Location, LocationContext as _};
use crate::graphql::accounts::{User, UserContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::connection::{self, Total};
use crate::graphql::in_order::InOrder;
use crate::graphql::loaders::Nested;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, CurrencyCode, DateTime, Money};
use crate::inventory::entity::stock_order::{self, Kind, OrderId, PurchaseOrderId, Status};
use crate::inventory::entity::stock_order_line;
use crate::kernel::error::Fault;
use crate::kernel::money::{self, Currency};
use crate::kernel::page::PageArgs;

/// An order of stock from a supplier.
#[derive(Debug, Clone)]
pub struct PurchaseOrder(pub stock_order::Model);

/// An order of stock from a supplier. Its units are `incoming` at its location from `purchaseOrderOrder` on, and on hand from each
/// `purchaseOrderReceive` on.
#[Object]
impl PurchaseOrder {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(PurchaseOrderId(self.0.id.0))
    }

    /// The number for people, such as `PO-000123`.
    pub async fn number(&self) -> &str {
        &self.0.number
    }

    /// How far it has come.
    async fn status(&self) -> PurchaseOrderStatus {
        self.0.status.into()
    }

    /// Who delivers.
    async fn supplier(&self) -> &str {
        self.0.supplier.as_deref().unwrap_or_default()
    }

    /// The currency of all costs.
    async fn currency(&self) -> Option<CurrencyCode> {
        self.0.currency.map(|currency| CurrencyCode(currency.code().to_owned()))
    }

    /// Where the units go.
    async fn location(&self, ctx: &Context<'_>) -> Result<InOrder<Location>> {
        let gone = || ctx.fault(Fault::Internal(format!("the location of {} is not there", self.0.number)));
        ctx.location(self.0.location_id).await?.ok_or_else(gone)
    }

    /// What is ordered, in the order of the input.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<PurchaseOrderLine>> {
        let lines = ctx.loaders().order_lines.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        let (currency, status) = (self.0.currency, self.0.status);
        Ok(lines.into_iter().map(|row| PurchaseOrderLine { row, currency, status }).collect())
    }

    /// What arrived of it, receipt by receipt.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn receipts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to order them.", default_with = "StockAdjustmentOrder::CreatedAtAsc")]
        order_by: StockAdjustmentOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<StockReceiptConnection>> {
        receipts(ctx, self.0.id, order_by, PageArgs { first, after, last, before }).await
    }

    /// When the units are expected.
    async fn expected_at(&self) -> Option<DateTime> {
        self.0.expected_at.map(Into::into)
    }

    /// What the supplier calls it.
    pub async fn external_reference(&self) -> Option<&str> {
        self.0.external_reference.as_deref()
    }

    /// Words for people.
    pub async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Counted up by each change; give it back as `expectedVersion`.
    pub async fn version(&self) -> i64 {
        self.0.version
    }

    /// The user who made it; null when no user did, or when the caller may not see users (`READ_USERS`).
    pub async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.created_by {
            Some(id) => ctx.user(id).await,
            None => Ok(None),
        }
    }

    /// When it was made.
    pub async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last changed.
    pub async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// When it was ordered; null while it is a draft.
    async fn ordered_at(&self) -> Option<DateTime> {
        self.0.opened_at.map(Into::into)
    }

    /// When nothing more was to come of it; null before.
    async fn closed_at(&self) -> Option<DateTime> {
        self.0.closed_at.map(Into::into)
    }
}

/// A page of the receipts of a purchase order or a transfer.
pub(super) async fn receipts(
    ctx: &Context<'_>,
    parent: OrderId,
    order: StockAdjustmentOrder,
    args: PageArgs,
) -> Result<InOrder<StockReceiptConnection>> {
    let (page, loaders) = (ctx.page(args)?, ctx.loaders());
    let list = Nested { parent, order: order.into(), page: page.clone() };
    let slice = connection::nested(ctx, loaders.receipts_of_order.load(list).await, &page)?;
    let counts = loaders.receipt_count.clone();
    let total = Total::by(move || {
        let counts = counts.clone();
        Box::pin(async move { Ok(counts.load(parent).await?) })
    });
    Ok(StockReceiptConnection::of(slice, total, StockReceipt))
}

/// One variant of a purchase order.
#[derive(Debug, Clone)]
pub struct PurchaseOrderLine {
    row: stock_order_line::Model,
    currency: Option<Currency>,
    status: Status,
}

/// One variant of a purchase order, and what became of its units.
#[Object]
impl PurchaseOrderLine {
    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.row.variant_id).await
    }

    /// Units that are ordered.
    async fn ordered(&self) -> i64 {
        self.row.ordered
    }

    /// Units that arrived, in whatever condition; with a tolerance more than were ordered.
    async fn received(&self) -> i64 {
        self.row.received()
    }

    /// Units of these that were sound.
    async fn accepted(&self) -> i64 {
        self.row.accepted
    }

    /// Units of these that were damaged.
    async fn damaged(&self) -> i64 {
        self.row.damaged
    }

    /// Units of these that waited for a check of their quality.
    async fn quality_control(&self) -> i64 {
        self.row.quality_control
    }

    /// Units that were given up when the order was cancelled or closed short.
    async fn cancelled(&self) -> i64 {
        self.row.cancelled
    }

    /// Units that are still to come: a part of what is `incoming` at the location. None while the order is a draft.
    async fn outstanding(&self) -> i64 {
        self.row.outstanding_in(self.status)
    }

    /// What one unit costs.
    async fn unit_cost(&self, ctx: &Context<'_>) -> Result<Option<InOrder<Money>>> {
        let Some((minor, currency)) = self.row.unit_cost_minor.zip(self.currency) else { return Ok(None) };
        let cost = money::Money::from_minor(minor, currency);
        let broken = |error| ctx.fault(Fault::Internal(format!("a cost {error}")));
        Ok(Some(InOrder(cost.map_err(broken)?.into())))
    }
}

/// How far a purchase order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum PurchaseOrderStatus {
    /// Still being written; stock knows nothing of it.
    Draft,
    /// Ordered: its units are incoming.
    Ordered,
    /// Some units have arrived, others are incoming.
    PartiallyReceived,
    /// Everything has arrived.
    Received,
    /// Some units arrived, the rest was given up.
    Closed,
    /// Given up before anything arrived.
    Cancelled,
}

impl From<Status> for PurchaseOrderStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Draft => Self::Draft,
            Status::Open => Self::Ordered,
            Status::PartiallyReceived => Self::PartiallyReceived,
            Status::Received => Self::Received,
            Status::Closed => Self::Closed,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

impl From<PurchaseOrderStatus> for Status {
    fn from(status: PurchaseOrderStatus) -> Self {
        match status {
            PurchaseOrderStatus::Draft => Self::Draft,
            PurchaseOrderStatus::Ordered => Self::Open,
            PurchaseOrderStatus::PartiallyReceived => Self::PartiallyReceived,
            PurchaseOrderStatus::Received => Self::Received,
            PurchaseOrderStatus::Closed => Self::Closed,
            PurchaseOrderStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// Short ways to purchase orders.
pub(in crate::graphql) trait PurchaseOrderContext {
    /// The purchase order, if the caller may see it.
    async fn purchase_order(&self, id: PurchaseOrderId) -> Result<Option<PurchaseOrder>>;
}

impl PurchaseOrderContext for Context<'_> {
    async fn purchase_order(&self, id: PurchaseOrderId) -> Result<Option<PurchaseOrder>> {
        let found = self.loaders().stock_orders.load(OrderId(id.0)).await.map_err(|fault| self.fault(fault))?;
        Ok(found.filter(|order| order.kind == Kind::PurchaseOrder).map(PurchaseOrder))
    }
}
