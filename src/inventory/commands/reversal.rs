//! Takes an adjustment back: the opposite of each of its movements, as another adjustment. Nothing is edited.

use std::collections::BTreeMap;

use crate::inventory::entity::stock_adjustment::{self, Document, Kind, Reason};
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_movement::{self, State};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::{self, Posted};
use crate::inventory::rules::change::{Change, Entry, Group, Memo, Post};
use crate::inventory::store;
use crate::kernel::db::constraint;
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::write::Cx;

/// What a reversal takes back, and in whose name.
pub(super) struct Reversal<'a> {
    /// The adjustment, whose reversal nobody else posts meanwhile or has posted.
    pub adjustment: &'a stock_adjustment::Model,
    /// Its movements.
    pub movements: &'a [stock_movement::Model],
    /// The document that corrects itself.
    pub document: Option<Document>,
    /// Words for people.
    pub note: Option<String>,
    /// The input field that names what is taken back.
    pub field: &'static str,
}

impl Reversal<'_> {
    /// Posts the opposite movements, all or none; refused when units that came are gone.
    pub(super) async fn post(self, cx: &mut Cx<'_>) -> Result<Posted, Failure<InventoryError>> {
        let mut opposite: BTreeMap<Slot, Vec<(State, i64)>> = BTreeMap::new();
        for movement in self.movements {
            opposite.entry(movement.slot()).or_default().push((movement.state, movement.delta.saturating_neg()));
        }
        let entries = opposite.into_iter().enumerate().map(|(index, (slot, deltas))| Entry::new(index, slot, deltas));
        let change = Change::Post(Post { kind: Kind::Reversal, entries: entries.collect() });
        let memo = Memo {
            document: self.document,
            reverses: Some(self.adjustment.id),
            ..Memo::new(Reason::Correction)
                .with_reference(self.adjustment.reference.clone())
                .with_note(self.note.clone())
        };
        let refusals = match ledger::post(cx, Group { memo, change }).await.map_err(|fault| self.taken(fault))? {
            Ok(posted) => {
                cx.tx.flush().await.map_err(|error| self.taken(error.into()))?;
                return Ok(posted);
            }
            Err(refusals) => refusals,
        };
        // The units may be gone because another took the adjustment back while this one waited for the levels.
        if !store::reversals_of(cx.tx, cx.actor, &[self.adjustment.id]).await?.is_empty() {
            return Err(Failure::refused(self.field, InventoryError::AlreadyReversed));
        }
        Err(Failure::Refused(refusals.into_iter().map(|refusal| At::new(self.field, refusal.error)).collect()))
    }

    /// Of two who take back the same adjustment at once, one is late.
    fn taken(&self, fault: Fault) -> Failure<InventoryError> {
        match fault {
            Fault::Database(error) if constraint::is_taken(&error, "uq_stock_adjustments_reverses_id") => {
                Failure::refused(self.field, InventoryError::AlreadyReversed)
            }
            fault => fault.into(),
        }
    }
}
