//! The mutations of purchase orders.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::purchase_order_input::{
    PurchaseOrderCancelInput, PurchaseOrderCloseInput, PurchaseOrderCreateInput, PurchaseOrderOrderInput,
    PurchaseOrderReceiveInput, PurchaseOrderUpdateInput,
};
use super::stock_input::Parsed;
use super::stock_receipt::{StockReceipt, StockReceiptContext as _};
use super::user_errors;
use super::{PurchaseOrder, PurchaseOrderContext as _};
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::inventory::entity::stock_order::{OrderId, PurchaseOrderId};
use crate::inventory::error::InventoryError;
use crate::kernel::actor;
use crate::kernel::write::Command;

#[derive(Default)]
pub struct PurchaseOrderMutation;

#[Object]
impl PurchaseOrderMutation {
    /// Writes the draft of an order from a supplier. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn purchase_order_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to order, from whom, and where it goes.")] input: PurchaseOrderCreateInput,
    ) -> Result<PurchaseOrderCreatePayload> {
        let (purchase_order, user_errors) = change(ctx, input.parse(max_lines(ctx))).await?;
        Ok(PurchaseOrderCreatePayload { purchase_order, user_errors })
    }

    /// Changes a purchase order: a draft in every way, an ordered one in what does not touch stock. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn purchase_order_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The purchase order and what to change of it.")] input: PurchaseOrderUpdateInput,
    ) -> Result<PurchaseOrderUpdatePayload> {
        let (purchase_order, user_errors) = change(ctx, input.parse(max_lines(ctx))).await?;
        Ok(PurchaseOrderUpdatePayload { purchase_order, user_errors })
    }

    /// Orders a draft: its units are `incoming` from now on. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn purchase_order_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The purchase order.")] input: PurchaseOrderOrderInput,
    ) -> Result<PurchaseOrderOrderPayload> {
        let (purchase_order, user_errors) = change(ctx, input.parse()).await?;
        Ok(PurchaseOrderOrderPayload { purchase_order, user_errors })
    }

    /// Takes in what arrived, all lines or none: the units are on hand from now on, and no longer `incoming`. Requires the permission
    /// `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn purchase_order_receive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What arrived.")] input: PurchaseOrderReceiveInput,
    ) -> Result<PurchaseOrderReceivePayload> {
        let per_mille = ctx.services().config.inventory.over_receipt_per_mille;
        let outcome = match input.parse(max_lines(ctx), per_mille) {
            Ok(command) => ctx.write(command).await?,
            Err(errors) => Err(errors),
        };
        let mut shown = PurchaseOrderReceivePayload { purchase_order: None, receipt: None, user_errors: Vec::new() };
        match outcome {
            Ok(received) => {
                shown.purchase_order = ctx.purchase_order(PurchaseOrderId(received.order.0)).await?;
                if let Some(id) = received.receipts.first() {
                    shown.receipt = ctx.stock_receipt(*id).await?;
                }
            }
            Err(errors) => shown.user_errors = user_errors(errors),
        }
        Ok(shown)
    }

    /// Closes a purchase order of which some units arrived: the rest is no longer `incoming`. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn purchase_order_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The purchase order.")] input: PurchaseOrderCloseInput,
    ) -> Result<PurchaseOrderClosePayload> {
        let (purchase_order, user_errors) = change(ctx, input.parse()).await?;
        Ok(PurchaseOrderClosePayload { purchase_order, user_errors })
    }

    /// Gives up a purchase order before anything has arrived. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn purchase_order_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The purchase order.")] input: PurchaseOrderCancelInput,
    ) -> Result<PurchaseOrderCancelPayload> {
        let (purchase_order, user_errors) = change(ctx, input.parse()).await?;
        Ok(PurchaseOrderCancelPayload { purchase_order, user_errors })
    }
}

fn max_lines(ctx: &Context<'_>) -> usize {
    ctx.services().config.inventory.adjustment_lines
}

/// Runs a command that was read without errors, and shows the purchase order as it is then.
async fn change<C>(ctx: &Context<'_>, parsed: Parsed<C>) -> Result<(Option<PurchaseOrder>, Vec<UserError>)>
where
    C: Command<Output = OrderId, Error = InventoryError>,
{
    let outcome = match parsed {
        Ok(command) => ctx.write(command).await?,
        Err(errors) => Err(errors),
    };
    Ok(match outcome {
        Ok(id) => (ctx.purchase_order(PurchaseOrderId(id.0)).await?, Vec::new()),
        Err(errors) => (None, user_errors(errors)),
    })
}

payloads!(
    PurchaseOrderCreatePayload,
    PurchaseOrderUpdatePayload,
    PurchaseOrderOrderPayload,
    PurchaseOrderReceivePayload,
    PurchaseOrderClosePayload,
    PurchaseOrderCancelPayload
);

/// What became of `purchaseOrderCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct PurchaseOrderCreatePayload {
    /// The new purchase order; null when there are errors.
    pub purchase_order: Option<PurchaseOrder>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `purchaseOrderUpdate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct PurchaseOrderUpdatePayload {
    /// The purchase order as it is now; null when there are errors.
    pub purchase_order: Option<PurchaseOrder>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `purchaseOrderOrder`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct PurchaseOrderOrderPayload {
    /// The purchase order as it is now; null when there are errors.
    pub purchase_order: Option<PurchaseOrder>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `purchaseOrderReceive`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct PurchaseOrderReceivePayload {
    /// The purchase order as it is now; null when there are errors.
    pub purchase_order: Option<PurchaseOrder>,
    /// The receipt of what arrived; null when there are errors.
    pub receipt: Option<StockReceipt>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `purchaseOrderClose`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct PurchaseOrderClosePayload {
    /// The purchase order as it is now; null when there are errors.
    pub purchase_order: Option<PurchaseOrder>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `purchaseOrderCancel`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct PurchaseOrderCancelPayload {
    /// The purchase order as it is now; null when there are errors.
    pub purchase_order: Option<PurchaseOrder>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
