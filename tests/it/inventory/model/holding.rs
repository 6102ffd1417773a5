//! What a reservation holds, in the model: sold, let go or held for longer.

use super::promises::{Allocation, Reservation, Units};
use super::world::{Fault, Key, Outcome, Slot, World, refused, wish};

/// What becomes of units that are taken out of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Sold,
    LetGo,
}

impl Allocation {
    /// Takes units out: those that are there are sold first, and those that are not there are let go first. Tells how many were not there.
    fn take(&mut self, units: i64, fate: Fate) -> i64 {
        let before = self.backordered;
        self.held -= units;
        match fate {
            Fate::Sold => {
                self.fulfilled += units;
                self.backordered = before.min(self.held);
            }
            Fate::LetGo => {
                self.released += units;
                self.backordered = (before - units).max(0);
            }
        }
        before - self.backordered
    }
}

/// Units of a line that were taken out of what a reservation holds of a level.
struct Taken {
    line: usize,
    slot: Slot,
    units: i64,
    beyond: i64,
}

impl World {
    pub(super) fn told(&self, key: Key) -> Outcome {
        Outcome::Done(self.reservations[&key].shown(self.now, self.is_timed).to_string())
    }

    /// A reservation that holds, with its levels rid of expired promises.
    fn active(&mut self, key: Key) -> Result<Reservation, Outcome> {
        let reservation = self.reservations[&key].clone();
        if reservation.status != "ACTIVE" || reservation.is_over(self.now) {
            return Err(refused("INVALID_STATE"));
        }
        self.expire(&reservation.allocations.iter().map(|one| one.slot).collect::<Vec<_>>());
        Ok(reservation)
    }

    pub(super) fn extend(&mut self, key: Key, expires: Option<u32>) -> Outcome {
        match self.active(key) {
            Ok(reservation) => {
                self.reservations.insert(key, Reservation { expires, ..reservation });
                self.told(key)
            }
            Err(outcome) => outcome,
        }
    }

    /// Sells units, or lets them go.
    pub(super) fn take(&mut self, key: Key, units: Option<&[Units]>, fate: Fate) -> Outcome {
        let mut reservation = match self.active(key) {
            Ok(reservation) => reservation,
            Err(outcome) => return outcome,
        };
        let taken = match reservation.take(units, fate) {
            Ok(taken) => taken,
            Err(faults) => return Outcome::Refused(faults),
        };
        let faults = if fate == Fate::Sold { self.promised_to_others(&taken) } else { Vec::new() };
        if !faults.is_empty() {
            return Outcome::Refused(faults);
        }
        let wishes: Vec<_> = taken
            .iter()
            .flat_map(|one| {
                let on_hand = if fate == Fate::Sold { -one.units } else { 0 };
                [("ON_HAND", on_hand), ("RESERVED", -one.units)]
                    .map(|(state, delta)| wish(one.line, one.slot, state, delta))
            })
            .collect();
        let (reason, ends_as) = match fate {
            Fate::Sold => ("SOLD", "FULFILLED"),
            Fate::LetGo => ("RELEASED", "RELEASED"),
        };
        if let Err(faults) = self.post(&wishes, reason) {
            return Outcome::Refused(faults);
        }
        if reservation.allocations.iter().all(|one| one.held == 0) {
            reservation.status = ends_as;
        }
        self.reservations.insert(key, reservation);
        self.told(key)
    }

    /// Units that were not there when they were promised are sold only from what was promised to nobody else while it was there.
    fn promised_to_others(&self, taken: &[Taken]) -> Vec<Fault> {
        let late = |slot: Slot| taken.iter().filter(move |one| one.slot == slot && one.beyond > 0);
        let mut slots: Vec<Slot> = taken.iter().filter(|one| one.beyond > 0).map(|one| one.slot).collect();
        slots.sort_unstable();
        slots.dedup();
        let short = |slot: Slot| {
            let level = &self.levels[&slot];
            let all = self.reservations.values().flat_map(|one| &one.allocations);
            let firm: i64 = all.filter(|one| one.slot == slot).map(|one| one.held - one.backordered).sum();
            let available = (level.on_hand - level.damaged - level.quality_control - firm).max(0);
            let requested: i64 = late(slot).map(|one| one.beyond).sum();
            let line = late(slot).next()?.line;
            (requested > available).then(|| (line, "INSUFFICIENT_STOCK".to_owned(), vec![available, requested]))
        };
        let mut faults: Vec<_> = slots.into_iter().filter_map(short).collect();
        faults.sort_unstable();
        faults
    }
}

impl Reservation {
    /// Takes out what is asked for, line after line, or everything.
    fn take(&mut self, units: Option<&[Units]>, fate: Fate) -> Result<Vec<Taken>, Vec<Fault>> {
        let (mut taken, mut faults) = (Vec::new(), Vec::new());
        let everything = || self.allocations.iter().map(|one| (one.slot.0, Some(one.slot.1), one.held));
        let asked: Vec<(usize, Units)> = match units {
            None => everything().filter(|(.., held)| *held > 0).map(|units| (0, units)).collect(),
            Some(units) => units.iter().copied().enumerate().collect(),
        };
        for (line, (variant, place, mut missing)) in asked {
            let fits = |one: &Allocation| one.slot.0 == variant && place.is_none_or(|place| place == one.slot.1);
            let held: i64 = self.allocations.iter().filter(|one| fits(one)).map(|one| one.held).sum();
            if held < missing {
                faults.push((line, "OUT_OF_RANGE".to_owned(), Vec::new()));
                continue;
            }
            for one in self.allocations.iter_mut().filter(|one| fits(one)) {
                let units = missing.min(one.held);
                if units > 0 {
                    missing -= units;
                    taken.push(Taken { line, slot: one.slot, units, beyond: one.take(units, fate) });
                }
            }
        }
        if faults.is_empty() { Ok(taken) } else { Err(faults) }
    }
}
