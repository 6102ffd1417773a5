//! Transfers between locations in the schema.

use async_graphql::{Context, Enum, ID, Object, Result};

use super::purchase_order::receipts;
use super::stock_adjustment::StockAdjustmentOrder;
use super::stock_receipt::StockReceiptConnection;
use super::{Location, LocationContext as _};
use crate::graphql::accounts::{User, UserContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_order::{self, Kind, OrderId, Status, TransferId};
use crate::inventory::entity::stock_order_line;
use crate::kernel::error::Fault;
use crate::kernel::page::PageArgs;

/// A transfer of stock from one location to another.
#[derive(Debug, Clone)]
pub struct StockTransfer(pub stock_order::Model);

/// A transfer of stock from one location to another. Its units leave the one with `stockTransferShip` and are `incoming` at the other from then on;
/// there they are on hand from each `stockTransferReceive` on.
#[Object]
impl StockTransfer {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(TransferId(self.0.id.0))
    }

    /// The number for people, such as `TR-000123`.
    pub async fn number(&self) -> &str {
        &self.0.number
    }

    /// How far it has come.
    async fn status(&self) -> StockTransferStatus {
        self.0.status.into()
    }

    /// Where the units come from.
    #[graphql(name = "fromLocation")]
    async fn source(&self, ctx: &Context<'_>) -> Result<InOrder<Location>> {
        self.location(ctx, self.0.source_id).await
    }

    /// Where the units go.
    #[graphql(name = "toLocation")]
    async fn target(&self, ctx: &Context<'_>) -> Result<InOrder<Location>> {
        self.location(ctx, Some(self.0.location_id)).await
    }

    /// What is sent, in the order of the input.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<StockTransferLine>> {
        let lines = ctx.loaders().order_lines.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        let status = self.0.status;
        Ok(lines.into_iter().map(|row| StockTransferLine { row, status }).collect())
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

    /// What others call it.
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

    /// When it was shipped; null while it is a draft.
    async fn shipped_at(&self) -> Option<DateTime> {
        self.0.opened_at.map(Into::into)
    }

    /// When nothing more was to come of it; null before.
    async fn closed_at(&self) -> Option<DateTime> {
        self.0.closed_at.map(Into::into)
    }
}

impl StockTransfer {
    async fn location(&self, ctx: &Context<'_>, id: Option<LocationId>) -> Result<InOrder<Location>> {
        let gone = || ctx.fault(Fault::Internal(format!("a location of {} is not there", self.0.number)));
        let found = match id {
            Some(id) => ctx.location(id).await?,
            None => None,
        };
        found.ok_or_else(gone)
    }
}

/// One variant of a transfer.
#[derive(Debug, Clone)]
pub struct StockTransferLine {
    row: stock_order_line::Model,
    status: Status,
}

/// One variant of a transfer, and what became of its units.
#[Object]
impl StockTransferLine {
    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.row.variant_id).await
    }

    /// Units that are sent.
    async fn quantity(&self) -> i64 {
        self.row.ordered
    }

    /// Units that arrived, in whatever condition.
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

    /// Units that were lost on the way: they left the one location and will never be at the other.
    async fn lost(&self) -> i64 {
        self.row.lost
    }

    /// Units that came back to where they were sent from.
    async fn returned(&self) -> i64 {
        self.row.cancelled
    }

    /// Units that are in transit: a part of what is `incoming` at the location that they go to. None while the transfer is a draft.
    async fn outstanding(&self) -> i64 {
        self.row.outstanding_in(self.status)
    }
}

/// How far a transfer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum StockTransferStatus {
    /// Still being written; stock knows nothing of it.
    Draft,
    /// Shipped: its units have left the one location and are incoming at the other.
    InTransit,
    /// Some units have arrived, others are incoming.
    PartiallyReceived,
    /// Nothing is in transit any more: everything has arrived or is lost.
    Received,
    /// Some units arrived, the rest came back.
    Closed,
    /// Given up before anything arrived; what had been shipped came back.
    Cancelled,
}

impl From<Status> for StockTransferStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Draft => Self::Draft,
            Status::Open => Self::InTransit,
            Status::PartiallyReceived => Self::PartiallyReceived,
            Status::Received => Self::Received,
            Status::Closed => Self::Closed,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

impl From<StockTransferStatus> for Status {
    fn from(status: StockTransferStatus) -> Self {
        match status {
            StockTransferStatus::Draft => Self::Draft,
            StockTransferStatus::InTransit => Self::Open,
            StockTransferStatus::PartiallyReceived => Self::PartiallyReceived,
            StockTransferStatus::Received => Self::Received,
            StockTransferStatus::Closed => Self::Closed,
            StockTransferStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// Short ways to transfers.
pub(in crate::graphql) trait StockTransferContext {
    /// The transfer, if the caller may see it.
    async fn stock_transfer(&self, id: TransferId) -> Result<Option<StockTransfer>>;
}

impl StockTransferContext for Context<'_> {
    async fn stock_transfer(&self, id: TransferId) -> Result<Option<StockTransfer>> {
        let found = self.loaders().stock_orders.load(OrderId(id.0)).await.map_err(|fault| self.fault(fault))?;
        Ok(found.filter(|order| order.kind == Kind::Transfer).map(StockTransfer))
    }
}
