//! The model: what stock is, as plainly as it can be said. It knows neither the server nor its rules' code.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::operation::{Condition, Operation};

/// The number of a variant of the case, and of a location.
pub(super) type Slot = (usize, usize);

/// A movement: the number that changed, by how much, and why.
pub(super) type Movement = (String, i64, String);

/// A level with its history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Level {
    pub(super) on_hand: i64,
    pub(super) reserved: i64,
    pub(super) damaged: i64,
    pub(super) quality_control: i64,
    pub(super) incoming: i64,
    pub(super) history: Vec<Movement>,
}

impl Level {
    fn free(&self) -> i64 {
        self.on_hand - self.reserved - self.damaged - self.quality_control
    }

    pub(super) fn number(&mut self, state: &str) -> &mut i64 {
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
    pub(super) fn shown(&self, (variant, location): Slot) -> Value {
        let Self { on_hand, reserved, damaged, quality_control, incoming, .. } = self;
        let (available, version) = (self.free().max(0), self.history.len());
        json!([[variant, location], on_hand, reserved, damaged, quality_control, incoming, available, version])
    }
}

/// Everything that there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) levels: BTreeMap<Slot, Level>,
}

/// What an operation makes of a number of a level, and the line that asks for it.
struct Wish {
    line: usize,
    slot: Slot,
    state: &'static str,
    delta: i64,
}

fn wish(line: usize, slot: Slot, state: &'static str, delta: i64) -> Wish {
    Wish { line, slot, state, delta }
}

/// What a client is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    /// It was done; every level named, as it is afterwards.
    Done(String),
    /// It was refused: for each fault its line, code, and the numbers beside it.
    Refused(Vec<Fault>),
}

/// Why a line is refused: its index, the code, and the numbers that the error tells.
pub(super) type Fault = (usize, String, Vec<i64>);

impl Outcome {
    pub(super) fn done(levels: Vec<Value>) -> Self {
        Self::Done(Value::Array(levels).to_string())
    }
}

impl World {
    /// Does an operation, or refuses it and stays as it is.
    pub(super) fn apply(&mut self, operation: &Operation) -> Outcome {
        match operation {
            Operation::Adjust { lines } => {
                let wishes = lines.iter().enumerate().flat_map(|(index, (slot, delta, condition))| {
                    let beside = condition.state().map(|state| wish(index, *slot, state, *delta));
                    [Some(wish(index, *slot, "ON_HAND", *delta)), beside].into_iter().flatten()
                });
                self.post(wishes.collect(), "OTHER")
            }
            Operation::Set { slot, to, from } => self.set(*slot, *to, *from),
            Operation::Move { variant, from, to, units } => {
                if from == to {
                    return Outcome::Refused(vec![(0, "INVALID".to_owned(), Vec::new())]);
                }
                let ends = [wish(0, (*variant, *from), "ON_HAND", -units), wish(0, (*variant, *to), "ON_HAND", *units)];
                self.post(ends.into(), "TRANSFER")
            }
            Operation::Reclassify { slot, from, to, units } => {
                if from == to {
                    return Outcome::Refused(vec![(0, "INVALID".to_owned(), Vec::new())]);
                }
                let end = |condition: Condition, delta| Some(wish(0, *slot, condition.state()?, delta));
                let ends = [end(*from, -units), end(*to, *units)];
                self.post(ends.into_iter().flatten().collect(), "INSPECTED")
            }
        }
    }

    fn set(&mut self, slot: Slot, to: i64, from: Option<i64>) -> Outcome {
        let on_hand = self.levels.get(&slot).map_or(0, |level| level.on_hand);
        if from.is_some_and(|from| from != on_hand) {
            return Outcome::Refused(vec![(0, "STALE".to_owned(), vec![on_hand])]);
        }
        self.post(vec![wish(0, slot, "ON_HAND", to - on_hand)], "COUNT")
    }

    /// All wishes together, or none.
    fn post(&mut self, wishes: Vec<Wish>, reason: &str) -> Outcome {
        let mut by_level: BTreeMap<Slot, Vec<&Wish>> = BTreeMap::new();
        for wish in &wishes {
            by_level.entry(wish.slot).or_default().push(wish);
        }
        let mut faults: Vec<Fault> = by_level.iter().filter_map(|(slot, wishes)| self.short(*slot, wishes)).collect();
        if !faults.is_empty() {
            faults.sort_unstable();
            return Outcome::Refused(faults);
        }
        for (slot, wishes) in &by_level {
            let level = self.levels.entry(*slot).or_default();
            for state in ["ON_HAND", "RESERVED", "DAMAGED", "QUALITY_CONTROL", "INCOMING"] {
                let delta: i64 = wishes.iter().filter(|wish| wish.state == state).map(|wish| wish.delta).sum();
                *level.number(state) += delta;
                if delta != 0 {
                    level.history.push((state.to_owned(), delta, reason.to_owned()));
                }
            }
        }
        Outcome::done(by_level.keys().map(|slot| self.levels[slot].shown(*slot)).collect())
    }

    /// Why a level cannot give what is wanted of it.
    fn short(&self, slot: Slot, wishes: &[&Wish]) -> Option<Fault> {
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
        if lost > 0 && lost > level.free() {
            let taker = wishes.iter().map(|wish| wish.line).find(|line| by_line(*line) > 0).unwrap();
            return fault(taker, level.free(), lost);
        }
        ["ON_HAND", "RESERVED", "DAMAGED", "QUALITY_CONTROL", "INCOMING"].into_iter().find_map(|state| {
            let of_state = || wishes.iter().filter(move |wish| wish.state == state);
            let (delta, units) = (of_state().map(|wish| wish.delta).sum::<i64>(), *level.clone().number(state));
            let taker = of_state().find(|wish| wish.delta < 0).map_or(0, |wish| wish.line);
            if units + delta < 0 { fault(taker, units, -delta) } else { None }
        })
    }
}
