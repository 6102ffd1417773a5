//! Expired promises: whoever locks a level takes them back before anything is decided, so that no decision is made on a promise whose time is over.

use std::collections::{BTreeMap, BTreeSet};

use super::sheet::Sheet;
use crate::inventory::entity::reservation::ReservationId;
use crate::inventory::entity::stock_adjustment::{Document, DocumentType, Kind, Reason};
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_movement::State;
use crate::inventory::rules::change::{Change, Entry, Group, Memo, Post};
use crate::inventory::store::{self, Lapsed};
use crate::kernel::actor::Actor;
use crate::kernel::error::Fault;
use crate::kernel::write::Cx;

/// The part of the server in whose name they are taken back.
pub(super) const EXPIRY: &str = "inventory";

impl Sheet {
    /// Takes back what expired reservations hold of these locked levels: a group for each reservation.
    pub(super) async fn settle(&mut self, cx: &Cx<'_>, lapsing: &BTreeSet<Slot>) -> Result<(), Fault> {
        if lapsing.is_empty() {
            return Ok(());
        }
        let lapsed = store::lapsed_allocations(cx.tx, lapsing, cx.now).await?;
        let mut reservations: BTreeMap<ReservationId, Vec<Lapsed>> = BTreeMap::new();
        for allocation in &lapsed {
            reservations.entry(allocation.reservation).or_default().push(*allocation);
        }
        let system = Actor::system(EXPIRY);
        for (reservation, allocations) in reservations {
            let posted = self.post_as(cx, &system, &release(reservation, &allocations));
            posted.map_err(|refusals| Fault::Internal(format!("{reservation} cannot expire: {refusals:?}")))?;
            self.settlements += 1;
        }
        self.lapsed = lapsed;
        self.tell_what_is_left();
        Ok(())
    }

    /// Each of these groups takes back a part, but none of what they take back counts any more: their events say what is promised after all of them.
    fn tell_what_is_left(&mut self) {
        for level in self.posted.iter_mut().flat_map(|posted| &mut posted.levels) {
            if let Some(now) = self.now.get(&level.slot()) {
                (level.reserved, level.backordered) = (now.reserved, now.backordered);
            }
        }
    }

    /// Units of the locked levels that expired reservations held.
    pub fn expired_units(&self) -> i64 {
        self.lapsed.iter().map(|lapsed| lapsed.held).sum()
    }

    /// Writes down that these promises have expired.
    pub(super) async fn write_lapsed(&self, cx: &Cx<'_>) -> Result<(), Fault> {
        let written = store::lapse_allocations(cx.tx, &self.lapsed).await?;
        if usize::try_from(written) != Ok(self.lapsed.len()) {
            return Err(Fault::Internal(format!("{written} allocations expired instead of {}", self.lapsed.len())));
        }
        Ok(())
    }
}

fn release(reservation: ReservationId, allocations: &[Lapsed]) -> Group {
    let document = Document { kind: DocumentType::Reservation, id: reservation.0 };
    let entries = allocations
        .iter()
        .map(|allocation| Entry::new(0, allocation.slot, [(State::Reserved, -allocation.held)]))
        .collect();
    let memo = Memo::new(Reason::Expired).of_document(document);
    Group { memo, change: Change::Post(Post { kind: Kind::Reservation, entries }) }
}
