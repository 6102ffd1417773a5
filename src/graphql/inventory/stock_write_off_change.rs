//! The mutations of write-offs.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::StockWriteOff;
use super::stock_adjustment::StockAdjustment;
use super::stock_reader::Reader;
use super::stock_slip_change::{Outcome, StockSlipLineInput, name, read_lines};
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::inventory::commands::{StockSlipCancel, StockSlipCreate, StockSlipPost, StockSlipReverse};
use crate::inventory::entity::stock_adjustment::Reason;
use crate::inventory::entity::stock_slip::{Kind, WriteOffId};
use crate::inventory::error::InventoryError;
use crate::kernel::actor;
use crate::kernel::error::At;

/// A write-off to write.
#[derive(Debug, InputObject)]
pub struct StockWriteOffCreateInput {
    /// Why.
    #[graphql(default_with = "StockWriteOffReason::Damaged")]
    pub reason: StockWriteOffReason,
    /// What others call it, such as a report. One line of at most 255 characters.
    pub external_reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// The lines, all or none of which take effect; lines of the same variant and location add up. At least one, by default at most 100.
    pub lines: Vec<StockSlipLineInput>,
}

/// Why stock is written off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum StockWriteOffReason {
    /// Broken or spoiled.
    Damaged,
    /// Stolen or not to be found.
    Lost,
    /// Given away: samples, gifts, own use.
    GivenAway,
    /// Something else; the note says what.
    Other,
}

impl StockWriteOffReason {
    fn reason(self) -> Reason {
        match self {
            Self::Damaged => Reason::Damaged,
            Self::Lost => Reason::Lost,
            Self::GivenAway => Reason::GivenAway,
            Self::Other => Reason::Other,
        }
    }
}

/// A write-off that is to take effect.
#[derive(Debug, InputObject)]
pub struct StockWriteOffPostInput {
    /// The write-off.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
    /// Whether only to say what would happen, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
}

/// A write-off to give up before it takes effect.
#[derive(Debug, InputObject)]
pub struct StockWriteOffCancelInput {
    /// The write-off.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
}

/// A write-off to take back after it took effect.
#[derive(Debug, InputObject)]
pub struct StockWriteOffReverseInput {
    /// The write-off.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// Whether only to say what would happen, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
}

impl StockWriteOffCreateInput {
    fn parse(self, max: usize) -> std::result::Result<StockSlipCreate, Vec<At<InventoryError>>> {
        let mut reader = Reader::default();
        let reason = self.reason.reason();
        let external_reference = reader.external_reference(self.external_reference);
        let note = reader.note(self.note);
        let lines = read_lines(&mut reader, self.lines, max);
        let slip = |lines| StockSlipCreate { kind: Kind::WriteOff, reason, external_reference, note, lines };
        reader.finish(lines.map(slip))
    }
}

#[derive(Default)]
pub struct StockWriteOffMutation;

#[Object]
impl StockWriteOffMutation {
    /// Writes a write-off, which changes nothing before it is posted. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_write_off_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The write-off.")] input: StockWriteOffCreateInput,
    ) -> Result<StockWriteOffCreatePayload> {
        let command = input.parse(ctx.services().config.inventory.adjustment_lines);
        let Outcome { slip, user_errors, .. } = Outcome::of(ctx, command).await?;
        Ok(StockWriteOffCreatePayload { stock_write_off: slip.map(StockWriteOff), user_errors })
    }

    /// Takes its units out of stock, all lines or none. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_write_off_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The write-off.")] input: StockWriteOffPostInput,
    ) -> Result<StockWriteOffPostPayload> {
        let name = name::<WriteOffId>(Kind::WriteOff, &input.id, input.expected_version);
        let command = name.map(|name| StockSlipPost { name, dry_run: input.dry_run });
        let Outcome { slip, adjustment, user_errors } = Outcome::of(ctx, command).await?;
        Ok(StockWriteOffPostPayload { stock_write_off: slip.map(StockWriteOff), adjustment, user_errors })
    }

    /// Gives a write-off up before it takes effect. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_write_off_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The write-off.")] input: StockWriteOffCancelInput,
    ) -> Result<StockWriteOffCancelPayload> {
        let name = name::<WriteOffId>(Kind::WriteOff, &input.id, input.expected_version);
        let Outcome { slip, user_errors, .. } = Outcome::of(ctx, name.map(|name| StockSlipCancel { name })).await?;
        Ok(StockWriteOffCancelPayload { stock_write_off: slip.map(StockWriteOff), user_errors })
    }

    /// Takes a write-off back after it took effect, by posting the opposite of its movements. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_write_off_reverse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The write-off.")] input: StockWriteOffReverseInput,
    ) -> Result<StockWriteOffReversePayload> {
        let mut reader = Reader::default();
        let note = reader.note(input.note);
        let name = reader.collect(name::<WriteOffId>(Kind::WriteOff, &input.id, input.expected_version));
        let command = name.map(|name| StockSlipReverse { name, note, dry_run: input.dry_run });
        let Outcome { slip, adjustment, user_errors } = Outcome::of(ctx, reader.finish(command)).await?;
        Ok(StockWriteOffReversePayload { stock_write_off: slip.map(StockWriteOff), adjustment, user_errors })
    }
}

payloads!(
    StockWriteOffCreatePayload,
    StockWriteOffPostPayload,
    StockWriteOffCancelPayload,
    StockWriteOffReversePayload
);

/// What became of `stockWriteOffCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockWriteOffCreatePayload {
    /// The write-off; null when there are errors.
    pub stock_write_off: Option<StockWriteOff>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockWriteOffPost`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockWriteOffPostPayload {
    /// The write-off; null when there are errors.
    pub stock_write_off: Option<StockWriteOff>,
    /// What was posted, or would have been; null when there are errors.
    pub adjustment: Option<StockAdjustment>,
    /// What was wrong. The path of a line that cannot be posted is that of the id, `lines`, and the line's index in the document.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockWriteOffCancel`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockWriteOffCancelPayload {
    /// The write-off; null when there are errors.
    pub stock_write_off: Option<StockWriteOff>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockWriteOffReverse`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockWriteOffReversePayload {
    /// The write-off; null when there are errors.
    pub stock_write_off: Option<StockWriteOff>,
    /// What was posted, or would have been; null when there are errors.
    pub adjustment: Option<StockAdjustment>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
