//! The mutations that change stock.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::stock_adjustment::StockAdjustment;
use super::stock_input::{StockAdjustInput, StockMoveInput, StockReclassifyInput, StockSetInput};
use super::stock_level::StockLevel;
use super::user_errors;
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::AllInOrder;
use crate::graphql::payload::payloads;
use crate::graphql::request::{Decided, RequestContext as _};
use crate::inventory::commands::{Posting, StockLines};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::Posted;
use crate::kernel::actor;
use crate::kernel::error::At;

#[derive(Default)]
pub struct StockMutation;

#[Object]
impl StockMutation {
    /// Changes stock by numbers of units, all lines or none. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_adjust(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change, and why.")] input: StockAdjustInput,
    ) -> Result<StockAdjustPayload> {
        let outcome = match input.parse(max_lines(ctx)) {
            Ok(change) => post(ctx, change).await?,
            Err(errors) => Err(errors),
        };
        let Shown { adjustment, levels, user_errors } = outcome.into();
        Ok(StockAdjustPayload { adjustment, levels, user_errors })
    }

    /// Sets stock to numbers of units, as after a count, all lines or none. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to set, and why.")] input: StockSetInput,
    ) -> Result<StockSetPayload> {
        let outcome = match input.parse(max_lines(ctx)) {
            Ok(change) => post(ctx, change).await?,
            Err(errors) => Err(errors),
        };
        let Shown { adjustment, levels, user_errors } = outcome.into();
        Ok(StockSetPayload { adjustment, levels, user_errors })
    }

    /// Moves stock from location to location, all lines or none. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to move, and why.")] input: StockMoveInput,
    ) -> Result<StockMovePayload> {
        let outcome = match input.parse(max_lines(ctx)) {
            Ok(change) => post(ctx, change).await?,
            Err(errors) => Err(errors),
        };
        let Shown { adjustment, levels, user_errors } = outcome.into();
        Ok(StockMovePayload { adjustment, levels, user_errors })
    }

    /// Counts units in another condition, such as damaged, at the location where they are, all lines or none. Requires the permission
    /// `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_reclassify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which units, and why.")] input: StockReclassifyInput,
    ) -> Result<StockReclassifyPayload> {
        let outcome = match input.parse(max_lines(ctx)) {
            Ok(change) => post(ctx, change).await?,
            Err(errors) => Err(errors),
        };
        let Shown { adjustment, levels, user_errors } = outcome.into();
        Ok(StockReclassifyPayload { adjustment, levels, user_errors })
    }
}

/// Together with the changes that wait, or alone when it only tries.
async fn post<L: StockLines>(ctx: &Context<'_>, change: L) -> Result<Decided<Posted, InventoryError>> {
    match Posting::in_earnest(change) {
        Ok(posting) => ctx.write_jointly(&ctx.services().postings, posting).await,
        Err(trial) => ctx.write(trial).await,
    }
}

fn max_lines(ctx: &Context<'_>) -> usize {
    ctx.services().config.inventory.adjustment_lines
}

payloads!(StockAdjustPayload, StockSetPayload, StockMovePayload, StockReclassifyPayload);

/// What became of `stockAdjust`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockAdjustPayload {
    /// The adjustment; null when there are errors.
    pub adjustment: Option<StockAdjustment>,
    /// Every level that the input names, as the adjustment left it.
    pub levels: AllInOrder<StockLevel>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockSet`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockSetPayload {
    /// The adjustment; null when there are errors. It has no lines when every level had its number already.
    pub adjustment: Option<StockAdjustment>,
    /// Every level that the input names, as the adjustment left it.
    pub levels: AllInOrder<StockLevel>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockMove`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockMovePayload {
    /// The adjustment; null when there are errors. It has a line for each level that gave or took.
    pub adjustment: Option<StockAdjustment>,
    /// Every level that the input names, as the adjustment left it.
    pub levels: AllInOrder<StockLevel>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockReclassify`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockReclassifyPayload {
    /// The adjustment; null when there are errors.
    pub adjustment: Option<StockAdjustment>,
    /// Every level that the input names, as the adjustment left it.
    pub levels: AllInOrder<StockLevel>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What every one of these payloads shows.
pub(super) struct Shown {
    pub(super) adjustment: Option<StockAdjustment>,
    pub(super) levels: AllInOrder<StockLevel>,
    pub(super) user_errors: Vec<UserError>,
}

impl From<std::result::Result<Posted, Vec<At<InventoryError>>>> for Shown {
    fn from(outcome: std::result::Result<Posted, Vec<At<InventoryError>>>) -> Self {
        match outcome {
            Ok(posted) => Self {
                adjustment: Some(StockAdjustment::posted(&posted)),
                levels: AllInOrder(posted.levels.into_iter().map(StockLevel).collect()),
                user_errors: Vec::new(),
            },
            Err(errors) => Self { adjustment: None, levels: AllInOrder(Vec::new()), user_errors: user_errors(errors) },
        }
    }
}
