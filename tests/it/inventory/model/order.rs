//! Looks for an order of what the clients did in which the model says to each of them what the server said, and ends with what the server has.

use std::collections::{BTreeMap, HashSet};

use super::operation::Operation;
use super::world::{Key, Level, Movement, Outcome, Slot, World};

/// What one client asked for, about which document, and what it was told, one after the other.
pub(super) type Told = Vec<(Operation, Key, Outcome)>;

/// The world after some such order; `None` when there is none.
pub(super) fn explain(start: &World, told: &[Told], end: &BTreeMap<Slot, Level>) -> Option<World> {
    let mut search = Search { told, end, seen: HashSet::new() };
    search.from(start.clone(), vec![0; told.len()])
}

/// Whether the server's levels read as the model says.
pub(super) fn is_read(world: &World, seen: &BTreeMap<Slot, Level>) -> bool {
    in_order(world.read()) == in_order(seen.clone())
}

struct Search<'a> {
    told: &'a [Told],
    end: &'a BTreeMap<Slot, Level>,
    /// Where the search has been without success.
    seen: HashSet<(Vec<usize>, World)>,
}

impl Search<'_> {
    fn from(&mut self, world: World, done: Vec<usize>) -> Option<World> {
        if self.told.iter().zip(&done).all(|(told, done)| told.len() == *done) {
            return is_read(&world, self.end).then_some(world);
        }
        if !self.seen.insert((done.clone(), world.clone())) {
            return None;
        }
        (0..self.told.len()).find_map(|client| {
            let (operation, key, outcome) = self.told[client].get(done[client])?;
            let mut next = world.clone();
            if next.apply(operation, *key) != *outcome || !self.leads_to_the_end(&next) {
                return None;
            }
            let mut done = done.clone();
            done[client] += 1;
            self.from(next, done)
        })
    }

    /// Whether every history so far is the beginning of the one that the server has.
    fn leads_to_the_end(&self, world: &World) -> bool {
        world.levels.iter().all(|(slot, level)| {
            self.end.get(slot).is_some_and(|end| sorted(&end.history).starts_with(&sorted(&level.history)))
        })
    }
}

/// Reservations that expired together do so in an order that no client can see.
fn sorted(history: &[Movement]) -> Vec<Movement> {
    let expired = |movement: &Movement| movement.2 == "EXPIRED";
    let runs = history.chunk_by(|one, other| expired(one) && expired(other));
    runs.flat_map(|run| {
        let mut run = run.to_vec();
        run.sort_unstable();
        run
    })
    .collect()
}

fn in_order(mut levels: BTreeMap<Slot, Level>) -> BTreeMap<Slot, Level> {
    for level in levels.values_mut() {
        level.history = sorted(&level.history);
    }
    levels
}
