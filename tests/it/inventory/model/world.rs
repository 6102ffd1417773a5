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

/// What a document is called in a case: the phase, the client and the number of the request that made it.
pub(super) type Key = (usize, usize, usize);

/// A purchase order, or a transfer when it has a source, of one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Order {
    variant: usize,
    from: Option<usize>,
    to: usize,
    units: i64,
    settled: i64,
    status: &'static str,
}

/// A reservation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Reservation {
    held: Vec<(Slot, i64)>,
    /// The minute at which it expires.
    expires: Option<u32>,
    status: &'static str,
}

/// Everything that there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) levels: BTreeMap<Slot, Level>,
    orders: BTreeMap<Key, Order>,
    reservations: BTreeMap<Key, Reservation>,
    /// Minutes since the case began.
    pub(super) now: u32,
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

fn refused(code: &str) -> Outcome {
    Outcome::Refused(vec![(0, code.to_owned(), Vec::new())])
}

fn status(status: &str) -> Outcome {
    Outcome::Done(json!(status).to_string())
}

impl Outcome {
    pub(super) fn done(levels: Vec<Value>) -> Self {
        Self::Done(Value::Array(levels).to_string())
    }
}

impl World {
    /// Does what a request asks for, or refuses it and stays as it is. `key` is the document that it makes or is about.
    pub(super) fn apply(&mut self, operation: &Operation, key: Key) -> Outcome {
        let mut after = self.clone();
        after.expire(&operation.slots());
        let outcome = after.carry_out(operation, key);
        if !matches!(outcome, Outcome::Refused(_)) {
            *self = after;
        } else if operation.makes_a_draft() {
            // The draft was made before, by a request of its own.
            self.orders = after.orders;
        }
        outcome
    }

    fn carry_out(&mut self, operation: &Operation, key: Key) -> Outcome {
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
                    return refused("INVALID");
                }
                let ends = [wish(0, (*variant, *from), "ON_HAND", -units), wish(0, (*variant, *to), "ON_HAND", *units)];
                self.post(ends.into(), "TRANSFER")
            }
            Operation::Reclassify { slot, from, to, units } => {
                if from == to {
                    return refused("INVALID");
                }
                let end = |condition: Condition, delta| Some(wish(0, *slot, condition.state()?, delta));
                let ends = [end(*from, -units), end(*to, *units)];
                self.post(ends.into_iter().flatten().collect(), "INSPECTED")
            }
            Operation::Buy { slot: (variant, to), units } => self.open(
                key,
                Order { variant: *variant, from: None, to: *to, units: *units, settled: 0, status: "DRAFT" },
            ),
            Operation::Send { variant, from, units } => {
                let to = 1 - from;
                self.open(
                    key,
                    Order { variant: *variant, from: Some(*from), to, units: *units, settled: 0, status: "DRAFT" },
                )
            }
            Operation::Arrive { accepted, damaged, .. } => self.arrive(key, *accepted, *damaged),
            Operation::Cancel { .. } => self.cancel(key),
            Operation::Reserve { lines, partial, minutes } => self.reserve(key, lines, *partial, *minutes),
            Operation::Fulfil { .. } => self.take(key, "FULFILLED"),
            Operation::Release { .. } => self.take(key, "RELEASED"),
        }
    }

    /// Orders or ships a draft that was just made.
    fn open(&mut self, key: Key, order: Order) -> Outcome {
        let (units, variant) = (order.units, order.variant);
        let source = order.from.map(|from| wish(0, (variant, from), "ON_HAND", -units));
        let wishes = source.into_iter().chain([wish(0, (variant, order.to), "INCOMING", units)]).collect();
        let (opened, reason) = if order.from.is_some() { ("IN_TRANSIT", "TRANSFER") } else { ("ORDERED", "ORDERED") };
        self.orders.insert(key, order);
        let outcome = self.post(wishes, reason);
        if !matches!(outcome, Outcome::Refused(_)) {
            self.orders.get_mut(&key).unwrap().status = opened;
            return status(opened);
        }
        outcome
    }

    fn arrive(&mut self, key: Key, accepted: i64, damaged: i64) -> Outcome {
        let order = self.orders[&key].clone();
        if !["IN_TRANSIT", "ORDERED", "PARTIALLY_RECEIVED"].contains(&order.status) {
            return refused("INVALID_STATE");
        }
        let (units, left) = (accepted + damaged, order.units - order.settled);
        if units > left {
            return Outcome::Refused(vec![(0, "OUT_OF_RANGE".to_owned(), vec![units, left])]);
        }
        let at = (order.variant, order.to);
        let wishes = [wish(0, at, "ON_HAND", units), wish(0, at, "DAMAGED", damaged), wish(0, at, "INCOMING", -units)];
        let reason = if order.from.is_some() { "TRANSFER" } else { "RECEIVED" };
        let outcome = self.post(wishes.into(), reason);
        assert!(!matches!(outcome, Outcome::Refused(_)), "what arrives is never refused");
        let now = if units == left { "RECEIVED" } else { "PARTIALLY_RECEIVED" };
        self.orders.insert(key, Order { settled: order.settled + units, status: now, ..order });
        status(now)
    }

    fn cancel(&mut self, key: Key) -> Outcome {
        let order = self.orders[&key].clone();
        let ends_as = match (order.status, order.from) {
            ("DRAFT" | "ORDERED" | "IN_TRANSIT", _) => "CANCELLED",
            ("PARTIALLY_RECEIVED", Some(_)) => "CLOSED",
            _ => return refused("INVALID_STATE"),
        };
        let left = order.units - order.settled;
        if order.status != "DRAFT" {
            let source = order.from.map(|from| wish(0, (order.variant, from), "ON_HAND", left));
            let wishes = source.into_iter().chain([wish(0, (order.variant, order.to), "INCOMING", -left)]).collect();
            let outcome = self.post(wishes, if order.from.is_some() { "TRANSFER" } else { "ORDERED" });
            assert!(!matches!(outcome, Outcome::Refused(_)), "what comes back is never refused");
        }
        self.orders.get_mut(&key).unwrap().status = ends_as;
        status(ends_as)
    }

    fn reserve(&mut self, key: Key, lines: &BTreeMap<Slot, i64>, partial: bool, minutes: Option<u32>) -> Outcome {
        let free = |slot: &Slot| self.levels.get(slot).map_or(0, |level| level.free().max(0));
        let got: Vec<(Slot, i64, i64)> =
            lines.iter().map(|(slot, units)| (*slot, *units, free(slot).min(*units))).collect();
        let short = got.iter().any(|(_, units, got)| got < units);
        if short && (!partial || got.iter().all(|(_, _, got)| *got == 0)) {
            let short = got.iter().enumerate().filter(|(_, (_, units, got))| got < units);
            let fault = |(line, (_, units, got)): (usize, &(Slot, i64, i64))| {
                (line, "INSUFFICIENT_STOCK".to_owned(), vec![*got, *units])
            };
            return Outcome::Refused(short.map(fault).collect());
        }
        let held: Vec<(Slot, i64)> =
            got.iter().filter(|(_, _, got)| *got > 0).map(|(slot, _, got)| (*slot, *got)).collect();
        let wishes = held.iter().map(|(slot, units)| wish(0, *slot, "RESERVED", *units)).collect();
        self.post(wishes, "RESERVED");
        let shown = json!(["ACTIVE", held]);
        let expires = minutes.map(|minutes| self.now + minutes);
        self.reservations.insert(key, Reservation { held, expires, status: "ACTIVE" });
        Outcome::Done(shown.to_string())
    }

    /// Sells everything that is held, or lets it go.
    fn take(&mut self, key: Key, ends_as: &'static str) -> Outcome {
        let reservation = self.reservations[&key].clone();
        if reservation.status != "ACTIVE" || reservation.expires.is_some_and(|minute| minute <= self.now) {
            return refused("INVALID_STATE");
        }
        let slots: Vec<Slot> = reservation.held.iter().map(|(slot, _)| *slot).collect();
        self.expire(&slots);
        let sold = ends_as == "FULFILLED";
        let wishes = reservation.held.iter().flat_map(|(slot, units)| {
            let sold = sold.then(|| wish(0, *slot, "ON_HAND", -units));
            [sold, Some(wish(0, *slot, "RESERVED", -units))].into_iter().flatten()
        });
        let outcome = self.post(wishes.collect(), if sold { "SOLD" } else { "RELEASED" });
        if matches!(outcome, Outcome::Refused(_)) {
            return outcome;
        }
        let held: Vec<(Slot, i64)> = slots.iter().map(|slot| (*slot, 0)).collect();
        let shown = json!([ends_as, held]);
        self.reservations.insert(key, Reservation { held, status: ends_as, ..reservation });
        Outcome::Done(shown.to_string())
    }

    /// Whoever locks a level takes back what expired reservations hold of it.
    fn expire(&mut self, slots: &[Slot]) {
        let expired = self.reservations.values_mut().filter(|one| one.expires.is_some_and(|minute| minute <= self.now));
        for (slot, units) in expired.flat_map(|one| &mut one.held) {
            let level = self.levels.get_mut(slot).unwrap();
            if *units > 0 && slots.contains(slot) {
                level.reserved -= *units;
                level.history.push(("RESERVED".to_owned(), -*units, "EXPIRED".to_owned()));
                *units = 0;
            }
        }
    }

    /// The levels as they are read: what expired reservations hold is free already.
    pub(super) fn read(&self) -> BTreeMap<Slot, Level> {
        let mut levels = self.levels.clone();
        let expired = self.reservations.values().filter(|one| one.expires.is_some_and(|minute| minute <= self.now));
        for (slot, units) in expired.flat_map(|one| &one.held) {
            levels.get_mut(slot).unwrap().reserved -= units;
        }
        levels
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
