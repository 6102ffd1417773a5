//! The mutations of stock counts.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::stock_adjustment::StockAdjustment;
use super::stock_count::{StockCount, StockCountContext as _};
use super::stock_count_input::{
    self, StockCountApproveInput, StockCountCancelInput, StockCountCreateInput, StockCountFinishInput,
    StockCountRecordInput, StockCountRecountInput, StockCountStartInput,
};
use super::stock_count_line::StockCountLine;
use super::user_errors;
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::inventory::commands::{RecordedLines, StockCountCancel, StockCountFinish, StockCountStart};
use crate::inventory::entity::stock_count::CountId;
use crate::inventory::error::InventoryError;
use crate::inventory::store;
use crate::kernel::actor;
use crate::kernel::error::At;
use crate::kernel::write::Command;

#[derive(Default)]
pub struct StockCountMutation;

#[Object]
impl StockCountMutation {
    /// Plans a stock count at one location. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_count_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where and what to count.")] input: StockCountCreateInput,
    ) -> Result<StockCountCreatePayload> {
        let (stock_count, user_errors) = run(ctx, input.parse(max_lines(ctx))).await?;
        Ok(StockCountCreatePayload { stock_count, user_errors })
    }

    /// Begins counting: the list is made, and notes what the books say. A stock level is counted by one open count at a time. Requires the permission
    /// `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_count_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The count.")] input: StockCountStartInput,
    ) -> Result<StockCountStartPayload> {
        let max_lines = ctx.services().config.inventory.count_lines;
        let name = stock_count_input::name(&input.id, input.expected_version);
        let (stock_count, user_errors) = run(ctx, name.map(|name| StockCountStart { name, max_lines })).await?;
        Ok(StockCountStartPayload { stock_count, user_errors })
    }

    /// Enters what the caller counted: of each variant, everything that is at the location at this moment. Counting a variant again replaces the
    /// caller's earlier entry; several callers who count the same variant must find the same difference from the books. Requires the permission
    /// `COUNT_STOCK`.
    #[graphql(
        guard = "Requires(actor::Permission::CountStock)",
        directive = requires::apply(Permission::CountStock)
    )]
    async fn stock_count_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was found.")] input: StockCountRecordInput,
    ) -> Result<StockCountRecordPayload> {
        let outcome = match input.parse(max_lines(ctx)) {
            Ok(command) => ctx.write(command).await?,
            Err(errors) => Err(errors),
        };
        Ok(match outcome {
            Ok(recorded) => {
                let (stock_count, lines) = recorded_lines(ctx, &recorded).await?;
                StockCountRecordPayload { stock_count, lines, user_errors: Vec::new() }
            }
            Err(errors) => {
                StockCountRecordPayload { stock_count: None, lines: Vec::new(), user_errors: user_errors(errors) }
            }
        })
    }

    /// Ends counting, so that the differences can be seen. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_count_finish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The count.")] input: StockCountFinishInput,
    ) -> Result<StockCountFinishPayload> {
        let name = stock_count_input::name(&input.id, input.expected_version);
        let (stock_count, user_errors) = run(ctx, name.map(|name| StockCountFinish { name })).await?;
        Ok(StockCountFinishPayload { stock_count, user_errors })
    }

    /// Has lines counted again in another round, in which what was entered before counts no more. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_count_recount(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The count, and which of its lines.")] input: StockCountRecountInput,
    ) -> Result<StockCountRecountPayload> {
        let (stock_count, user_errors) = run(ctx, input.parse(max_lines(ctx))).await?;
        Ok(StockCountRecountPayload { stock_count, user_errors })
    }

    /// Posts the differences, as changes: what was sold or received since an entry stays so. All lines or none. Requires the permission
    /// `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_count_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The count, and what becomes of lines that nobody counted.")] input: StockCountApproveInput,
    ) -> Result<StockCountApprovePayload> {
        let outcome = match input.parse(max_lines(ctx)) {
            Ok(command) => ctx.write(command).await?,
            Err(errors) => Err(errors),
        };
        Ok(match outcome {
            Ok(approved) => StockCountApprovePayload {
                stock_count: ctx.stock_count(approved.count).await?,
                adjustments: approved.adjustments.into_iter().map(StockAdjustment::new).collect(),
                user_errors: Vec::new(),
            },
            Err(errors) => StockCountApprovePayload {
                stock_count: None,
                adjustments: Vec::new(),
                user_errors: user_errors(errors),
            },
        })
    }

    /// Gives a stock count up. Nothing is posted. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_count_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The count.")] input: StockCountCancelInput,
    ) -> Result<StockCountCancelPayload> {
        let name = stock_count_input::name(&input.id, input.expected_version);
        let (stock_count, user_errors) = run(ctx, name.map(|name| StockCountCancel { name })).await?;
        Ok(StockCountCancelPayload { stock_count, user_errors })
    }
}

fn max_lines(ctx: &Context<'_>) -> usize {
    ctx.services().config.inventory.adjustment_lines
}

/// Runs a command on a count, if its input is sound, and shows the count as it is then.
async fn run<C>(
    ctx: &Context<'_>,
    command: std::result::Result<C, Vec<At<InventoryError>>>,
) -> Result<(Option<StockCount>, Vec<UserError>)>
where
    C: Command<Output = CountId, Error = InventoryError>,
{
    let outcome = match command {
        Ok(command) => ctx.write(command).await?,
        Err(errors) => Err(errors),
    };
    Ok(match outcome {
        Ok(id) => (ctx.stock_count(id).await?, Vec::new()),
        Err(errors) => (None, user_errors(errors)),
    })
}

/// The lines that were entered, as they stand now.
async fn recorded_lines(
    ctx: &Context<'_>,
    recorded: &RecordedLines,
) -> Result<(Option<StockCount>, Vec<StockCountLine>)> {
    let Some(count) = ctx.stock_count(recorded.count).await? else { return Ok((None, Vec::new())) };
    let (db, actor) = (ctx.services().db.read(), ctx.actor());
    let found = store::count_lines_of(db, actor, recorded.count, &recorded.variants).await;
    let shown = count.0.shows_numbers_to(actor);
    let lines = found.map_err(|fault| ctx.fault(fault))?.into_iter().map(|row| StockCountLine { row, shown });
    Ok((Some(count), lines.collect()))
}

payloads!(
    StockCountCreatePayload,
    StockCountStartPayload,
    StockCountRecordPayload,
    StockCountFinishPayload,
    StockCountRecountPayload,
    StockCountApprovePayload,
    StockCountCancelPayload
);

/// What became of `stockCountCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockCountCreatePayload {
    /// The count; null when there are errors.
    pub stock_count: Option<StockCount>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockCountStart`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockCountStartPayload {
    /// The count; null when there are errors.
    pub stock_count: Option<StockCount>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockCountRecord`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockCountRecordPayload {
    /// The count; null when there are errors.
    pub stock_count: Option<StockCount>,
    /// The lines that were entered, by SKU.
    pub lines: Vec<StockCountLine>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockCountFinish`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockCountFinishPayload {
    /// The count; null when there are errors.
    pub stock_count: Option<StockCount>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockCountRecount`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockCountRecountPayload {
    /// The count; null when there are errors.
    pub stock_count: Option<StockCount>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockCountApprove`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockCountApprovePayload {
    /// The count; null when there are errors.
    pub stock_count: Option<StockCount>,
    /// What was posted, in groups of by default 100 lines; none when nothing differs.
    pub adjustments: Vec<StockAdjustment>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `stockCountCancel`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockCountCancelPayload {
    /// The count; null when there are errors.
    pub stock_count: Option<StockCount>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
