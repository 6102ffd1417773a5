//! What the commands of write-offs and returns share: the locked slip in a state that allows the command, and its next version.

mod cancel;
mod create;
mod post;
mod reverse;

pub use cancel::StockSlipCancel;
pub use create::{SlipLine, StockSlipCreate};
pub use post::StockSlipPost;
pub use reverse::StockSlipReverse;

use serde::{Deserialize, Serialize};

use super::document::{self, DocumentChanged};
use crate::inventory::entity::stock_slip::{self, Kind, SlipId, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::Posted;
use crate::inventory::store;
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::write::Cx;

/// Which slip, as the caller read it.
#[derive(Debug, Clone, Copy)]
pub struct SlipName {
    /// Its kind: a slip of another is not found.
    pub kind: Kind,
    /// The slip.
    pub id: SlipId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

/// A slip as a command leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipMoved {
    /// The slip.
    pub slip: stock_slip::Model,
    /// What was posted.
    pub posted: Option<Posted>,
}

/// The slip, locked, if it is in this state.
async fn locked(cx: &Cx<'_>, name: SlipName, allowed: Status) -> Result<stock_slip::Model, Failure<InventoryError>> {
    let found = store::lock_slip(cx.tx, cx.actor, name.kind, name.id).await?;
    let slip = found.ok_or_else(|| Failure::refused("input.id", InventoryError::DocumentNotFound))?;
    if name.expected_version.is_some_and(|expected| expected != slip.version) {
        let error = InventoryError::Stale { current: slip.version };
        return Err(Failure::refused("input.expectedVersion", error));
    }
    if slip.status != allowed {
        let error = InventoryError::WrongState { state: slip.status.name().to_owned() };
        return Err(Failure::refused("input.id", error));
    }
    Ok(slip)
}

/// Writes a locked slip in its next state.
async fn move_on(
    cx: &mut Cx<'_>,
    before: &stock_slip::Model,
    status: Status,
) -> Result<stock_slip::Model, Failure<InventoryError>> {
    let version = before.version.saturating_add(1);
    let after = stock_slip::Model { status, version, updated_at: cx.now, ..before.clone() };
    if !store::update_slip(cx.tx, before, &after).await? {
        return Err(Fault::Internal(format!("{} moved on while it was locked", before.id)).into());
    }
    tell(cx, &after, Changes::new().field("status", &before.status, &after.status))?;
    Ok(after)
}

/// The audit entry and the event of a change.
fn tell(cx: &mut Cx<'_>, slip: &stock_slip::Model, changes: Changes) -> Result<(), Fault> {
    let action = match (slip.kind, slip.status) {
        (Kind::WriteOff, Status::Draft) => "stock_write_off.create",
        (Kind::WriteOff, Status::Posted) => "stock_write_off.post",
        (Kind::WriteOff, Status::Cancelled) => "stock_write_off.cancel",
        (Kind::WriteOff, Status::Reversed) => "stock_write_off.reverse",
        (Kind::Return, Status::Draft) => "stock_return.create",
        (Kind::Return, Status::Posted) => "stock_return.post",
        (Kind::Return, Status::Cancelled) => "stock_return.cancel",
        (Kind::Return, Status::Reversed) => "stock_return.reverse",
    };
    cx.audit(Entry::new(action, slip.id, changes));
    let (document, number) = (slip.document(), slip.number.clone());
    document::announce(cx, &DocumentChanged { document, number, status: slip.status, version: slip.version })
}
