//! The model: what stock is, as plainly as it can be said. It knows neither the server nor its rules' code.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::counts::Count;
use super::deliveries::{Order, Receipt};
use super::operation::{Keys, Operation};
use super::promises::{Policy, Reservation};
use super::slips::Slip;

/// The number of a variant of the case, and of a location.
pub(super) type Slot = (usize, usize);

/// A movement: the number that changed, by how much, and why.
pub(super) type Movement = (String, i64, String);

/// The numbers of a level, in the order in which one change moves them.
const STATES: [&str; 5] = ["ON_HAND", "RESERVED", "DAMAGED", "QUALITY_CONTROL", "INCOMING"];

/// A level with its history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Level {
    pub(super) on_hand: i64,
    pub(super) reserved: i64,
    pub(super) damaged: i64,
    pub(super) quality_control: i64,
    pub(super) incoming: i64,
    pub(super) safety_stock: i64,
    pub(super) history: Vec<Movement>,
}

impl Level {
    /// Units that are sound and not promised; negative when more are promised than are there.
    pub(super) fn free(&self) -> i64 {
        self.on_hand - self.reserved - self.damaged - self.quality_control
    }

    fn number(&mut self, state: &str) -> &mut i64 {
        match state {
            "ON_HAND" => &mut self.on_hand,
            "RESERVED" => &mut self.reserved,
            "DAMAGED" => &mut self.damaged,
            "QUALITY_CONTROL" => &mut self.quality_control,
            "INCOMING" => &mut self.incoming,
            _ => panic!("no number {state}"),
        }
    }

    /// What an answer shows of it.
    fn shown(&self, (variant, location): Slot) -> Value {
        let Self { on_hand, reserved, damaged, quality_control, incoming, .. } = self;
        let (available, backordered, version) = (self.free().max(0), (-self.free()).max(0), self.history.len());
        json!([
            [variant, location],
            [
                json!(on_hand),
                json!(reserved),
                json!(damaged),
                json!(quality_control),
                json!(incoming),
                json!(available),
                json!(backordered),
                json!(version)
            ]
        ])
    }
}

/// What a document is called in a case: the phase, the client and the number of the request that made it.
pub(super) type Key = (usize, usize, usize);

/// Everything that there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) levels: BTreeMap<Slot, Level>,
    pub(super) adjustments: BTreeMap<Key, Adjustment>,
    pub(super) orders: BTreeMap<Key, Order>,
    pub(super) receipts: BTreeMap<Key, Receipt>,
    pub(super) reservations: BTreeMap<Key, Reservation>,
    pub(super) slips: BTreeMap<Key, Slip>,
    pub(super) counts: BTreeMap<Key, Count>,
    /// The versions at which something brought the books of a level in line with its shelf, on which nothing moved.
    pub(super) corrected: BTreeMap<Slot, usize>,
    /// How far a variant may be promised beyond its stock: not at all unless told.
    pub(super) policies: BTreeMap<usize, Policy>,
    /// Whether time passes only when the case says so.
    pub(super) is_timed: bool,
    /// Minutes since the case began.
    pub(super) now: u32,
}

/// What can be taken back: something that was posted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Adjustment {
    pub(super) changes: Vec<(Slot, &'static str, i64)>,
    /// The level that it set to a number, if it did.
    pub(super) sets: Option<Slot>,
    /// Whether it cannot be taken back, or not again.
    pub(super) is_final: bool,
}

/// What an operation makes of a number of a level, and the line that asks for it.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) line: usize,
    pub(super) slot: Slot,
    pub(super) state: &'static str,
    pub(super) delta: i64,
}

pub(super) fn wish(line: usize, slot: Slot, state: &'static str, delta: i64) -> Wish {
    Wish { line, slot, state, delta }
}

/// Whether wishes must be content with what is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Free,
    /// Somebody counted, or may promise what is not there.
    Anything,
}

/// What was posted.
pub(super) struct Posted {
    pub(super) changes: Vec<(Slot, &'static str, i64)>,
    /// What an answer shows of the levels.
    pub(super) levels: Vec<Value>,
}

/// What a client is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    /// It was done; and what the answer shows as the deed left it.
    Done(String),
    /// It was refused: for each fault its line, code, and the numbers beside it.
    Refused(Vec<Fault>),
}

/// Why a line is refused: its index, the code, and the numbers that the error tells.
pub(super) type Fault = (usize, String, Vec<i64>);

pub(super) fn refused(code: &str) -> Outcome {
    Outcome::Refused(vec![(0, code.to_owned(), Vec::new())])
}

impl Outcome {
    pub(super) fn done() -> Self {
        Self::Done(String::new())
    }

    pub(super) fn levels(levels: Vec<Value>) -> Self {
        Self::Done(Value::Array(levels).to_string())
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

impl World {
    /// Does what a request asks for, or refuses it and stays as it is but for the draft that was made before.
    pub(super) fn apply(&mut self, operation: &Operation, keys: Keys) -> Outcome {
        let deed = operation.deed();
        deed.draw_up(self, keys.own);
        let mut after = self.clone();
        let outcome = deed.apply(&mut after, keys);
        if outcome.is_done() {
            *self = after;
        }
        outcome
    }

    /// All wishes together, or none; the wishes of a level in the order of its numbers.
    pub(super) fn post(&mut self, wishes: &[Wish], reason: &str) -> Result<Posted, Vec<Fault>> {
        self.post_within(Within::Free, wishes, reason)
    }

    pub(super) fn post_within(&mut self, within: Within, wishes: &[Wish], reason: &str) -> Result<Posted, Vec<Fault>> {
        let mut by_level: BTreeMap<Slot, Vec<&Wish>> = BTreeMap::new();
        for wish in wishes {
            by_level.entry(wish.slot).or_default().push(wish);
        }
        self.expire(&by_level.keys().copied().collect::<Vec<_>>());
        let mut faults: Vec<Fault> =
            by_level.iter().filter_map(|(slot, wishes)| self.short(within, *slot, wishes)).collect();
        if !faults.is_empty() {
            faults.sort_unstable();
            return Err(faults);
        }
        let mut posted = Posted { changes: Vec::new(), levels: Vec::new() };
        for (slot, wishes) in &by_level {
            let level = self.levels.entry(*slot).or_default();
            for state in STATES {
                let delta: i64 = wishes.iter().filter(|wish| wish.state == state).map(|wish| wish.delta).sum();
                *level.number(state) += delta;
                if delta != 0 {
                    level.history.push((state.to_owned(), delta, reason.to_owned()));
                    posted.changes.push((*slot, state, delta));
                }
            }
            posted.levels.push(level.shown(*slot));
        }
        Ok(posted)
    }

    /// Why a level cannot give what is wanted of it.
    fn short(&self, within: Within, slot: Slot, wishes: &[&Wish]) -> Option<Fault> {
        let level = self.levels.get(&slot).cloned().unwrap_or_default();
        let cost = |wish: &Wish| match wish.state {
            "ON_HAND" => -wish.delta,
            "INCOMING" => 0,
            _ => wish.delta,
        };
        let by_line =
            |line: usize| wishes.iter().filter(move |wish| wish.line == line).map(|wish| cost(wish)).sum::<i64>();
        let fault = |line: usize, available: i64, requested: i64| {
            Some((line, "INSUFFICIENT_STOCK".to_owned(), vec![available.max(0), requested]))
        };
        let lost: i64 = wishes.iter().map(|wish| cost(wish)).sum();
        let taker = wishes.iter().map(|wish| wish.line).find(|line| by_line(*line) > 0).unwrap_or(0);
        if within == Within::Free && lost > 0 && lost > level.free() {
            return fault(taker, level.free(), lost);
        }
        let mut after = level.clone();
        for state in STATES {
            let of_state = || wishes.iter().filter(move |wish| wish.state == state);
            let (delta, units) = (of_state().map(|wish| wish.delta).sum::<i64>(), *level.clone().number(state));
            if units + delta < 0 {
                let taker = of_state().find(|wish| wish.delta < 0).map_or(0, |wish| wish.line);
                return fault(taker, units, -delta);
            }
            *after.number(state) += delta;
        }
        // Units that are damaged or wait for a check must be there.
        if after.damaged + after.quality_control > after.on_hand { fault(taker, level.free(), lost) } else { None }
    }
}
