//! Approves a stock count: what was found beyond the books is posted, as changes. What has moved since an entry stays moved.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::CountName;
use crate::inventory::entity::stock_adjustment::{self, Kind, Reason};
use crate::inventory::entity::stock_count::{self, CountId, Status};
use crate::inventory::entity::stock_count_line;
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_movement::State;
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::{Missing, Sheet};
use crate::inventory::rules::change::{Change, Cover, Entry, Group, Memo, Post};
use crate::inventory::store::{self, Uncounted};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::write::{Command, Cx};

/// Approves a count, all lines or none.
#[derive(Debug, Clone, Copy)]
pub struct StockCountApprove {
    /// Which count.
    pub name: CountName,
    /// What becomes of lines that nobody counted.
    pub uncounted: Uncounted,
    /// Lines of one adjustment at most.
    pub lines_each: usize,
}

/// What was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountApproved {
    /// The count.
    pub count: CountId,
    /// Its adjustments; none when nothing differs.
    pub adjustments: Vec<stock_adjustment::Model>,
}

impl Command for StockCountApprove {
    type Output = CountApproved;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<CountApproved, Failure<InventoryError>> {
        let before = super::locked(cx, self.name, &[Status::Review]).await?;
        let disputed = store::disputed_lines(cx.tx, before.id).await?;
        if disputed > 0 {
            return Err(Failure::refused("input.id", InventoryError::CountDisputed { lines: disputed }));
        }
        let lines = store::differing_lines(cx.tx, before.id, self.uncounted).await?;
        let adjustments = self.post(cx, &before, &lines).await?;
        let posted = store::mark_posted(cx.tx, before.id, self.uncounted).await?;
        if usize::try_from(posted) != Ok(lines.len()) {
            return Err(Fault::Internal(format!("{posted} lines of a count marked instead of {}", lines.len())).into());
        }
        store::close_lines(cx.tx, before.id).await?;
        let after = stock_count::Model { status: Status::Approved, closed_at: Some(cx.now), ..before.clone() };
        let changes = Changes::new().set("uncounted", &self.uncounted).set("lines", &lines.len());
        super::move_on(cx, "stock_count.approve", &before, after, changes).await?;
        Ok(CountApproved { count: before.id, adjustments })
    }
}

impl StockCountApprove {
    async fn post(
        &self,
        cx: &mut Cx<'_>,
        count: &stock_count::Model,
        lines: &[stock_count_line::Model],
    ) -> Result<Vec<stock_adjustment::Model>, Failure<InventoryError>> {
        let slots: BTreeSet<Slot> = lines.iter().map(stock_count_line::Model::slot).collect();
        let mut sheet = Sheet::open(cx, &slots, Missing::Make).await?;
        // Nobody sets a level any more, now that they are locked.
        let set = store::set_since(cx.tx, count.id, self.uncounted).await?;
        if !set.is_empty() {
            let refusals = lines.iter().filter(|line| set.contains(&line.variant_id)).map(|line| {
                let error = InventoryError::SetSinceCounted { sku: line.sku.clone() };
                At::new("input.id", error)
            });
            return Err(Failure::Refused(refusals.collect()));
        }
        let (mut adjustments, mut refusals) = (Vec::new(), Vec::new());
        for chunk in lines.chunks(self.lines_each.max(1)) {
            match sheet.post(cx, &group(count, chunk)) {
                Ok(posted) => adjustments.push(posted.adjustment),
                Err(refused) => refusals.extend(refused.into_iter().map(|refusal| At::new("input.id", refusal.error))),
            }
        }
        if !refusals.is_empty() {
            return Err(Failure::Refused(refusals));
        }
        sheet.close(cx).await?;
        Ok(adjustments)
    }
}

/// Lines of a count as a group of the ledger.
fn group(count: &stock_count::Model, lines: &[stock_count_line::Model]) -> Group {
    let entry = |(index, line): (usize, &stock_count_line::Model)| {
        let deltas = [
            (State::OnHand, line.variance_on_hand),
            (State::Damaged, line.variance_damaged),
            (State::QualityControl, line.variance_quality_control),
        ];
        let deltas: Vec<_> = deltas.into_iter().filter(|(_, delta)| *delta != 0).collect();
        // What is there is there, whatever was promised of it.
        Entry::new(index, line.slot(), deltas).within(Cover::Counted)
    };
    let entries = lines.iter().enumerate().map(entry).collect();
    let memo = Memo::new(Reason::Count).with_reference(Some(count.number.clone())).of_document(count.document());
    Group { memo, change: Change::Post(Post { kind: Kind::Count, entries }) }
}
