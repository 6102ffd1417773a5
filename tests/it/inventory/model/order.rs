//! Looks for an order of what the clients did in which the model says to each of them what the server said, and ends with what the server has.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::operation::{Keys, Operation};
use super::orders::OrderDeed;
use super::promises::Policy;
use super::world::{Key, Level, Movement, Outcome, Slot, World};

/// What one client asked for, about which document, and what it was told, one after the other.
pub(super) type Told = Vec<(Operation, Keys, Outcome)>;

/// What the server has when nobody asks for anything.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// The levels with their histories.
    pub(super) levels: BTreeMap<Slot, Level>,
    /// What each document shows.
    pub(super) documents: BTreeMap<Key, Value>,
    /// How far each variant may be promised beyond its stock.
    pub(super) policies: BTreeMap<usize, Policy>,
}

/// The worlds after such orders, from any of these. What counters have found is seen by nobody before counting ends, and what a draft will order by nobody
/// before it does, so that there may be several.
pub(super) fn explain(starts: &[World], told: &[Told], end: &Seen) -> Vec<World> {
    let is_counted = told.iter().flatten().any(|(operation, ..)| matches!(operation, Operation::Count(_)));
    let some_is_hidden = is_counted || drafts_meet(told);
    let mut found = Vec::new();
    for start in starts {
        let mut search = Search { told, end, some_is_hidden, seen: HashSet::new(), found: Vec::new() };
        search.from(start.clone(), vec![0; told.len()]);
        found.extend(search.found);
    }
    let mut seen = HashSet::new();
    found.retain(|world| seen.insert(world.clone()));
    found
}

/// Whether several clients changed the same draft.
fn drafts_meet(told: &[Told]) -> bool {
    let is_redrawn = |operation: &Operation| matches!(operation, Operation::Order(OrderDeed::Redraw { .. }));
    let redrawn = told.iter().map(|told| {
        let redrawn =
            told.iter().filter(|(operation, _, outcome)| is_redrawn(operation) && *outcome == Outcome::done());
        redrawn.map(|(_, keys, _)| keys.about).collect::<HashSet<_>>()
    });
    let mut all = HashSet::new();
    redrawn.flatten().any(|draft| !all.insert(draft))
}

/// Whether what the server has reads as the model says.
pub(super) fn is_read(world: &World, seen: &Seen) -> bool {
    in_order(world.read()) == in_order(seen.levels.clone())
        && world.documents() == seen.documents
        && seen.policies.iter().all(|(variant, policy)| world.policy(*variant) == *policy)
}

impl World {
    /// What the documents show.
    fn documents(&self) -> BTreeMap<Key, Value> {
        let orders = self.orders.iter().map(|(key, order)| (*key, order.shown()));
        let receipts = self.receipts.iter().map(|(key, receipt)| (*key, receipt.shown()));
        let slips = self.slips.iter().map(|(key, slip)| (*key, slip.status.into()));
        let reservations = self.reservations.iter().map(|(key, one)| (*key, one.shown(self.now, self.is_timed)));
        let counts = self.counts.iter().map(|(key, count)| (*key, count.shown()));
        orders.chain(receipts).chain(slips).chain(reservations).chain(counts).collect()
    }
}

struct Search<'a> {
    told: &'a [Told],
    end: &'a Seen,
    /// Whether to look for every world, since some may differ in what cannot be seen.
    some_is_hidden: bool,
    /// Where the search has been.
    seen: HashSet<(Vec<usize>, World)>,
    found: Vec<World>,
}

impl Search<'_> {
    fn from(&mut self, world: World, done: Vec<usize>) {
        if self.told.iter().zip(&done).all(|(told, done)| told.len() == *done) {
            if is_read(&world, self.end) {
                self.found.push(world);
            }
            return;
        }
        if !self.seen.insert((done.clone(), world.clone())) {
            return;
        }
        for client in 0..self.told.len() {
            let Some((operation, keys, outcome)) = self.told[client].get(done[client]) else { continue };
            let mut next = world.clone();
            if next.apply(operation, *keys) != *outcome || !self.leads_to_the_end(&next) {
                continue;
            }
            let mut done = done.clone();
            done[client] += 1;
            self.from(next, done);
            if !self.found.is_empty() && !self.some_is_hidden {
                return;
            }
        }
    }

    /// Whether every history so far is the beginning of the one that the server has.
    fn leads_to_the_end(&self, world: &World) -> bool {
        world.levels.iter().all(|(slot, level)| {
            self.end.levels.get(slot).is_some_and(|end| sorted(&end.history).starts_with(&sorted(&level.history)))
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
