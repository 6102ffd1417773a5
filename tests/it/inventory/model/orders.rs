//! Purchase orders and transfers: ordered or shipped, received in parts, given up, and receipts that are taken back.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::ask::{Ask, Kind, Known};
use super::operation::{Deed, Keys, LOCATIONS, Names, VARIANTS, any_location, any_slot, code};
use super::world::{Key, Outcome, Slot, World, refused, wish};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum OrderDeed {
    /// A purchase order, ordered at once.
    Buy { slot: Slot, units: i64 },
    /// A transfer to the next location, shipped at once.
    Send { variant: usize, from: usize, units: i64 },
    /// Some of an order or a transfer arrives: the one of this number among those known.
    Arrive { document: u8, accepted: i64, damaged: i64 },
    /// An order or a transfer is given up.
    Cancel { document: u8 },
    /// A receipt was wrong.
    Undo { document: u8 },
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
    accepted: i64,
    damaged: i64,
    given_up: i64,
    status: &'static str,
}

/// Something that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Receipt {
    order: Key,
    accepted: i64,
    damaged: i64,
    is_reversed: bool,
}

pub(super) fn any_deed() -> impl Strategy<Value = OrderDeed> {
    prop_oneof![
        2 => (any_slot(), 1_i64..9).prop_map(|(slot, units)| OrderDeed::Buy { slot, units }),
        2 => (0..VARIANTS, any_location(), 1_i64..9)
            .prop_map(|(variant, from, units)| OrderDeed::Send { variant, from, units }),
        4 => (any::<u8>(), 0_i64..5, 0_i64..3)
            .prop_filter("some units", |(_, accepted, damaged)| accepted + damaged > 0)
            .prop_map(|(document, accepted, damaged)| OrderDeed::Arrive { document, accepted, damaged }),
        1 => any::<u8>().prop_map(|document| OrderDeed::Cancel { document }),
        5 => any::<u8>().prop_map(|document| OrderDeed::Undo { document }),
    ]
}

impl OrderDeed {
    /// What it orders.
    fn order(&self) -> Option<Order> {
        let (variant, from, to, units) = match self {
            Self::Buy { slot: (variant, to), units } => (*variant, None, *to, *units),
            Self::Send { variant, from, units } => (*variant, Some(*from), (from + 1) % LOCATIONS, *units),
            Self::Arrive { .. } | Self::Cancel { .. } | Self::Undo { .. } => return None,
        };
        Some(Order { variant, from, to, units, accepted: 0, damaged: 0, given_up: 0, status: "DRAFT" })
    }
}

impl Deed for OrderDeed {
    fn name(&self) -> String {
        let name = match self {
            Self::Buy { .. } => "order",
            Self::Send { .. } => "ship",
            Self::Arrive { .. } => "receive",
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
            Self::Undo { document } => Some((*document, &[Kind::Receipt])),
            Self::Buy { .. } | Self::Send { .. } => None,
        }
    }

    fn makes(&self) -> Option<Kind> {
        match self {
            Self::Buy { .. } => Some(Kind::Purchase),
            Self::Send { .. } => Some(Kind::Transfer),
            Self::Arrive { .. } => Some(Kind::Receipt),
            Self::Cancel { .. } | Self::Undo { .. } => None,
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
            Self::Arrive { accepted, damaged, .. } => {
                input["lines"] = json!([{ "sku": about.sku, "accepted": accepted, "damaged": damaged }]);
                "Receive"
            }
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
            Self::Arrive { accepted, damaged, .. } => {
                let receipt = Receipt { order: about, accepted: *accepted, damaged: *damaged, is_reversed: false };
                world.arrive(own, receipt)
            }
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
        self.units - self.accepted - self.damaged - self.given_up
    }

    /// Its state while it is on its way.
    fn progress(&self) -> &'static str {
        match (self.accepted + self.damaged, self.outstanding()) {
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
        let Self { accepted, damaged, .. } = self;
        let outstanding = if ON_ITS_WAY.contains(&self.status) { self.outstanding() } else { 0 };
        let line =
            json!({ "accepted": accepted, "damaged": damaged, given_up: self.given_up, "outstanding": outstanding });
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

    fn arrive(&mut self, own: Key, receipt: Receipt) -> Outcome {
        let mut order = self.orders[&receipt.order].clone();
        if !ON_ITS_WAY.contains(&order.status) {
            return refused("INVALID_STATE");
        }
        let (units, left) = (receipt.accepted + receipt.damaged, order.outstanding());
        if units > left {
            return Outcome::Refused(vec![(0, "OUT_OF_RANGE".to_owned(), vec![units, left])]);
        }
        let at = order.target();
        let wishes =
            [wish(0, at, "ON_HAND", units), wish(0, at, "DAMAGED", receipt.damaged), wish(0, at, "INCOMING", -units)];
        assert!(self.post(&wishes, order.reason("RECEIVED")).is_ok(), "what arrives is never refused");
        (order.accepted, order.damaged) = (order.accepted + receipt.accepted, order.damaged + receipt.damaged);
        order.status = order.progress();
        self.orders.insert(receipt.order, order);
        self.receipts.insert(own, receipt);
        Outcome::done()
    }

    fn cancel(&mut self, key: Key) -> Outcome {
        let mut order = self.orders[&key].clone();
        let left = order.outstanding();
        let ends_as = match (order.status, order.from) {
            ("DRAFT" | "ORDERED" | "IN_TRANSIT", _) => "CANCELLED",
            ("PARTIALLY_RECEIVED", Some(_)) => "CLOSED",
            _ => return refused("INVALID_STATE"),
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
        let mut order = self.orders[&receipt.order].clone();
        if receipt.is_reversed || !(ON_ITS_WAY.contains(&order.status) || order.status == "RECEIVED") {
            return refused("INVALID_STATE");
        }
        let (units, at) = (receipt.accepted + receipt.damaged, order.target());
        let wishes =
            [wish(0, at, "ON_HAND", -units), wish(0, at, "DAMAGED", -receipt.damaged), wish(0, at, "INCOMING", units)];
        if let Err(faults) = self.post(&wishes, "CORRECTION") {
            return Outcome::Refused(faults);
        }
        (order.accepted, order.damaged) = (order.accepted - receipt.accepted, order.damaged - receipt.damaged);
        order.status = order.progress();
        self.orders.insert(receipt.order, order);
        self.receipts.insert(key, Receipt { is_reversed: true, ..receipt });
        Outcome::done()
    }
}
