//! Expired promises in the model: they are free wherever levels are read, and whoever locks a level takes back what they hold of it.

use std::collections::BTreeMap;

use super::world::{Level, Slot, World};

impl World {
    /// Takes back what expired reservations hold of these levels: all that one of them holds of a level at once.
    pub(super) fn expire(&mut self, slots: &[Slot]) {
        let now = self.now;
        for reservation in self.reservations.values_mut().filter(|one| one.is_over(now)) {
            let mut lapsed: BTreeMap<Slot, i64> = BTreeMap::new();
            for one in reservation.allocations.iter_mut().filter(|one| one.held > 0 && slots.contains(&one.slot)) {
                *lapsed.entry(one.slot).or_default() += one.held;
                (one.expired, one.held, one.backordered) = (one.expired + one.held, 0, 0);
            }
            for (slot, units) in lapsed {
                let level = self.levels.get_mut(&slot).unwrap();
                level.reserved -= units;
                level.history.push(("RESERVED".to_owned(), -units, "EXPIRED".to_owned()));
            }
        }
    }

    /// The levels as they are read: what expired reservations hold is free already.
    pub(super) fn read(&self) -> BTreeMap<Slot, Level> {
        let mut levels = self.levels.clone();
        let expired = self.reservations.values().filter(|one| one.is_over(self.now));
        for one in expired.flat_map(|one| &one.allocations) {
            levels.get_mut(&one.slot).unwrap().reserved -= one.held;
        }
        levels
    }
}
