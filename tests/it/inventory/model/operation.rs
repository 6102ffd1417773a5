//! The operations: how they are chosen, how a client asks for them, and how it reads what it was told.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::ask::{Ask, Kind, Known};
use super::world::{Key, Slot};

/// Variants and locations of a case.
pub(super) const VARIANTS: usize = 2;
pub(super) const LOCATIONS: usize = 2;

/// The condition of units that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Condition {
    Available,
    Damaged,
    QualityControl,
}

impl Condition {
    /// The number of a level that counts such units beside those on hand.
    pub(super) fn state(self) -> Option<&'static str> {
        match self {
            Self::Available => None,
            Self::Damaged => Some("DAMAGED"),
            Self::QualityControl => Some("QUALITY_CONTROL"),
        }
    }

    fn name(self) -> &'static str {
        self.state().unwrap_or("AVAILABLE")
    }
}

/// One thing that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Adjust {
        lines: Vec<(Slot, i64, Condition)>,
    },
    Set {
        slot: Slot,
        to: i64,
        from: Option<i64>,
    },
    Move {
        variant: usize,
        from: usize,
        to: usize,
        units: i64,
    },
    Reclassify {
        slot: Slot,
        from: Condition,
        to: Condition,
        units: i64,
    },
    /// A purchase order, ordered at once.
    Buy {
        slot: Slot,
        units: i64,
    },
    /// A transfer to the other location, shipped at once.
    Send {
        variant: usize,
        from: usize,
        units: i64,
    },
    /// Some of an order or a transfer arrives: the one of this number among those known.
    Arrive {
        document: usize,
        accepted: i64,
        damaged: i64,
    },
    /// An order or a transfer is given up.
    Cancel {
        document: usize,
    },
    /// Units at the locations named, in part when not all are there, for some minutes.
    Reserve {
        lines: BTreeMap<Slot, i64>,
        partial: bool,
        minutes: Option<u32>,
    },
    /// Everything that a reservation holds is sold.
    Fulfil {
        document: usize,
    },
    /// Or let go.
    Release {
        document: usize,
    },
}

fn any_slot() -> impl Strategy<Value = Slot> {
    (0..VARIANTS, 0..LOCATIONS)
}

fn any_condition() -> impl Strategy<Value = Condition> {
    prop_oneof![4 => Just(Condition::Available), 1 => Just(Condition::Damaged), 1 => Just(Condition::QualityControl)]
}

pub(super) fn any_operation() -> impl Strategy<Value = Operation> {
    let delta = prop_oneof![3 => 1_i64..12, 2 => -8_i64..0];
    let line = (any_slot(), delta, any_condition());
    prop_oneof![
        6 => vec(line, 1..4).prop_map(|lines| Operation::Adjust { lines }),
        2 => (any_slot(), 0_i64..15, prop::option::weighted(0.3, 0_i64..15))
            .prop_map(|(slot, to, from)| Operation::Set { slot, to, from }),
        3 => (0..VARIANTS, 0..LOCATIONS, 0..LOCATIONS, 1_i64..8)
            .prop_map(|(variant, from, to, units)| Operation::Move { variant, from, to, units }),
        2 => (any_slot(), any_condition(), any_condition(), 1_i64..6)
            .prop_map(|(slot, from, to, units)| Operation::Reclassify { slot, from, to, units }),
        2 => (any_slot(), 1_i64..9).prop_map(|(slot, units)| Operation::Buy { slot, units }),
        2 => (0..VARIANTS, 0..LOCATIONS, 1_i64..9)
            .prop_map(|(variant, from, units)| Operation::Send { variant, from, units }),
        4 => (any::<u8>(), 0_i64..5, 0_i64..3)
            .prop_filter("some units", |(_, accepted, damaged)| accepted + damaged > 0)
            .prop_map(|(document, accepted, damaged)| Operation::Arrive { document: document.into(), accepted, damaged }),
        1 => any::<u8>().prop_map(|document| Operation::Cancel { document: document.into() }),
        5 => (btree_map(any_slot(), 1_i64..7, 1..4), any::<bool>(), prop::option::of(1_u32..15))
            .prop_map(|(lines, partial, minutes)| Operation::Reserve { lines, partial, minutes }),
        3 => any::<u8>().prop_map(|document| Operation::Fulfil { document: document.into() }),
        2 => any::<u8>().prop_map(|document| Operation::Release { document: document.into() }),
    ]
}

/// The names of the things of a case.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) skus: Vec<String>,
}

/// The code of a location.
pub(super) fn code(location: usize) -> String {
    format!("LOC-{location}")
}

impl Names {
    fn at(&self, (variant, location): Slot) -> Value {
        json!({ "sku": self.skus[variant], "locationCode": code(location) })
    }

    /// The slot of a level or a movement in an answer.
    pub(super) fn slot(&self, level: &Value) -> Slot {
        let sku = level["variant"]["sku"].as_str().unwrap();
        let variant = self.skus.iter().position(|known| known == sku).unwrap();
        let location = (0..LOCATIONS).find(|location| level["location"]["code"] == json!(code(*location))).unwrap();
        (variant, location)
    }
}

fn with(mut object: Value, more: Value) -> Value {
    let more = more.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(more);
    object
}

impl Operation {
    /// The levels that it names itself.
    pub(super) fn slots(&self) -> Vec<Slot> {
        match self {
            Self::Adjust { lines } => lines.iter().map(|(slot, ..)| *slot).collect(),
            Self::Set { slot, .. } | Self::Reclassify { slot, .. } | Self::Buy { slot, .. } => vec![*slot],
            Self::Move { variant, from, to, .. } => vec![(*variant, *from), (*variant, *to)],
            Self::Send { variant, from, .. } => vec![(*variant, *from), (*variant, 1 - from)],
            Self::Reserve { lines, .. } => lines.keys().copied().collect(),
            Self::Arrive { .. } | Self::Cancel { .. } | Self::Fulfil { .. } | Self::Release { .. } => Vec::new(),
        }
    }

    /// Whether a draft is left when it is refused.
    pub(super) fn makes_a_draft(&self) -> bool {
        matches!(self, Self::Buy { .. } | Self::Send { .. })
    }

    /// The document that it is about; `None` when it is about none, and an error when there is none of its kind.
    pub(super) fn target<'a>(&self, known: &'a [Known]) -> Result<Option<&'a Known>, NoSuch> {
        let (number, kinds): (usize, &[Kind]) = match self {
            Self::Arrive { document, .. } | Self::Cancel { document } => (*document, &[Kind::Purchase, Kind::Transfer]),
            Self::Fulfil { document } | Self::Release { document } => (*document, &[Kind::Reservation]),
            Self::Adjust { .. }
            | Self::Set { .. }
            | Self::Move { .. }
            | Self::Reclassify { .. }
            | Self::Buy { .. }
            | Self::Send { .. }
            | Self::Reserve { .. } => return Ok(None),
        };
        let of_kind: Vec<&Known> = known.iter().filter(|known| kinds.contains(&known.kind)).collect();
        if of_kind.is_empty() { Err(NoSuch) } else { Ok(Some(of_kind[number % of_kind.len()])) }
    }

    /// What makes the document that the operation begins with, when that is a request of its own.
    pub(super) fn draft(&self, names: &Names) -> Option<Ask> {
        match self {
            Self::Buy { slot: (variant, to), units } => {
                let lines = json!([{ "sku": names.skus[*variant], "quantity": units }]);
                let input = json!({ "supplier": "Acme", "locationCode": code(*to), "currency": "EUR", "lines": lines });
                Some(Ask::document(Kind::Purchase, "Create", input))
            }
            Self::Send { variant, from, units } => {
                let lines = json!([{ "sku": names.skus[*variant], "quantity": units }]);
                let (from, to) = (code(*from), code(1 - from));
                let input = json!({ "fromLocationCode": from, "toLocationCode": to, "lines": lines });
                Some(Ask::document(Kind::Transfer, "Create", input))
            }
            Self::Adjust { .. }
            | Self::Set { .. }
            | Self::Move { .. }
            | Self::Reclassify { .. }
            | Self::Arrive { .. }
            | Self::Cancel { .. }
            | Self::Reserve { .. }
            | Self::Fulfil { .. }
            | Self::Release { .. } => None,
        }
    }

    /// How a document that it has made is known from then on.
    pub(super) fn makes(&self, key: Key, id: String, names: &Names) -> Option<Known> {
        let (kind, variant) = match self {
            Self::Buy { slot, .. } => (Kind::Purchase, slot.0),
            Self::Send { variant, .. } => (Kind::Transfer, *variant),
            Self::Reserve { .. } => (Kind::Reservation, 0),
            Self::Adjust { .. }
            | Self::Set { .. }
            | Self::Move { .. }
            | Self::Reclassify { .. }
            | Self::Arrive { .. }
            | Self::Cancel { .. }
            | Self::Fulfil { .. }
            | Self::Release { .. } => return None,
        };
        Some(Known { key, kind, id, sku: names.skus[variant].clone() })
    }

    /// The request that changes stock. `about` is the document that it is about, or that it has just made.
    pub(super) fn ask(&self, names: &Names, about: Option<&Known>) -> Ask {
        match self {
            Self::Adjust { lines } => {
                let line = |(slot, delta, condition): &(Slot, i64, Condition)| {
                    with(names.at(*slot), json!({ "delta": delta, "condition": condition.name() }))
                };
                let lines: Vec<Value> = lines.iter().map(line).collect();
                Ask::stock("stockAdjust", json!({ "reason": "OTHER", "lines": lines }))
            }
            Self::Set { slot, to, from } => {
                let line = with(names.at(*slot), json!({ "quantity": to, "changeFrom": from }));
                Ask::stock("stockSet", json!({ "reason": "COUNT", "lines": [line] }))
            }
            Self::Move { variant, from, to, units } => {
                let (sku, from, to) = (&names.skus[*variant], code(*from), code(*to));
                let line = json!({ "sku": sku, "fromLocationCode": from, "toLocationCode": to, "quantity": units });
                Ask::stock("stockMove", json!({ "lines": [line] }))
            }
            Self::Reclassify { slot, from, to, units } => {
                let more = json!({ "from": from.name(), "to": to.name(), "quantity": units });
                Ask::stock("stockReclassify", json!({ "lines": [with(names.at(*slot), more)] }))
            }
            Self::Reserve { lines, partial, minutes } => {
                let line = |(slot, units): (&Slot, &i64)| with(names.at(*slot), json!({ "quantity": units }));
                let lines: Vec<Value> = lines.iter().map(line).collect();
                let on_shortage = if *partial { "PARTIAL" } else { "REJECT" };
                let input = json!({ "lines": lines, "onShortage": on_shortage, "ttlSeconds": minutes.map(|minutes| minutes * 60) });
                Ask::document(Kind::Reservation, "Create", input)
            }
            Self::Buy { .. }
            | Self::Send { .. }
            | Self::Arrive { .. }
            | Self::Cancel { .. }
            | Self::Fulfil { .. }
            | Self::Release { .. } => self.ask_of(about.unwrap()),
        }
    }

    fn ask_of(&self, about: &Known) -> Ask {
        let mut input = json!({ "id": about.id });
        let verb = match self {
            Self::Arrive { accepted, damaged, .. } => {
                input["lines"] = json!([{ "sku": about.sku, "accepted": accepted, "damaged": damaged }]);
                "Receive"
            }
            Self::Buy { .. } => "Order",
            Self::Send { .. } => "Ship",
            Self::Cancel { .. } => "Cancel",
            Self::Fulfil { .. } => "Fulfil",
            Self::Release { .. } => "Release",
            Self::Adjust { .. }
            | Self::Set { .. }
            | Self::Move { .. }
            | Self::Reclassify { .. }
            | Self::Reserve { .. } => {
                panic!("{self:?} is about no document")
            }
        };
        Ask::document(about.kind, verb, input)
    }
}

/// There is no document of the kind that an operation is about.
#[derive(Debug)]
pub(super) struct NoSuch;
