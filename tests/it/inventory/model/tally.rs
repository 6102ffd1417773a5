//! How often each operation was accepted and refused: what is never accepted, or never refused, is not tested.

use std::collections::BTreeMap;

use super::operation::Operation;
use super::world::Outcome;

/// What must be accepted somewhere in a long run.
const ACCEPTED: &[&str] = &[
    "adjust",
    "set",
    "move",
    "reclassify",
    "reverse an adjustment",
    "order",
    "ship",
    "draw up an order",
    "change a draft",
    "place a draft",
    "receive",
    "lose",
    "close an order",
    "cancel an order",
    "reverse a receipt",
    "write off",
    "return",
    "post a slip",
    "cancel a slip",
    "reverse a slip",
    "reserve by NAMED_LOCATIONS",
    "reserve by PRIORITY",
    "reserve by MOST_STOCK",
    "reserve by FEWEST_SPLITS",
    "reserved at several locations",
    "promised beyond stock",
    "fulfil",
    "fulfil in part",
    "reduce",
    "release",
    "extend",
    "keep safety stock",
    "start a count",
    "start a count of a product",
    "start a count of a category",
    "start a full count",
    "count",
    "finish a count",
    "count again",
    "approve a count",
    "cancel a count",
    "deny backorders",
    "allow backorders",
    "allow some backorders",
    "try",
];

/// What must be refused somewhere, too. The rest cannot be, or is too seldom.
const REFUSED: &[&str] = &[
    "adjust",
    "set",
    "move",
    "reclassify",
    "reverse an adjustment",
    "ship",
    "change a draft",
    "place a draft",
    "receive",
    "lose",
    "close an order",
    "write off",
    "post a slip",
    "reverse a slip",
    "reserve by NAMED_LOCATIONS",
    "reserve by PRIORITY",
    "reserve by MOST_STOCK",
    "reserve by FEWEST_SPLITS",
    "fulfil",
    "fulfil in part",
    "reduce",
    "start a count",
    "start a count of a product",
    "start a count of a category",
    "start a full count",
    "count",
    "finish a count",
    "count again",
    "approve a count",
    "try",
];

#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<String, Count>);

#[derive(Debug, Default)]
struct Count {
    accepted: usize,
    refused: usize,
}

impl Tally {
    pub(super) fn note(&mut self, operation: &Operation, outcome: &Outcome) {
        let deed = operation.deed();
        let count = self.0.entry(deed.name()).or_default();
        match outcome {
            Outcome::Done(_) => count.accepted += 1,
            Outcome::Refused(_) => count.refused += 1,
        }
        for remark in deed.remarks(outcome) {
            self.0.entry(remark.to_owned()).or_default().accepted += 1;
        }
    }

    /// What was never accepted, and what was never refused.
    pub(super) fn never(&self) -> [Vec<&'static str>; 2] {
        let accepted = |name: &str| self.0.get(name).map_or(0, |count| count.accepted);
        let refused = |name: &str| self.0.get(name).map_or(0, |count| count.refused);
        [
            ACCEPTED.iter().filter(|name| accepted(name) == 0).copied().collect(),
            REFUSED.iter().filter(|name| refused(name) == 0).copied().collect(),
        ]
    }

    /// Fails when something was not tested at all.
    pub(super) fn assert_everything_happened(&self) {
        assert_eq!(self.never(), [const { Vec::<&str>::new() }; 2], "never accepted, never refused: {self:#?}");
        let unknown: Vec<&String> = self.0.keys().filter(|name| !ACCEPTED.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?} need not happen");
    }
}
