//! What the commands of stock counts share: the locked count in a state that allows the command, and its next version.

mod approve;
mod cancel;
mod create;
mod finish;
mod list;
mod record;
mod recount;
mod start;

pub use approve::{CountApproved, StockCountApprove};
pub use cancel::StockCountCancel;
pub use create::{CountScope, StockCountCreate};
pub use finish::StockCountFinish;
pub use record::{CountedLine, RecordedLines, StockCountRecord};
pub use recount::{CountAgain, StockCountRecount};
pub use start::StockCountStart;

use super::document::{self, DocumentChanged};
use crate::inventory::entity::stock_count::{self, CountId, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::store;
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::write::Cx;

/// Which count, as the caller read it.
#[derive(Debug, Clone, Copy)]
pub struct CountName {
    /// The count.
    pub id: CountId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

/// The count, locked, if it is in one of these states.
async fn locked(
    cx: &Cx<'_>,
    name: CountName,
    allowed: &[Status],
) -> Result<stock_count::Model, Failure<InventoryError>> {
    let found = store::lock_count(cx.tx, cx.actor, name.id).await?;
    let count = found.ok_or_else(|| Failure::refused("input.id", InventoryError::DocumentNotFound))?;
    if name.expected_version.is_some_and(|expected| expected != count.version) {
        let error = InventoryError::Stale { current: count.version };
        return Err(Failure::refused("input.expectedVersion", error));
    }
    check_state(&count, allowed)?;
    Ok(count)
}

fn check_state(count: &stock_count::Model, allowed: &[Status]) -> Result<(), Failure<InventoryError>> {
    if allowed.contains(&count.status) {
        return Ok(());
    }
    let error = InventoryError::WrongState { state: count.status.name().to_owned() };
    Err(Failure::refused("input.id", error))
}

/// Writes a locked count as it is from now on, with what its audit entry says beyond the state.
async fn move_on(
    cx: &mut Cx<'_>,
    action: &'static str,
    before: &stock_count::Model,
    after: stock_count::Model,
    changes: Changes,
) -> Result<stock_count::Model, Failure<InventoryError>> {
    let after = stock_count::Model { version: before.version.saturating_add(1), updated_at: cx.now, ..after };
    if !store::update_count(cx.tx, before, &after).await? {
        return Err(Fault::Internal(format!("{} moved on while it was locked", before.id)).into());
    }
    let changes = changes.field("status", &before.status, &after.status).field("round", &before.round, &after.round);
    cx.audit(Entry::new(action, before.id, changes));
    tell(cx, &after)?;
    Ok(after)
}

fn tell(cx: &mut Cx<'_>, count: &stock_count::Model) -> Result<(), Fault> {
    let (document, number) = (count.document(), count.number.clone());
    document::announce(cx, &DocumentChanged { document, number, status: count.status, version: count.version })
}
