//! Purchase orders and transfers: ordered or shipped, received in parts, in any condition, or lost; closed short or given up; and receipts that are
//! taken back.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::ask::{Ask, Kind, Known};
use super::deliveries::{Order, Units, next_to};
use super::operation::{Deed, Keys, Names, VARIANTS, any_location, any_slot};
use super::world::{Key, Outcome, Slot, World};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum OrderDeed {
    /// A purchase order that is ordered at once, or a transfer that is shipped at once.
    Open(Plan),
    /// The same, but only a draft.
    Draw(Plan),
    /// Other units, from or to another location, in place of those of a draft.
    Redraw { document: u8, location: usize, units: i64 },
    /// A draft is ordered or shipped.
    Place { document: u8 },
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

/// What is to be ordered, or shipped to the next location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Plan {
    Buy { slot: Slot, units: i64 },
    Send { variant: usize, from: usize, units: i64 },
}

pub(super) fn any_deed() -> impl Strategy<Value = OrderDeed> {
    prop_oneof![
        6 => any_plan().prop_map(OrderDeed::Open),
        2 => any_plan().prop_map(OrderDeed::Draw),
        2 => (any::<u8>(), any_location(), 1_i64..9)
            .prop_map(|(document, location, units)| OrderDeed::Redraw { document, location, units }),
        2 => any::<u8>().prop_map(|document| OrderDeed::Place { document }),
        6 => (any::<u8>(), any_units(), prop_oneof![3 => Just(0), 2 => 1_i64..1_500])
            .prop_map(|(document, units, tolerance)| OrderDeed::Arrive { document, units, tolerance }),
        3 => (any::<u8>(), 1_i64..4).prop_map(|(document, units)| OrderDeed::Lose { document, units }),
        4 => any::<u8>().prop_map(|document| OrderDeed::Close { document }),
        1 => any::<u8>().prop_map(|document| OrderDeed::Cancel { document }),
        5 => any::<u8>().prop_map(|document| OrderDeed::Undo { document }),
    ]
}

fn any_plan() -> impl Strategy<Value = Plan> {
    prop_oneof![
        (any_slot(), 2_i64..9).prop_map(|(slot, units)| Plan::Buy { slot, units }),
        (0..VARIANTS, any_location(), 1_i64..6).prop_map(|(variant, from, units)| Plan::Send { variant, from, units }),
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

impl Plan {
    /// The draft.
    fn order(self) -> Order {
        match self {
            Self::Buy { slot, units } => Order::draft(slot, None, units),
            Self::Send { variant, from, units } => Order::draft((variant, next_to(from)), Some(from), units),
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Buy { .. } => Kind::Purchase,
            Self::Send { .. } => Kind::Transfer,
        }
    }

    /// The request for the draft.
    fn ask(self, names: &Names) -> Ask {
        let Order { variant, from, to, units, .. } = self.order();
        let mut input = lines(&names.skus[variant], units);
        match from {
            None => {
                input["supplier"] = json!("Acme");
                input["currency"] = json!("EUR");
                input["locationCode"] = json!(names.codes[to]);
            }
            Some(from) => {
                input["fromLocationCode"] = json!(names.codes[from]);
                input["toLocationCode"] = json!(names.codes[to]);
            }
        }
        Ask::document(self.kind(), "Create", input)
    }
}

fn lines(sku: &str, units: i64) -> Value {
    json!({ "lines": [{ "sku": sku, "quantity": units }] })
}

impl OrderDeed {
    /// What it draws up.
    fn plan(&self) -> Option<Plan> {
        if let Self::Open(plan) | Self::Draw(plan) = self { Some(*plan) } else { None }
    }
}

impl Deed for OrderDeed {
    fn name(&self) -> String {
        let name = match self {
            Self::Open(Plan::Buy { .. }) => "order",
            Self::Open(Plan::Send { .. }) => "ship",
            Self::Draw(_) => "draw up an order",
            Self::Redraw { .. } => "change a draft",
            Self::Place { .. } => "place a draft",
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
            Self::Arrive { document, .. }
            | Self::Cancel { document }
            | Self::Redraw { document, .. }
            | Self::Place { document } => Some((*document, &[Kind::Purchase, Kind::Transfer])),
            Self::Lose { document, .. } => Some((*document, &[Kind::Transfer])),
            Self::Close { document } => Some((*document, &[Kind::Purchase])),
            Self::Undo { document } => Some((*document, &[Kind::Receipt])),
            Self::Open(_) | Self::Draw(_) => None,
        }
    }

    fn makes(&self) -> Option<Kind> {
        match self {
            Self::Open(plan) | Self::Draw(plan) => Some(plan.kind()),
            Self::Arrive { .. } | Self::Lose { .. } => Some(Kind::Receipt),
            Self::Redraw { .. } | Self::Place { .. } | Self::Close { .. } | Self::Cancel { .. } | Self::Undo { .. } => {
                None
            }
        }
    }

    fn variant(&self) -> usize {
        self.plan().map_or(0, |plan| plan.order().variant)
    }

    fn draft(&self, names: &Names) -> Option<Ask> {
        if let Self::Open(plan) = self { Some(plan.ask(names)) } else { None }
    }

    fn draw_up(&self, world: &mut World, own: Key) {
        if let Self::Open(plan) = self {
            world.orders.insert(own, plan.order());
        }
    }

    fn ask(&self, names: &Names, about: Option<&Known>) -> Ask {
        if let Self::Draw(plan) = self {
            return plan.ask(names);
        }
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
            Self::Redraw { location, units, .. } => {
                input["lines"] = lines(&about.sku, *units)["lines"].take();
                if about.kind == Kind::Transfer {
                    input["fromLocationCode"] = json!(names.codes[*location]);
                    input["toLocationCode"] = json!(names.codes[next_to(*location)]);
                } else {
                    input["locationCode"] = json!(names.codes[*location]);
                }
                "Update"
            }
            Self::Open(_) | Self::Draw(_) | Self::Place { .. } if about.kind == Kind::Transfer => "Ship",
            Self::Open(_) | Self::Draw(_) | Self::Place { .. } => "Order",
            Self::Cancel { .. } => "Cancel",
            Self::Undo { .. } => "Reverse",
        };
        Ask::document(about.kind, verb, input)
    }

    fn apply(&self, world: &mut World, Keys { own, about }: Keys) -> Outcome {
        match self {
            Self::Draw(plan) => {
                world.orders.insert(own, plan.order());
                Outcome::done()
            }
            Self::Redraw { location, units, .. } => world.redraw(about, *location, *units),
            Self::Open(_) | Self::Place { .. } => world.open(about),
            Self::Arrive { units, tolerance, .. } => world.arrive((own, about), *units, *tolerance),
            Self::Lose { units, .. } => world.arrive((own, about), Units::only_lost(*units), 0),
            Self::Close { .. } => world.give_up(about, &[("PARTIALLY_RECEIVED", "CLOSED")]),
            Self::Cancel { .. } => world.cancel(about),
            Self::Undo { .. } => world.undo(about),
        }
    }
}
