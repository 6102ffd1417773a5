//! The mutations of transfers.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::stock_input::Parsed;
use super::stock_receipt::{StockReceipt, StockReceiptContext as _};
use super::stock_transfer_input::{
    StockTransferCancelInput, StockTransferCreateInput, StockTransferReceiveInput, StockTransferShipInput,
    StockTransferUpdateInput,
};
use super::user_errors;
use super::{StockTransfer, StockTransferContext as _};
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::inventory::entity::stock_order::{OrderId, TransferId};
use crate::inventory::error::InventoryError;
use crate::kernel::actor;
use crate::kernel::write::Command;

#[derive(Default)]
pub struct StockTransferMutation;

#[Object]
impl StockTransferMutation {
    /// Writes the draft of a transfer from one location to another. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_transfer_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to send, from where, and where to.")] input: StockTransferCreateInput,
    ) -> Result<StockTransferCreatePayload> {
        let (stock_transfer, user_errors) = change(ctx, input.parse(max_lines(ctx))).await?;
        Ok(StockTransferCreatePayload { stock_transfer, user_errors })
    }

    /// Changes a transfer: a draft in every way, a shipped one in what does not touch stock. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_transfer_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The transfer and what to change of it.")] input: StockTransferUpdateInput,
    ) -> Result<StockTransferUpdatePayload> {
        let (stock_transfer, user_errors) = change(ctx, input.parse(max_lines(ctx))).await?;
        Ok(StockTransferUpdatePayload { stock_transfer, user_errors })
    }

    /// Ships a draft: its units leave the one location and are `incoming` at the other from now on. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_transfer_ship(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The transfer.")] input: StockTransferShipInput,
    ) -> Result<StockTransferShipPayload> {
        let (stock_transfer, user_errors) = change(ctx, input.parse()).await?;
        Ok(StockTransferShipPayload { stock_transfer, user_errors })
    }

    /// Takes in what arrived, all lines or none, and notes what was lost on the way: neither is `incoming` from now on, and what arrived is on hand.
    /// Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_transfer_receive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What arrived, and what was lost.")] input: StockTransferReceiveInput,
    ) -> Result<StockTransferReceivePayload> {
        let outcome = match input.parse(max_lines(ctx)) {
            Ok(command) => ctx.write(command).await?,
            Err(errors) => Err(errors),
        };
        let mut shown =
            StockTransferReceivePayload { stock_transfer: None, receipts: Vec::new(), user_errors: Vec::new() };
        match outcome {
            Ok(received) => {
                shown.stock_transfer = ctx.stock_transfer(TransferId(received.order.0)).await?;
                for id in received.receipts {
                    shown.receipts.extend(ctx.stock_receipt(id).await?);
                }
            }
            Err(errors) => shown.user_errors = user_errors(errors),
        }
        Ok(shown)
    }

    /// Gives up a transfer: what is still in transit comes back to where it was sent from. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_transfer_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The transfer.")] input: StockTransferCancelInput,
    ) -> Result<StockTransferCancelPayload> {
        let (stock_transfer, user_errors) = change(ctx, input.parse()).await?;
        Ok(StockTransferCancelPayload { stock_transfer, user_errors })
    }
}

fn max_lines(ctx: &Context<'_>) -> usize {
    ctx.services().config.inventory.adjustment_lines
}

/// Runs a command that was read without errors, and shows the transfer as it is then.
async fn change<C>(ctx: &Context<'_>, parsed: Parsed<C>) -> Result<(Option<StockTransfer>, Vec<UserError>)>
where
    C: Command<Output = OrderId, Error = InventoryError>,
{
    let outcome = match parsed {
        Ok(command) => ctx.write(command).await?,
        Err(errors) => Err(errors),
    };
    Ok(match outcome {
        Ok(id) => (ctx.stock_transfer(TransferId(id.0)).await?, Vec::new()),
        Err(errors) => (None, user_errors(errors)),
    })
}

payloads!(
    StockTransferCreatePayload,
    StockTransferUpdatePayload,
    StockTransferShipPayload,
    StockTransferReceivePayload,
    StockTransferCancelPayload
);

/// What became of `stockTransferCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockTransferCreatePayload {
    /// The new transfer; null when there are errors.
    pub stock_transfer: Option<StockTransfer>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockTransferUpdate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockTransferUpdatePayload {
    /// The transfer as it is now; null when there are errors.
    pub stock_transfer: Option<StockTransfer>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockTransferShip`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockTransferShipPayload {
    /// The transfer as it is now; null when there are errors.
    pub stock_transfer: Option<StockTransfer>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockTransferReceive`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockTransferReceivePayload {
    /// The transfer as it is now; null when there are errors.
    pub stock_transfer: Option<StockTransfer>,
    /// The receipt of what arrived, and that of what was lost.
    pub receipts: Vec<StockReceipt>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockTransferCancel`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockTransferCancelPayload {
    /// The transfer as it is now; null when there are errors.
    pub stock_transfer: Option<StockTransfer>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
