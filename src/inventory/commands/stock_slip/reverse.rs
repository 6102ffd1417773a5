//! Takes a slip back that took effect: the opposite of its movements is posted.

use super::{SlipMoved, SlipName};
use crate::inventory::commands::reversal::Reversal;
use crate::inventory::entity::stock_slip::Status;
use crate::inventory::error::InventoryError;
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::write::{Command, Cx};

/// Takes a slip back, all lines or none; refused when units that it brought are gone.
#[derive(Debug, Clone)]
pub struct StockSlipReverse {
    /// Which slip.
    pub name: SlipName,
    /// Words for people.
    pub note: Option<String>,
    /// Whether only to say what would happen.
    pub dry_run: bool,
}

impl Command for StockSlipReverse {
    type Output = SlipMoved;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<SlipMoved, Failure<InventoryError>> {
        let before = super::locked(cx, self.name, Status::Posted).await?;
        let missing = || Fault::Internal(format!("{} is posted and has no adjustment", before.id));
        let found = store::adjustment_of_document(cx.tx, cx.actor, before.document()).await?;
        let adjustment = found.ok_or_else(missing)?;
        let mut movements = store::lines_of_adjustments(cx.tx, cx.actor, &[adjustment.id]).await?;
        let movements = movements.remove(&adjustment.id).ok_or_else(missing)?;
        let reversal = Reversal {
            adjustment: &adjustment,
            movements: &movements,
            document: Some(before.document()),
            note: self.note.clone(),
            field: "input.id",
        };
        let posted = reversal.post(cx).await?;
        let slip = super::move_on(cx, &before, Status::Reversed).await?;
        if self.dry_run {
            cx.roll_back();
        }
        Ok(SlipMoved { slip, posted: Some(posted) })
    }
}
