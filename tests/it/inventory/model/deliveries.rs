//! What was ordered or shipped, and what became of it on its way, in the model.

use serde_json::{Value, json};

use super::operation::LOCATIONS;
use super::world::{Key, Outcome, Slot, Wish, World, refused, wish};

/// What became of units that were on their way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Units {
    pub(super) accepted: i64,
    pub(super) damaged: i64,
    pub(super) quality_control: i64,
    /// Of a transfer only.
    pub(super) lost: i64,
}

/// The states in which units may arrive.
const ON_ITS_WAY: [&str; 3] = ["IN_TRANSIT", "ORDERED", "PARTIALLY_RECEIVED"];

/// A purchase order, or a transfer when it has a source, of one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Order {
    pub(super) variant: usize,
    pub(super) from: Option<usize>,
    pub(super) to: usize,
    pub(super) units: i64,
    taken: Units,
    given_up: i64,
    status: &'static str,
}

/// Something that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Receipt {
    order: Key,
    units: Units,
    is_reversed: bool,
}

/// Where units go that are sent from a location.
pub(super) fn next_to(location: usize) -> usize {
    (location + 1) % LOCATIONS
}

impl Units {
    pub(super) fn received(&self) -> i64 {
        self.accepted + self.damaged + self.quality_control
    }

    fn all(&self) -> i64 {
        self.received() + self.lost
    }

    /// With those, or without them when `sign` is negative.
    fn with(self, other: Self, sign: i64) -> Self {
        Self {
            accepted: self.accepted + sign * other.accepted,
            damaged: self.damaged + sign * other.damaged,
            quality_control: self.quality_control + sign * other.quality_control,
            lost: self.lost + sign * other.lost,
        }
    }

    pub(super) fn only_lost(lost: i64) -> Self {
        Self { lost, ..Self::default() }
    }
}

impl Order {
    pub(super) fn draft((variant, to): Slot, from: Option<usize>, units: i64) -> Self {
        Self { variant, from, to, units, taken: Units::default(), given_up: 0, status: "DRAFT" }
    }

    fn target(&self) -> Slot {
        (self.variant, self.to)
    }

    fn outstanding(&self) -> i64 {
        (self.units - self.taken.all() - self.given_up).max(0)
    }

    /// The same with more units taken, or fewer.
    fn taking(&self, units: Units, sign: i64) -> Self {
        let mut order = Self { taken: self.taken.with(units, sign), ..self.clone() };
        order.status = order.progress();
        order
    }

    /// What becomes of the level where the units arrive, when the order becomes the other one.
    fn arrival(&self, units: Units, after: &Self) -> [Wish; 4] {
        let numbers = [
            ("ON_HAND", units.received()),
            ("DAMAGED", units.damaged),
            ("QUALITY_CONTROL", units.quality_control),
            ("INCOMING", after.outstanding() - self.outstanding()),
        ];
        numbers.map(|(state, delta)| wish(0, self.target(), state, delta))
    }

    /// Its state while it is on its way.
    fn progress(&self) -> &'static str {
        match (self.taken.all(), self.outstanding()) {
            (0, _) if self.from.is_some() => "IN_TRANSIT",
            (0, _) => "ORDERED",
            (_, 0) => "RECEIVED",
            _ => "PARTIALLY_RECEIVED",
        }
    }

    /// Why it moves stock.
    fn reason(&self, of_purchase: &'static str) -> &'static str {
        if self.from.is_some() { "TRANSFER" } else { of_purchase }
    }

    /// What a client sees of it.
    pub(super) fn shown(&self) -> Value {
        let given_up = if self.from.is_some() { "returned" } else { "cancelled" };
        let Units { accepted, damaged, quality_control, lost } = self.taken;
        let outstanding = if ON_ITS_WAY.contains(&self.status) { self.outstanding() } else { 0 };
        let mut line = json!({ "accepted": accepted, "damaged": damaged, "qualityControl": quality_control });
        line[given_up] = json!(self.given_up);
        line["outstanding"] = json!(outstanding);
        if self.from.is_some() {
            line["lost"] = json!(lost);
        }
        json!([self.status, line])
    }
}

impl Receipt {
    pub(super) fn shown(&self) -> Value {
        json!(self.is_reversed)
    }
}

impl World {
    /// Changes a draft.
    pub(super) fn redraw(&mut self, key: Key, location: usize, units: i64) -> Outcome {
        let order = self.orders.get_mut(&key).unwrap();
        match (order.status, order.from) {
            ("DRAFT", None) => order.to = location,
            ("DRAFT", Some(_)) => (order.from, order.to) = (Some(location), next_to(location)),
            // What cannot change any more is told of each field.
            ("ORDERED" | "IN_TRANSIT" | "PARTIALLY_RECEIVED", from) => {
                let fields = if from.is_some() { 3 } else { 2 };
                return Outcome::Refused(vec![(0, "INVALID_STATE".to_owned(), Vec::new()); fields]);
            }
            _ => return refused("INVALID_STATE"),
        }
        order.units = units;
        Outcome::done()
    }

    /// Orders or ships a draft.
    pub(super) fn open(&mut self, key: Key) -> Outcome {
        let order = self.orders[&key].clone();
        if order.status != "DRAFT" {
            return refused("INVALID_STATE");
        }
        let source = order.from.map(|from| wish(0, (order.variant, from), "ON_HAND", -order.units));
        let wishes: Vec<_> = source.into_iter().chain([wish(0, order.target(), "INCOMING", order.units)]).collect();
        if let Err(faults) = self.post(&wishes, order.reason("ORDERED")) {
            return Outcome::Refused(faults);
        }
        self.orders.get_mut(&key).unwrap().status = order.progress();
        Outcome::done()
    }

    /// Some units arrive, and some are lost. What is lost beside what arrives has a receipt that nobody looks at.
    pub(super) fn arrive(&mut self, (own, about): (Key, Key), units: Units, tolerance: i64) -> Outcome {
        let order = self.orders[&about].clone();
        let is_transfer = order.from.is_some();
        if !ON_ITS_WAY.contains(&order.status) {
            return refused("INVALID_STATE");
        }
        let (lost, tolerance) = if is_transfer { (units.lost, 0) } else { (0, tolerance) };
        let here = Units { lost: 0, ..units };
        let most = (order.units + order.units * tolerance / 1_000 - order.taken.all() - order.given_up).max(0);
        if here.received() + lost > most {
            return Outcome::Refused(vec![(0, "OUT_OF_RANGE".to_owned(), vec![here.received() + lost, most])]);
        }
        let between = order.taking(here, 1);
        let after = between.taking(Units::only_lost(lost), 1);
        let posted = self.post(&order.arrival(here, &between), order.reason("RECEIVED"));
        assert!(posted.is_ok(), "what arrives is never refused");
        let posted = self.post(&between.arrival(Units::only_lost(lost), &after), "LOST");
        assert!(posted.is_ok(), "what is lost is never refused");
        self.orders.insert(about, after);
        let units = if here.received() > 0 { here } else { Units::only_lost(lost) };
        self.receipts.insert(own, Receipt { order: about, units, is_reversed: false });
        Outcome::done()
    }

    pub(super) fn cancel(&mut self, key: Key) -> Outcome {
        let early = [("DRAFT", "CANCELLED"), ("ORDERED", "CANCELLED"), ("IN_TRANSIT", "CANCELLED")];
        let late = ("PARTIALLY_RECEIVED", "CLOSED");
        let all: Vec<_> = early.into_iter().chain(self.orders[&key].from.map(|_| late)).collect();
        self.give_up(key, &all)
    }

    /// What has not arrived never will; that of a transfer is back where it came from. It depends on the state whether that can be, and on its end.
    pub(super) fn give_up(&mut self, key: Key, ends: &[(&'static str, &'static str)]) -> Outcome {
        let mut order = self.orders[&key].clone();
        let left = order.outstanding();
        let Some((_, ends_as)) = ends.iter().find(|(status, _)| *status == order.status) else {
            return refused("INVALID_STATE");
        };
        if order.status != "DRAFT" {
            let source = order.from.map(|from| wish(0, (order.variant, from), "ON_HAND", left));
            let wishes: Vec<_> = source.into_iter().chain([wish(0, order.target(), "INCOMING", -left)]).collect();
            assert!(self.post(&wishes, order.reason("ORDERED")).is_ok(), "what comes back is never refused");
            order.given_up += left;
        }
        order.status = ends_as;
        self.orders.insert(key, order);
        Outcome::done()
    }

    /// Takes a receipt back: its units must be there, and are on their way again.
    pub(super) fn undo(&mut self, key: Key) -> Outcome {
        let receipt = self.receipts[&key].clone();
        let order = self.orders[&receipt.order].clone();
        if receipt.is_reversed || !(ON_ITS_WAY.contains(&order.status) || order.status == "RECEIVED") {
            return refused("INVALID_STATE");
        }
        let after = order.taking(receipt.units, -1);
        let wishes = after.arrival(receipt.units, &order).map(|wish| Wish { delta: -wish.delta, ..wish });
        if let Err(faults) = self.post(&wishes, "CORRECTION") {
            return Outcome::Refused(faults);
        }
        self.orders.insert(receipt.order, after);
        self.receipts.insert(key, Receipt { is_reversed: true, ..receipt });
        Outcome::done()
    }
}
