//! The mutations of returns.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::StockReturn;
use super::stock_adjustment::StockAdjustment;
use super::stock_reader::Reader;
use super::stock_slip_change::{Outcome, StockSlipLineInput, name, read_lines};
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::inventory::commands::{StockSlipCancel, StockSlipCreate, StockSlipPost, StockSlipReverse};
use crate::inventory::entity::stock_adjustment::Reason;
use crate::inventory::entity::stock_slip::{Kind, ReturnId};
use crate::inventory::error::InventoryError;
use crate::kernel::actor;
use crate::kernel::error::At;

/// A return to write.
#[derive(Debug, InputObject)]
pub struct StockReturnCreateInput {
    /// What others call it, such as the order that the units were sold by. One line of at most 255 characters.
    pub external_reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// The lines, all or none of which take effect; lines of the same variant and location add up. At least one, by default at most 100.
    pub lines: Vec<StockSlipLineInput>,
}

/// A return that is to take effect.
#[derive(Debug, InputObject)]
pub struct StockReturnPostInput {
    /// The return.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
    /// Whether only to say what would happen, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
}

/// A return to give up before it takes effect.
#[derive(Debug, InputObject)]
pub struct StockReturnCancelInput {
    /// The return.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
}

/// A return to take back after it took effect.
#[derive(Debug, InputObject)]
pub struct StockReturnReverseInput {
    /// The return.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// Whether only to say what would happen, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
}

impl StockReturnCreateInput {
    fn parse(self, max: usize) -> std::result::Result<StockSlipCreate, Vec<At<InventoryError>>> {
        let mut reader = Reader::default();
        let reason = Reason::Returned;
        let external_reference = reader.external_reference(self.external_reference);
        let note = reader.note(self.note);
        let lines = read_lines(&mut reader, self.lines, max);
        let slip = |lines| StockSlipCreate { kind: Kind::Return, reason, external_reference, note, lines };
        reader.finish(lines.map(slip))
    }
}

#[derive(Default)]
pub struct StockReturnMutation;

#[Object]
impl StockReturnMutation {
    /// Writes a return, which changes nothing before it is posted. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_return_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The return.")] input: StockReturnCreateInput,
    ) -> Result<StockReturnCreatePayload> {
        let command = input.parse(ctx.services().config.inventory.adjustment_lines);
        let Outcome { slip, user_errors, .. } = Outcome::of(ctx, command).await?;
        Ok(StockReturnCreatePayload { stock_return: slip.map(StockReturn), user_errors })
    }

    /// Brings its units into stock, all lines or none. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_return_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The return.")] input: StockReturnPostInput,
    ) -> Result<StockReturnPostPayload> {
        let name = name::<ReturnId>(Kind::Return, &input.id, input.expected_version);
        let command = name.map(|name| StockSlipPost { name, dry_run: input.dry_run });
        let Outcome { slip, adjustment, user_errors } = Outcome::of(ctx, command).await?;
        Ok(StockReturnPostPayload { stock_return: slip.map(StockReturn), adjustment, user_errors })
    }

    /// Gives a return up before it takes effect. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_return_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The return.")] input: StockReturnCancelInput,
    ) -> Result<StockReturnCancelPayload> {
        let name = name::<ReturnId>(Kind::Return, &input.id, input.expected_version);
        let Outcome { slip, user_errors, .. } = Outcome::of(ctx, name.map(|name| StockSlipCancel { name })).await?;
        Ok(StockReturnCancelPayload { stock_return: slip.map(StockReturn), user_errors })
    }

    /// Takes a return back after it took effect, by posting the opposite of its movements. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_return_reverse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The return.")] input: StockReturnReverseInput,
    ) -> Result<StockReturnReversePayload> {
        let mut reader = Reader::default();
        let note = reader.note(input.note);
        let name = reader.collect(name::<ReturnId>(Kind::Return, &input.id, input.expected_version));
        let command = name.map(|name| StockSlipReverse { name, note, dry_run: input.dry_run });
        let Outcome { slip, adjustment, user_errors } = Outcome::of(ctx, reader.finish(command)).await?;
        Ok(StockReturnReversePayload { stock_return: slip.map(StockReturn), adjustment, user_errors })
    }
}

payloads!(StockReturnCreatePayload, StockReturnPostPayload, StockReturnCancelPayload, StockReturnReversePayload);

/// What became of `stockReturnCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockReturnCreatePayload {
    /// The return; null when there are errors.
    pub stock_return: Option<StockReturn>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockReturnPost`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockReturnPostPayload {
    /// The return; null when there are errors.
    pub stock_return: Option<StockReturn>,
    /// What was posted, or would have been; null when there are errors.
    pub adjustment: Option<StockAdjustment>,
    /// What was wrong. The path of a line that cannot be posted is that of the id, `lines`, and the line's index in the document.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockReturnCancel`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockReturnCancelPayload {
    /// The return; null when there are errors.
    pub stock_return: Option<StockReturn>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockReturnReverse`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockReturnReversePayload {
    /// The return; null when there are errors.
    pub stock_return: Option<StockReturn>,
    /// What was posted, or would have been; null when there are errors.
    pub adjustment: Option<StockAdjustment>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
