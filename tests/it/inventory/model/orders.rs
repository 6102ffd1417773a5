//! Purchase orders and transfers: ordered or shipped, received in parts, in any condition, or lost; closed short or given up; and receipts that are
//! taken back.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::ask::{Ask, Kind, Known};
use super::operation::{Deed, Keys, LOCATIONS, Names, VARIANTS, any_location, any_slot, code};
use super::world::{Key, Outcome, Slot, Wish, World, refused, wish};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum OrderDeed {
    /// A purchase order, ordered at once.
    Buy { slot: Slot, units: i64 },
    /// A transfer to the next location, shipped at once.
    Send { variant: usize, from: usize, units: i64 },
    /// Some of an order or a transfer arrives: the one of this number among those known.
    Arrive { document: u8, units: Units, tolerance: i64 },
    /// Some of a transfer is lost, and nothing arrives.
    Lose { document: u8, units: i64 },
    /// An order is closed although not everything came.
    Close { document: u8 },
    /// An order or a transfer is given up.
    Cancel { document: u8 },
    /// A receipt was wrong.
    Undo { document: u8 },
}

/// What became of units that were on their way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Units {
    accepted: i64,
    damaged: i64,
    quality_control: i64,
    /// Of a transfer only.
    lost: i64,
}

/// The states in which units may arrive.
const ON_ITS_WAY: [&str; 3] = ["IN_TRANSIT", "ORDERED", "PARTIALLY_RECEIVED"];

/// A purchase order, or a transfer when it has a source, of one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Order {
    variant: usize,
    from: Option<usize>,
    to: usize,
    units: i64,
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

pub(super) fn any_deed() -> impl Strategy<Value = OrderDeed> {
    prop_oneof![
        3 => (any_slot(), 2_i64..9).prop_map(|(slot, units)| OrderDeed::Buy { slot, units }),
        3 => (0..VARIANTS, any_location(), 1_i64..6)
            .prop_map(|(variant, from, units)| OrderDeed::Send { variant, from, units }),
        6 => (any::<u8>(), any_units(), prop_oneof![3 => Just(0), 2 => 1_i64..1_500])
            .prop_map(|(document, units, tolerance)| OrderDeed::Arrive { document, units, tolerance }),
        3 => (any::<u8>(), 1_i64..4).prop_map(|(document, units)| OrderDeed::Lose { document, units }),
        4 => any::<u8>().prop_map(|document| OrderDeed::Close { document }),
        1 => any::<u8>().prop_map(|document| OrderDeed::Cancel { document }),
        5 => any::<u8>().prop_map(|document| OrderDeed::Undo { document }),
    ]
}

/// Some that arrive, and perhaps some that do not.
fn any_units() -> impl Strategy<Value = Units> {
    let few = || prop_oneof![4 => Just(0), 1 => 1_i64..3];
    let units = (prop_oneof![3 => 1_i64..3, 1 => 0_i64..6], few(), few(), few());
    let units =
        units.prop_map(|(accepted, damaged, quality_control, lost)| Units { accepted, damaged, quality_control, lost });
    units.prop_filter("some arrive", |units| units.received() > 0)
}

impl Units {
    fn received(&self) -> i64 {
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

    fn only_lost(lost: i64) -> Self {
        Self { lost, ..Self::default() }
    }
}

impl OrderDeed {
    /// What it orders.
    fn order(&self) -> Option<Order> {
        let (variant, from, to, units) = match self {
            Self::Buy { slot: (variant, to), units } => (*variant, None, *to, *units),
            Self::Send { variant, from, units } => (*variant, Some(*from), (from + 1) % LOCATIONS, *units),
            Self::Arrive { .. } | Self::Lose { .. } | Self::Close { .. } | Self::Cancel { .. } | Self::Undo { .. } => {
                return None;
            }
        };
        Some(Order { variant, from, to, units, taken: Units::default(), given_up: 0, status: "DRAFT" })
    }
}

impl Deed for OrderDeed {
    fn name(&self) -> String {
        let name = match self {
            Self::Buy { .. } => "order",
            Self::Send { .. } => "ship",
            Self::Arrive { .. } => "receive",
            Self::Lose { .. } => "lose",
            Self::Close { .. } => "close an order",
            Self::Cancel { .. } => "cancel an order",
            Self::Undo { .. } => "reverse a receipt",
        };
        name.to_owned()
    }

    fn about(&self) -> Option<(u8, &'static [Kind])> {
        match self {
            Self::Arrive { document, .. } | Self::Cancel { document } => {
                Some((*document, &[Kind::Purchase, Kind::Transfer]))
            }
            Self::Lose { document, .. } => Some((*document, &[Kind::Transfer])),
            Self::Close { document } => Some((*document, &[Kind::Purchase])),
            Self::Undo { document } => Some((*document, &[Kind::Receipt])),
            Self::Buy { .. } | Self::Send { .. } => None,
        }
    }

    fn makes(&self) -> Option<Kind> {
        match self {
            Self::Buy { .. } => Some(Kind::Purchase),
            Self::Send { .. } => Some(Kind::Transfer),
            Self::Arrive { .. } | Self::Lose { .. } => Some(Kind::Receipt),
            Self::Close { .. } | Self::Cancel { .. } | Self::Undo { .. } => None,
        }
    }

    fn variant(&self) -> usize {
        self.order().map_or(0, |order| order.variant)
    }

    fn draft(&self, names: &Names) -> Option<Ask> {
        let Order { variant, from, to, units, .. } = self.order()?;
        let lines = json!([{ "sku": names.skus[variant], "quantity": units }]);
        Some(match from {
            None => {
                let input = json!({ "supplier": "Acme", "locationCode": code(to), "currency": "EUR", "lines": lines });
                Ask::document(Kind::Purchase, "Create", input)
            }
            Some(from) => {
                let input = json!({ "fromLocationCode": code(from), "toLocationCode": code(to), "lines": lines });
                Ask::document(Kind::Transfer, "Create", input)
            }
        })
    }

    fn draw_up(&self, world: &mut World, own: Key) {
        if let Some(order) = self.order() {
            world.orders.insert(own, order);
        }
    }

    fn ask(&self, _: &Names, about: Option<&Known>) -> Ask {
        let about = about.unwrap();
        let mut input = json!({ "id": about.id });
        let verb = match self {
            Self::Arrive { units: Units { accepted, damaged, quality_control, lost }, tolerance, .. } => {
                let mut line = json!({ "sku": about.sku, "accepted": accepted, "damaged": damaged, "qualityControl": quality_control });
                if about.kind == Kind::Transfer {
                    line["lost"] = json!(lost);
                } else {
                    input["overReceiptPerMille"] = json!(tolerance);
                }
                input["lines"] = json!([line]);
                "Receive"
            }
            Self::Lose { units, .. } => {
                input["lines"] = json!([{ "sku": about.sku, "lost": units }]);
                "Receive"
            }
            Self::Close { .. } => "Close",
            Self::Buy { .. } => "Order",
            Self::Send { .. } => "Ship",
            Self::Cancel { .. } => "Cancel",
            Self::Undo { .. } => "Reverse",
        };
        Ask::document(about.kind, verb, input)
    }

    fn apply(&self, world: &mut World, Keys { own, about }: Keys) -> Outcome {
        match self {
            Self::Buy { .. } | Self::Send { .. } => world.open(own),
            Self::Arrive { units, tolerance, .. } => world.arrive((own, about), *units, *tolerance),
            Self::Lose { units, .. } => world.arrive((own, about), Units::only_lost(*units), 0),
            Self::Close { .. } => world.give_up(about, &[("PARTIALLY_RECEIVED", "CLOSED")]),
            Self::Cancel { .. } => world.cancel(about),
            Self::Undo { .. } => world.undo(about),
        }
    }
}

impl Order {
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
    /// Orders or ships a draft.
    fn open(&mut self, key: Key) -> Outcome {
        let order = self.orders[&key].clone();
        let source = order.from.map(|from| wish(0, (order.variant, from), "ON_HAND", -order.units));
        let wishes: Vec<_> = source.into_iter().chain([wish(0, order.target(), "INCOMING", order.units)]).collect();
        if let Err(faults) = self.post(&wishes, order.reason("ORDERED")) {
            return Outcome::Refused(faults);
        }
        self.orders.get_mut(&key).unwrap().status = order.progress();
        Outcome::done()
    }

    /// Some units arrive, and some are lost. What is lost beside what arrives has a receipt that nobody looks at.
    fn arrive(&mut self, (own, about): (Key, Key), units: Units, tolerance: i64) -> Outcome {
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

    fn cancel(&mut self, key: Key) -> Outcome {
        let early = [("DRAFT", "CANCELLED"), ("ORDERED", "CANCELLED"), ("IN_TRANSIT", "CANCELLED")];
        let late = ("PARTIALLY_RECEIVED", "CLOSED");
        let all: Vec<_> = early.into_iter().chain(self.orders[&key].from.map(|_| late)).collect();
        self.give_up(key, &all)
    }

    /// What has not arrived never will; that of a transfer is back where it came from. It depends on the state whether that can be, and on its end.
    fn give_up(&mut self, key: Key, ends: &[(&'static str, &'static str)]) -> Outcome {
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
    fn undo(&mut self, key: Key) -> Outcome {
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
