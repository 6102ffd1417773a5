//! The mutation that takes a stock adjustment back.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::stock_adjustment::StockAdjustment;
use super::stock_change::Shown;
use super::stock_level::StockLevel;
use super::stock_reader::Reader;
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::AllInOrder;
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::inventory::commands::StockAdjustmentReverse;
use crate::inventory::error::InventoryError;
use crate::kernel::actor;
use crate::kernel::error::At;

/// A stock adjustment to take back.
#[derive(Debug, InputObject)]
pub struct StockAdjustmentReverseInput {
    /// The adjustment.
    pub adjustment_id: ID,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// Whether only to say what would happen, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
}

impl StockAdjustmentReverseInput {
    fn parse(self) -> std::result::Result<StockAdjustmentReverse, Vec<At<InventoryError>>> {
        let mut reader = Reader::default();
        let id = reader.id("input.adjustmentId", &self.adjustment_id);
        let note = reader.note(self.note);
        let command = || Some(StockAdjustmentReverse { id: id?, note, dry_run: self.dry_run });
        reader.finish(command())
    }
}

payloads!(StockAdjustmentReversePayload);

/// What became of `stockAdjustmentReverse`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockAdjustmentReversePayload {
    /// The adjustment that takes the other back; null when there are errors.
    pub adjustment: Option<StockAdjustment>,
    /// Every level that it changed, as it left them.
    pub levels: AllInOrder<StockLevel>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct StockReversalMutation;

#[Object]
impl StockReversalMutation {
    /// Takes a whole adjustment back by posting the opposite of each of its movements, once. Refused when units that it brought are gone. What a document
    /// posted is corrected by the document. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_adjustment_reverse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The adjustment.")] input: StockAdjustmentReverseInput,
    ) -> Result<StockAdjustmentReversePayload> {
        let outcome = match input.parse() {
            Ok(command) => ctx.write(command).await?,
            Err(errors) => Err(errors),
        };
        let Shown { adjustment, levels, user_errors } = outcome.into();
        Ok(StockAdjustmentReversePayload { adjustment, levels, user_errors })
    }
}
