//! The operations: how they are chosen, and what each of them tells of itself.

use std::fmt::Debug;

use proptest::prelude::*;
use serde_json::{Value, json};
use stockroom::kernel::clock::Timestamp;

use super::ask::{Ask, Kind, Known};
use super::counts::{self, CountDeed};
use super::orders::{self, OrderDeed};
use super::promises::{self, PromiseDeed};
use super::slips::{self, SlipDeed};
use super::stock::{self, StockDeed};
use super::world::{Key, Outcome, Slot, World};

/// Variants and locations of a case.
pub(super) const VARIANTS: usize = 2;
pub(super) const LOCATIONS: usize = 3;

/// The priorities of the locations: two are equal, so that their age decides.
pub(super) const PRIORITIES: [i64; LOCATIONS] = [20, 10, 20];

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

    pub(super) fn name(self) -> &'static str {
        self.state().unwrap_or("AVAILABLE")
    }
}

/// One thing that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Stock(StockDeed),
    Order(OrderDeed),
    Promise(PromiseDeed),
    Slip(SlipDeed),
    Count(CountDeed),
    /// What would become of another one.
    Try(Box<Operation>),
}

/// What every operation tells of itself.
pub(super) trait Deed: Debug {
    /// What it is called in the tally.
    fn name(&self) -> String;

    /// The document that it is about: its number among those known that are of one of these kinds.
    fn about(&self) -> Option<(u8, &'static [Kind])> {
        None
    }

    /// What it makes that others can be about.
    fn makes(&self) -> Option<Kind> {
        None
    }

    /// Who asks for it.
    fn asker(&self) -> Asker {
        Asker::Keeper
    }

    /// The variant of the only line of what it makes.
    fn variant(&self) -> usize {
        0
    }

    /// The request for the draft that it begins with, when that is a request of its own.
    fn draft(&self, _names: &Names) -> Option<Ask> {
        None
    }

    /// The same in the model. The draft is there even if the operation is refused then.
    fn draw_up(&self, _world: &mut World, _own: Key) {}

    /// The request. `about` is the document that it is about, or its draft.
    fn ask(&self, names: &Names, about: Option<&Known>) -> Ask;

    /// Does it in the model, or tells why not; the model takes back what a refused one has done.
    fn apply(&self, world: &mut World, keys: Keys) -> Outcome;

    /// What was remarkable about an accepted one, for the tally.
    fn remarks(&self, _outcome: &Outcome) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Who can ask for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// Whoever looks after stock.
    Keeper,
    /// Whoever looks after the catalog.
    Editor,
    /// One of two who count, and see no numbers.
    Counter(usize),
}

/// The documents of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Keys {
    /// What it makes.
    pub(super) own: Key,
    /// What it is about: the same when it is about none, or about its own draft.
    pub(super) about: Key,
}

impl Operation {
    pub(super) fn deed(&self) -> &dyn Deed {
        match self {
            Self::Stock(deed) => deed,
            Self::Order(deed) => deed,
            Self::Promise(deed) => deed,
            Self::Slip(deed) => deed,
            Self::Count(deed) => deed,
            Self::Try(tried) => tried,
        }
    }

    /// Whether it can be tried without being done.
    fn can_be_tried(&self) -> bool {
        match self {
            Self::Stock(_) => true,
            Self::Promise(deed) => matches!(deed, PromiseDeed::Reserve { .. }),
            Self::Slip(deed) => matches!(deed, SlipDeed::Post { .. } | SlipDeed::Reverse { .. }),
            Self::Order(_) | Self::Count(_) | Self::Try(_) => false,
        }
    }

    fn tried(self) -> Self {
        if self.can_be_tried() { Self::Try(Box::new(self)) } else { self }
    }

    /// The document that it is about; `None` when it is about none, and an error when there is none of its kind.
    pub(super) fn target<'a>(&self, known: impl Iterator<Item = &'a Known>) -> Result<Option<&'a Known>, NoSuch> {
        let Some((number, kinds)) = self.deed().about() else { return Ok(None) };
        let of_kind: Vec<&Known> = known.filter(|known| kinds.contains(&known.kind)).collect();
        if of_kind.is_empty() { Err(NoSuch) } else { Ok(Some(of_kind[usize::from(number) % of_kind.len()])) }
    }
}

/// Another operation, of which nothing remains.
impl Deed for Box<Operation> {
    fn name(&self) -> String {
        "try".to_owned()
    }

    fn about(&self) -> Option<(u8, &'static [Kind])> {
        self.deed().about()
    }

    fn ask(&self, names: &Names, about: Option<&Known>) -> Ask {
        self.deed().ask(names, about).only_tried()
    }

    fn apply(&self, world: &mut World, keys: Keys) -> Outcome {
        self.deed().apply(&mut world.clone(), keys)
    }
}

/// There is no document of the kind that an operation is about.
#[derive(Debug)]
pub(super) struct NoSuch;

/// A level; most are of the first locations, so that clients meet.
pub(super) fn any_slot() -> impl Strategy<Value = Slot> {
    (0..VARIANTS, any_location())
}

pub(super) fn any_location() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(0), 3 => Just(1), 1 => Just(2)]
}

pub(super) fn any_condition() -> impl Strategy<Value = Condition> {
    prop_oneof![4 => Just(Condition::Available), 1 => Just(Condition::Damaged), 1 => Just(Condition::QualityControl)]
}

/// How often each family of operations is chosen, among ten at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights {
    stock: u32,
    orders: u32,
    promises: u32,
    slips: u32,
    counts: u32,
}

impl Weights {
    /// What cases are about: most of them about few families, whose operations then find the documents that they need.
    pub(super) const THEMES: [Self; 5] = [
        Self { stock: 3, orders: 2, promises: 2, slips: 1, counts: 2 },
        Self { stock: 2, orders: 1, promises: 6, slips: 1, counts: 0 },
        Self { stock: 1, orders: 9, promises: 0, slips: 0, counts: 0 },
        Self { stock: 2, orders: 1, promises: 1, slips: 6, counts: 0 },
        Self { stock: 1, orders: 0, promises: 0, slips: 0, counts: 9 },
    ];
}

pub(super) fn any_operation(weights: Weights) -> impl Strategy<Value = Operation> {
    let operation = any_in_earnest(weights);
    (operation, prop::bool::weighted(0.1))
        .prop_map(|(operation, tries)| if tries { operation.tried() } else { operation })
}

fn any_in_earnest(weights: Weights) -> impl Strategy<Value = Operation> {
    prop_oneof![
        weights.stock => stock::any_deed().prop_map(Operation::Stock),
        weights.orders => orders::any_deed().prop_map(Operation::Order),
        weights.promises => promises::any_deed().prop_map(Operation::Promise),
        weights.slips => slips::any_deed().prop_map(Operation::Slip),
        weights.counts => counts::any_deed().prop_map(Operation::Count),
    ]
}

/// What most cases begin with: some units of both variants at two locations.
pub(super) fn first_stock() -> Operation {
    let lines = [((0, 0), 9), ((0, 1), 6), ((1, 0), 5), ((1, 2), 3)];
    Operation::Stock(StockDeed::Adjust { lines: lines.map(|(slot, units)| (slot, units, Condition::Available)).into() })
}

/// What some cases begin with, too, so that what takes many steps is near.
pub(super) fn any_opening(weights: Weights) -> impl Strategy<Value = Vec<Operation>> {
    fn all<D>(deeds: Vec<D>, operation: fn(D) -> Operation) -> Vec<Operation> {
        deeds.into_iter().map(operation).collect()
    }
    prop_oneof![
        1 + weights.promises => promises::any_opening().prop_map(|deeds| all(deeds, Operation::Promise)),
        1 + weights.counts => any_count_under_way(),
        weights.slips => slips::any_opening().prop_map(|deeds| all(deeds, Operation::Slip)),
    ]
}

/// A level that was counted, and perhaps set to another number since, before its count ended.
fn any_count_under_way() -> impl Strategy<Value = Vec<Operation>> {
    let set = prop::option::of((0_i64..9).prop_map(|to| StockDeed::Set { slot: (0, 0), to, from: None }));
    (counts::any_opening(), set).prop_map(|((counted, ended), set)| {
        let counted = counted.into_iter().map(Operation::Count);
        counted.chain(set.map(Operation::Stock)).chain(ended.map(Operation::Count)).collect()
    })
}

/// The names of the things of a case.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) skus: Vec<String>,
    /// The ids of the variants.
    pub(super) ids: Vec<String>,
    /// The id of their product.
    pub(super) product: String,
    /// The id of the category that their product is in.
    pub(super) category: String,
    /// The codes of the locations.
    pub(super) codes: Vec<String>,
    /// When the case began, if its time is known to the second.
    pub(super) start: Option<Timestamp>,
}

impl Names {
    /// The names of a level, with more of the line that names it.
    pub(super) fn line(&self, (variant, location): Slot, more: Value) -> Value {
        with(json!({ "sku": self.skus[variant], "locationCode": self.codes[location] }), more)
    }

    /// The slot of a level or a movement in an answer.
    pub(super) fn slot(&self, level: &Value) -> Slot {
        (self.variant(level["variant"]["sku"].as_str().unwrap()), self.location(&level["location"]))
    }

    /// The minute of the case in which something ends, or else whether it does at all.
    pub(super) fn minute(&self, end: &Value) -> Value {
        match (self.start, end.as_str()) {
            (None, end) => json!(end.is_some()),
            (Some(_), None) => Value::Null,
            (Some(start), Some(end)) => json!((Timestamp::parse(end).unwrap().seconds() - start.seconds()) / 60),
        }
    }

    pub(super) fn variant(&self, sku: &str) -> usize {
        self.skus.iter().position(|known| known == sku).unwrap()
    }

    /// The number of a location in an answer.
    pub(super) fn location(&self, shown: &Value) -> usize {
        self.codes.iter().position(|code| shown["code"] == json!(code)).unwrap()
    }
}

fn with(mut object: Value, more: Value) -> Value {
    let more = more.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(more);
    object
}
