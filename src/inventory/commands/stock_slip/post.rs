//! Has a slip take effect: a return brings its units, a write-off takes them.

use super::{SlipMoved, SlipName};
use crate::inventory::entity::stock_movement::State;
use crate::inventory::entity::stock_slip::{self, Kind, Status};
use crate::inventory::entity::stock_slip_line;
use crate::inventory::error::InventoryError;
use crate::inventory::ledger;
use crate::inventory::rules::change::{Change, Entry, Group, Memo, Post};
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::{At, Failure};
use crate::kernel::write::{Command, Cx};

/// Posts a slip, all lines or none.
#[derive(Debug, Clone, Copy)]
pub struct StockSlipPost {
    /// Which slip.
    pub name: SlipName,
    /// Whether only to say what would happen.
    pub dry_run: bool,
}

impl Command for StockSlipPost {
    type Output = SlipMoved;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<SlipMoved, Failure<InventoryError>> {
        let before = super::locked(cx, self.name, Status::Draft).await?;
        let lines = store::lines_of_slips(cx.tx, cx.actor, &[before.id]).await?.remove(&before.id).unwrap_or_default();
        let decision = ledger::post(cx, group(&before, &lines)).await?;
        let posted = decision.map_err(|refusals| {
            let at = |refusal: crate::inventory::rules::books::Refusal| {
                At::new(&format!("input.id.lines.{}", refusal.line), refusal.error)
            };
            Failure::Refused(refusals.into_iter().map(at).collect())
        })?;
        let slip = super::move_on(cx, &before, Status::Posted).await?;
        if self.dry_run {
            cx.roll_back();
        }
        Ok(SlipMoved { slip, posted: Some(posted) })
    }
}

/// A slip as a group of the ledger.
fn group(slip: &stock_slip::Model, lines: &[stock_slip_line::Model]) -> Group {
    let entry = |(index, line): (usize, &stock_slip_line::Model)| {
        let units = match slip.kind {
            Kind::WriteOff => line.quantity.saturating_neg(),
            Kind::Return => line.quantity,
        };
        let held = line.condition.state().map(|state| (state, units));
        let deltas: Vec<_> = [Some((State::OnHand, units)), held].into_iter().flatten().collect();
        Entry::new(index, line.slot(), deltas)
    };
    let entries = lines.iter().enumerate().map(entry).collect();
    let reference = slip.external_reference.clone().or_else(|| Some(slip.number.clone()));
    let memo =
        Memo::new(slip.reason).with_reference(reference).with_note(slip.note.clone()).of_document(slip.document());
    Group { memo, change: Change::Post(Post { kind: slip.kind.document().adjustment(), entries }) }
}
