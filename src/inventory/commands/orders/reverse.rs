//! Takes back a wrong receipt: another adjustment, which undoes its movements, and the order expects the units again.

use super::receive::deltas;
use super::{Action, Locked, OrderName, in_the_order, post, write_lines};
use crate::inventory::entity::stock_adjustment::{Kind as AdjustmentKind, Reason};
use crate::inventory::entity::stock_movement::State;
use crate::inventory::entity::stock_order::{self, OrderId, Status};
use crate::inventory::entity::stock_order_line::Model as Line;
use crate::inventory::entity::stock_receipt::{self, ReceiptId};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::change::{Change, Entry, Group, Post};
use crate::inventory::rules::order::{self, Arrival};
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::error::{Failure, Fault};
use crate::kernel::write::{Command, Cx};

/// Takes back a receipt. The units must still be there, in the condition in which they came.
#[derive(Debug, Clone)]
pub struct ReceiptReverse {
    /// Which.
    pub id: ReceiptId,
    /// The version of its order that the caller read.
    pub expected_version: Option<i64>,
    /// Words for people: why.
    pub note: Option<String>,
}

impl Command for ReceiptReverse {
    type Output = OrderId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<OrderId, Failure<InventoryError>> {
        let mut locked = self.order(cx).await?;
        // Under the lock of the order, so that two reversals of one receipt meet here.
        let receipt = self.receipt(cx).await?;
        if receipt.reversal_id.is_some() {
            return Err(Failure::refused("input.id", InventoryError::ReceiptReversed));
        }
        locked.require(&[Status::Open, Status::PartiallyReceived, Status::Received])?;
        let (entries, after) = self.undo(cx, &locked).await?;
        let mut group = Group { memo: locked.memo(Reason::Correction), change: Change::Post(post_of(entries)) };
        group.memo.reverses = Some(receipt.adjustment_id);
        group.memo.note = self.note.clone();
        let posted = post(cx, &[group], in_the_order).await?;
        let reversal = posted.first().map(|posted| posted.adjustment.id);
        let reversal = reversal.ok_or_else(|| Fault::Internal("a reversal was not posted".to_owned()))?;
        if !store::reverse_receipt(cx.tx, self.id, reversal, cx.now).await? {
            return Err(Fault::Internal(format!("{} was reversed under the lock of its order", self.id)).into());
        }
        write_lines(cx, &after).await?;
        for line in after {
            if let Some(place) = locked.lines.iter_mut().find(|before| before.id == line.id) {
                *place = line;
            }
        }
        let status = order::progress(&locked.lines);
        let order = stock_order::Model { status, closed_at: None, ..locked.order.clone() };
        locked.move_on(cx, Action::Reverse, order, Changes::new().set("receipt", &self.id)).await
    }
}

impl ReceiptReverse {
    async fn receipt(&self, cx: &Cx<'_>) -> Result<stock_receipt::Model, Failure<InventoryError>> {
        let found = store::receipts_by_ids(cx.tx, cx.actor, &[self.id]).await?.remove(&self.id);
        found.ok_or_else(|| Failure::refused("input.id", InventoryError::ReceiptNotFound))
    }

    async fn order(&self, cx: &Cx<'_>) -> Result<Locked, Failure<InventoryError>> {
        let id = self.receipt(cx).await?.order_id;
        let found = store::orders_by_ids(cx.tx, cx.actor, &[id]).await?.remove(&id);
        let order = found.ok_or_else(|| Failure::refused("input.id", InventoryError::ReceiptNotFound))?;
        Locked::find(cx, OrderName { kind: order.kind, id, expected_version: self.expected_version }).await
    }

    /// What undoes the receipt, and the lines of the order afterwards. The index of an entry is that of its line in the order.
    async fn undo(&self, cx: &Cx<'_>, locked: &Locked) -> Result<(Vec<Entry>, Vec<Line>), Fault> {
        let lines = store::lines_of_receipts(cx.tx, cx.actor, &[self.id]).await?.remove(&self.id).unwrap_or_default();
        let (mut entries, mut after) = (Vec::new(), Vec::new());
        for (line, _) in lines {
            let found = locked.lines.iter().enumerate().find(|(_, of_order)| of_order.id == line.line_id);
            let (index, before) =
                found.ok_or_else(|| Fault::Internal(format!("a line of {} is not in its order", self.id)))?;
            let stock_receipt_line = line;
            let arrival = Arrival {
                accepted: stock_receipt_line.accepted,
                damaged: stock_receipt_line.damaged,
                quality_control: stock_receipt_line.quality_control,
                lost: stock_receipt_line.lost,
            };
            let undone = order::take_back(before, arrival);
            let back: Vec<(State, i64)> = deltas(arrival, &undone, before)
                .into_iter()
                .map(|(state, units)| (state, units.saturating_neg()))
                .collect();
            entries.push(Entry::new(index, locked.target(before), back).at_target());
            after.push(undone);
        }
        Ok((entries, after))
    }
}

fn post_of(entries: Vec<Entry>) -> Post {
    Post { kind: AdjustmentKind::Reversal, entries }
}
