//! Takes a whole adjustment back.

use super::reversal::Reversal;
use crate::inventory::entity::stock_adjustment::{self, AdjustmentId, Kind};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::Posted;
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Takes an adjustment back, once. What a document posted is corrected by the document.
#[derive(Debug, Clone)]
pub struct StockAdjustmentReverse {
    /// The adjustment.
    pub id: AdjustmentId,
    /// Words for people.
    pub note: Option<String>,
    /// Whether only to say what would happen.
    pub dry_run: bool,
}

const FIELD: &str = "input.adjustmentId";

impl Command for StockAdjustmentReverse {
    type Output = Posted;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Posted, Failure<InventoryError>> {
        let refused = |error| Failure::refused(FIELD, error);
        let mut found = store::adjustments_by_ids(cx.tx, cx.actor, &[self.id]).await?;
        let adjustment = found.remove(&self.id).ok_or_else(|| refused(InventoryError::AdjustmentNotFound))?;
        if let Some(error) = hindrance(&adjustment) {
            return Err(refused(error));
        }
        if !store::reversals_of(cx.tx, cx.actor, &[self.id]).await?.is_empty() {
            return Err(refused(InventoryError::AlreadyReversed));
        }
        let movements = store::lines_of_adjustments(cx.tx, cx.actor, &[self.id]).await?.remove(&self.id);
        let movements = movements.ok_or_else(|| refused(InventoryError::NothingToReverse))?;
        let reversal = Reversal {
            adjustment: &adjustment,
            movements: &movements,
            document: None,
            note: self.note.clone(),
            field: FIELD,
        };
        let posted = reversal.post(cx).await?;
        if self.dry_run {
            cx.roll_back();
        }
        Ok(posted)
    }
}

/// Why an adjustment of this sort is not taken back here.
fn hindrance(adjustment: &stock_adjustment::Model) -> Option<InventoryError> {
    match adjustment.kind {
        Kind::Reversal => Some(InventoryError::ReversalOfReversal),
        Kind::Adjust | Kind::Set | Kind::Move | Kind::Reclassify if adjustment.document_id.is_none() => None,
        Kind::Adjust
        | Kind::Set
        | Kind::Move
        | Kind::Reclassify
        | Kind::Reservation
        | Kind::PurchaseOrder
        | Kind::Transfer
        | Kind::Count
        | Kind::Return
        | Kind::WriteOff => Some(InventoryError::PostedByDocument),
    }
}
