//! What arrived of purchase orders and transfers in the schema, and taking a wrong one back.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::order_input;
use super::stock_document::{StockDocument, StockDocumentContext as _};
use super::user_errors;
use super::{StockAdjustment, StockAdjustmentContext as _};
use crate::connection;
use crate::graphql::accounts::{User, UserContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::commands::orders::ReceiptReverse;
use crate::inventory::entity::stock_receipt::{self, ReceiptId};
use crate::inventory::error::InventoryError;
use crate::inventory::store::ReceiptLine;
use crate::kernel::actor;
use crate::kernel::error::{At, Fault, Problems};
use crate::kernel::id;

/// What arrived of a purchase order or a transfer at once, or turned out to be lost.
#[derive(Debug, Clone)]
pub struct StockReceipt(pub stock_receipt::Model);

/// What arrived of a purchase order or a transfer at once, or turned out to be lost. A wrong one is reversed, never edited.
#[Object]
impl StockReceipt {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// What arrived, line by line.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<StockReceiptLine>> {
        let lines = ctx.loaders().receipt_lines.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        Ok(lines.into_iter().map(StockReceiptLine).collect())
    }

    /// The purchase order or transfer.
    async fn document(&self, ctx: &Context<'_>) -> Result<Option<StockDocument>> {
        let order = ctx.loaders().stock_orders.load(self.0.order_id).await.map_err(|fault| ctx.fault(fault))?;
        match order {
            Some(order) => ctx.stock_document(order.document()).await,
            None => Ok(None),
        }
    }

    /// What it did to stock.
    async fn adjustment(&self, ctx: &Context<'_>) -> Result<StockAdjustment> {
        let gone = || ctx.fault(Fault::Internal(format!("the adjustment of {} is not there", self.0.id)));
        ctx.stock_adjustment(self.0.adjustment_id).await?.ok_or_else(gone)
    }

    /// What took it back; null when it stands.
    async fn reversal(&self, ctx: &Context<'_>) -> Result<Option<StockAdjustment>> {
        match self.0.reversal_id {
            Some(id) => ctx.stock_adjustment(id).await,
            None => Ok(None),
        }
    }

    /// The number of the delivery note.
    async fn delivery_note(&self) -> Option<&str> {
        self.0.delivery_note.as_deref()
    }

    /// Words for people.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The user who took the units in; null when no user did, or when the caller may not see users (`READ_USERS`).
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.created_by {
            Some(id) => ctx.user(id).await,
            None => Ok(None),
        }
    }

    /// When.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was taken back; null when it stands.
    async fn reversed_at(&self) -> Option<DateTime> {
        self.0.reversed_at.map(Into::into)
    }
}

/// How many units of a variant came with a receipt.
#[derive(Debug, Clone)]
pub struct StockReceiptLine(ReceiptLine);

/// How many units of a variant came with a receipt.
#[Object]
impl StockReceiptLine {
    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.0.1.variant_id).await
    }

    /// Units that arrived sound.
    async fn accepted(&self) -> i64 {
        self.0.0.accepted
    }

    /// Units that arrived damaged.
    async fn damaged(&self) -> i64 {
        self.0.0.damaged
    }

    /// Units that arrived and wait for a check of their quality.
    async fn quality_control(&self) -> i64 {
        self.0.0.quality_control
    }

    /// Units that were lost on the way.
    async fn lost(&self) -> i64 {
        self.0.0.lost
    }
}

connection!(
    /// A page of receipts.
    StockReceiptConnection,
    StockReceiptEdge,
    StockReceipt
);

/// Short ways to receipts.
pub(in crate::graphql) trait StockReceiptContext {
    /// The receipt, if the caller may see it.
    async fn stock_receipt(&self, id: ReceiptId) -> Result<Option<StockReceipt>>;
}

impl StockReceiptContext for Context<'_> {
    async fn stock_receipt(&self, id: ReceiptId) -> Result<Option<StockReceipt>> {
        let found = self.loaders().receipts.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(StockReceipt))
    }
}

#[derive(Default)]
pub struct StockReceiptMutation;

#[Object]
impl StockReceiptMutation {
    /// Takes back a wrong receipt by another adjustment: the units leave stock, and the purchase order or transfer expects them again. Refused when
    /// they are gone, or in another condition by now. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_receipt_reverse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The receipt.")] input: StockReceiptReverseInput,
    ) -> Result<StockReceiptReversePayload> {
        let refused = |errors| StockReceiptReversePayload { receipt: None, user_errors: user_errors(errors) };
        let command = match input.parse() {
            Ok(command) => command,
            Err(errors) => return Ok(refused(errors)),
        };
        let id = command.id;
        Ok(match ctx.write(command).await? {
            Ok(_) => StockReceiptReversePayload { receipt: ctx.stock_receipt(id).await?, user_errors: Vec::new() },
            Err(errors) => refused(errors),
        })
    }
}

/// A receipt to take back.
#[derive(Debug, InputObject)]
pub struct StockReceiptReverseInput {
    /// The receipt.
    pub id: ID,
    /// The version of its purchase order or transfer that you read. If that has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// Words for people, such as why: at most 1,000 characters.
    pub note: Option<String>,
}

impl StockReceiptReverseInput {
    fn parse(self) -> std::result::Result<ReceiptReverse, Vec<At<InventoryError>>> {
        let mut problems = Problems::default();
        let id = problems.take("input.id", id::parse::<ReceiptId>(&self.id).map_err(InventoryError::of_id));
        let note = order_input::note(&mut problems, self.note.as_deref());
        let expected_version = self.expected_version;
        problems.finish(id.zip(note).map(|(id, note)| ReceiptReverse { id, expected_version, note }))
    }
}

payloads!(StockReceiptReversePayload);

/// What became of `stockReceiptReverse`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockReceiptReversePayload {
    /// The receipt, which is taken back now; null when there are errors.
    pub receipt: Option<StockReceipt>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
