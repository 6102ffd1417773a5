//! The operations: how they are chosen, how a client asks for them, and how it reads what it was told.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::{Fault, Outcome, Slot};

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
    Adjust { lines: Vec<(Slot, i64, Condition)> },
    Set { slot: Slot, to: i64, from: Option<i64> },
    Move { variant: usize, from: usize, to: usize, units: i64 },
    Reclassify { slot: Slot, from: Condition, to: Condition, units: i64 },
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
    ]
}

const LEVELS: &str = "levels { variant { sku } location { code } onHand reserved damaged qualityControl incoming available version }
    userErrors { code field ... on InsufficientStockError { available requested } ... on StockChangedError { onHand } }";

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
    /// The field of the mutation that asks for it.
    fn field(&self) -> &'static str {
        match self {
            Self::Adjust { .. } => "stockAdjust",
            Self::Set { .. } => "stockSet",
            Self::Move { .. } => "stockMove",
            Self::Reclassify { .. } => "stockReclassify",
        }
    }

    /// The request of a client.
    pub(super) fn request(&self, names: &Names) -> Value {
        let field = self.field();
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let query = format!("mutation($input: {kind}!) {{ {field}(input: $input) {{ {LEVELS} }} }}");
        json!({ "query": query, "variables": { "input": self.input(names) } })
    }

    fn input(&self, names: &Names) -> Value {
        match self {
            Self::Adjust { lines } => {
                let line = |(slot, delta, condition): &(Slot, i64, Condition)| {
                    with(names.at(*slot), json!({ "delta": delta, "condition": condition.name() }))
                };
                json!({ "reason": "OTHER", "lines": lines.iter().map(line).collect::<Vec<_>>() })
            }
            Self::Set { slot, to, from } => {
                let line = with(names.at(*slot), json!({ "quantity": to, "changeFrom": from }));
                json!({ "reason": "COUNT", "lines": [line] })
            }
            Self::Move { variant, from, to, units } => {
                let line = json!({ "sku": names.skus[*variant], "fromLocationCode": code(*from), "toLocationCode": code(*to), "quantity": units });
                json!({ "lines": [line] })
            }
            Self::Reclassify { slot, from, to, units } => {
                let more = json!({ "from": from.name(), "to": to.name(), "quantity": units });
                json!({ "lines": [with(names.at(*slot), more)] })
            }
        }
    }

    /// What the client was told; an error beside the data is nothing that any client may be told here.
    pub(super) fn read(&self, answer: &Value, names: &Names) -> Result<Outcome, String> {
        let payload = &answer["data"][self.field()];
        let (Some(faults), None) = (payload["userErrors"].as_array(), answer.get("errors")) else {
            return Err(format!("{self:?} was answered {answer}"));
        };
        if faults.is_empty() {
            let mut levels: Vec<(Slot, Value)> =
                payload["levels"].as_array().unwrap().iter().map(|level| shown(level, names)).collect();
            levels.sort_by_key(|(slot, _)| *slot);
            return Ok(Outcome::done(levels.into_iter().map(|(_, level)| level).collect()));
        }
        let mut faults: Vec<Fault> = faults.iter().map(fault).collect();
        faults.sort_unstable();
        Ok(Outcome::Refused(faults))
    }
}

fn shown(level: &Value, names: &Names) -> (Slot, Value) {
    let slot = names.slot(level);
    let number = |name: &str| level[name].clone();
    let numbers = ["onHand", "reserved", "damaged", "qualityControl", "incoming", "available", "version"].map(number);
    let mut shown = vec![json!([slot.0, slot.1])];
    shown.extend(numbers);
    (slot, Value::Array(shown))
}

fn fault(error: &Value) -> Fault {
    let path: Vec<&str> = error["field"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
    let line = path.iter().find_map(|part| part.parse().ok()).unwrap_or(0);
    let numbers = ["available", "requested", "onHand"].into_iter().filter_map(|name| error[name].as_i64());
    (line, error["code"].as_str().unwrap().to_owned(), numbers.collect())
}
