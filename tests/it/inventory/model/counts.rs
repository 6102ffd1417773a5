//! Stock counts: planned and started, counted by several people who see no numbers, ended, counted again, approved, given up.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::ask::{Ask, Kind, Known};
use super::counted::{Found, Line, Verdict};
use super::operation::{Asker, Deed, Keys, Names, VARIANTS, any_location};
use super::world::{Fault, Key, Outcome, Slot, Within, World, refused, wish};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum CountDeed {
    /// A count at a location, begun at once; it stays a draft when there is nothing to count, or some of it is counted already.
    Start { location: usize, extent: Extent },
    /// One of two counters enters what is there, for the count of this number among those known.
    Record { document: u8, counter: usize, lines: Vec<(usize, Found)>, unexpected: bool },
    /// Counting ends.
    Finish { document: u8 },
    /// Some lines are counted again.
    Recount { document: u8, again: Again },
    /// What differs is posted; lines that nobody counted are left, or taken for empty.
    Approve { document: u8, zero: bool },
    /// It is given up.
    Cancel { document: u8 },
}

/// What is to be counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Extent {
    /// These, whether or not the location has had them.
    Variants(BTreeSet<usize>),
    /// The variants that have a level there when counting begins, all of which are of the product.
    Stocked(Selection),
}

/// What makes a count of what is stocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Selection {
    Product,
    Category,
    /// Nothing does: it is a full count of the location.
    Full,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Again {
    Disputed,
    Differing,
    Variants(BTreeSet<usize>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Count {
    location: usize,
    extent: Extent,
    status: &'static str,
    round: usize,
    lines: BTreeMap<usize, Line>,
}

pub(super) fn any_deed() -> impl Strategy<Value = CountDeed> {
    let variants = || btree_set(0..VARIANTS, 1..=VARIANTS);
    let sound = prop_oneof![3 => Just(4_i64), 1 => 0_i64..9];
    let some = |most: i64| prop_oneof![4 => Just(0), 1 => 1..=most];
    let line = (0..VARIANTS, (sound, some(2), some(2)).prop_map(|(sound, damaged, quality)| [sound, damaged, quality]));
    let again = prop_oneof![Just(Again::Disputed), Just(Again::Differing), variants().prop_map(Again::Variants)];
    let selection = prop_oneof![Just(Selection::Product), Just(Selection::Category), Just(Selection::Full)];
    let extent = prop_oneof![3 => variants().prop_map(Extent::Variants), 2 => selection.prop_map(Extent::Stocked)];
    prop_oneof![
        4 => (any_location(), extent).prop_map(|(location, extent)| CountDeed::Start { location, extent }),
        10 => (any::<u8>(), 0_usize..2, vec(line, 1..4), any::<bool>())
            .prop_map(|(document, counter, lines, unexpected)| CountDeed::Record { document, counter, lines, unexpected }),
        8 => any::<u8>().prop_map(|document| CountDeed::Finish { document }),
        9 => (any::<u8>(), again).prop_map(|(document, again)| CountDeed::Recount { document, again }),
        5 => (any::<u8>(), any::<bool>()).prop_map(|(document, zero)| CountDeed::Approve { document, zero }),
        1 => any::<u8>().prop_map(|document| CountDeed::Cancel { document }),
    ]
}

/// A count of one variant, which somebody has counted; and perhaps its end.
pub(super) fn any_opening() -> impl Strategy<Value = (Vec<CountDeed>, Option<CountDeed>)> {
    (0_i64..9, any::<bool>()).prop_map(|(sound, ends)| {
        let start = CountDeed::Start { location: 0, extent: Extent::Variants(BTreeSet::from([0])) };
        let counted = CountDeed::Record { document: 0, counter: 0, lines: vec![(0, [sound, 0, 0])], unexpected: false };
        (vec![start, counted], ends.then_some(CountDeed::Finish { document: 0 }))
    })
}

impl Deed for CountDeed {
    fn name(&self) -> String {
        let name = match self {
            Self::Start { extent: Extent::Variants(_), .. } => "start a count",
            Self::Start { extent: Extent::Stocked(Selection::Product), .. } => "start a count of a product",
            Self::Start { extent: Extent::Stocked(Selection::Category), .. } => "start a count of a category",
            Self::Start { extent: Extent::Stocked(Selection::Full), .. } => "start a full count",
            Self::Record { .. } => "count",
            Self::Finish { .. } => "finish a count",
            Self::Recount { .. } => "count again",
            Self::Approve { .. } => "approve a count",
            Self::Cancel { .. } => "cancel a count",
        };
        name.to_owned()
    }

    fn about(&self) -> Option<(u8, &'static [Kind])> {
        match self {
            Self::Start { .. } => None,
            Self::Record { document, .. }
            | Self::Finish { document }
            | Self::Recount { document, .. }
            | Self::Approve { document, .. }
            | Self::Cancel { document } => Some((*document, &[Kind::Count])),
        }
    }

    fn makes(&self) -> Option<Kind> {
        matches!(self, Self::Start { .. }).then_some(Kind::Count)
    }

    fn asker(&self) -> Asker {
        if let Self::Record { counter, .. } = self { Asker::Counter(*counter) } else { Asker::Keeper }
    }

    fn draft(&self, names: &Names) -> Option<Ask> {
        let Self::Start { location, extent } = self else { return None };
        let mut input = json!({ "locationCode": names.codes[*location] });
        match extent {
            Extent::Variants(variants) => input["variants"] = skus(variants, names),
            Extent::Stocked(Selection::Product) => input["productIds"] = json!([names.product]),
            Extent::Stocked(Selection::Category) => input["categoryIds"] = json!([names.category]),
            Extent::Stocked(Selection::Full) => {}
        }
        Some(Ask::document(Kind::Count, "Create", input))
    }

    fn draw_up(&self, world: &mut World, own: Key) {
        if let Self::Start { location, extent } = self.clone() {
            let count = Count { location, extent, status: "DRAFT", round: 1, lines: BTreeMap::new() };
            world.counts.insert(own, count);
        }
    }

    fn ask(&self, names: &Names, about: Option<&Known>) -> Ask {
        let mut input = json!({ "id": about.unwrap().id });
        let verb = match self {
            Self::Start { .. } => "Start",
            Self::Record { lines, unexpected, .. } => {
                let line = |(variant, [sound, damaged, quality]): &(usize, Found)| json!({ "sku": names.skus[*variant], "quantity": sound, "damaged": damaged, "qualityControl": quality });
                input["lines"] = lines.iter().map(line).collect();
                input["addUnexpected"] = json!(unexpected);
                "Record"
            }
            Self::Finish { .. } => "Finish",
            Self::Recount { again, .. } => {
                match again {
                    Again::Disputed => input["lines"] = json!("DISPUTED"),
                    Again::Differing => input["lines"] = json!("DIFFERING"),
                    Again::Variants(variants) => input["variants"] = skus(variants, names),
                }
                "Recount"
            }
            Self::Approve { zero, .. } => {
                input["uncounted"] = json!(if *zero { "ZERO" } else { "LEAVE" });
                "Approve"
            }
            Self::Cancel { .. } => "Cancel",
        };
        Ask::document(Kind::Count, verb, input)
    }

    fn apply(&self, world: &mut World, Keys { about, .. }: Keys) -> Outcome {
        let mut count = world.counts[&about].clone();
        let allowed: &[&str] = match self {
            Self::Start { .. } => &["DRAFT"],
            Self::Record { .. } | Self::Finish { .. } => &["COUNTING"],
            Self::Recount { .. } | Self::Approve { .. } => &["REVIEW"],
            Self::Cancel { .. } => &["DRAFT", "COUNTING", "REVIEW"],
        };
        if !allowed.contains(&count.status) {
            return refused("INVALID_STATE");
        }
        let faults = match self {
            Self::Start { .. } => world.start(&mut count),
            Self::Record { counter, lines, unexpected, .. } => world.record(&mut count, *counter, lines, *unexpected),
            Self::Finish { .. } => world.finish(&mut count),
            Self::Recount { again, .. } => count.recount(again),
            Self::Approve { zero, .. } => world.approve(&mut count, *zero),
            Self::Cancel { .. } => {
                count.status = "CANCELLED";
                Vec::new()
            }
        };
        if !faults.is_empty() {
            return Outcome::Refused(faults);
        }
        world.counts.insert(about, count);
        Outcome::done()
    }
}

fn skus(variants: &BTreeSet<usize>, names: &Names) -> Value {
    variants.iter().map(|variant| json!({ "sku": names.skus[*variant] })).collect()
}

fn fault(line: usize, code: &str) -> Fault {
    (line, code.to_owned(), Vec::new())
}

impl Count {
    pub(super) fn shown(&self) -> Value {
        let numbers = self.status != "COUNTING";
        let lines: Vec<Value> =
            self.lines.iter().map(|(variant, line)| json!([variant, line.shown(numbers)])).collect();
        json!([self.status, self.round, lines])
    }

    /// Whether nobody else may count the variant at the location meanwhile.
    fn holds(&self, (variant, location): Slot) -> bool {
        ["COUNTING", "REVIEW"].contains(&self.status) && self.location == location && self.lines.contains_key(&variant)
    }

    fn recount(&mut self, again: &Again) -> Vec<Fault> {
        if let Again::Variants(variants) = again {
            let missing = variants.iter().enumerate().filter(|(_, variant)| !self.lines.contains_key(variant));
            let faults: Vec<Fault> = missing.map(|(index, _)| fault(index, "NOT_FOUND")).collect();
            if !faults.is_empty() {
                return faults;
            }
        }
        let mut some = false;
        for (variant, line) in &mut self.lines {
            let chosen = match (again, line.verdict()) {
                (Again::Variants(variants), _) => variants.contains(variant),
                (_, Verdict::Disputed) => true,
                (Again::Differing, Verdict::Counted(difference, _)) => difference != [0; 3],
                (Again::Disputed | Again::Differing, _) => false,
            };
            if chosen {
                (line.round, line.entries, some) = (self.round + 1, BTreeMap::new(), true);
            }
        }
        if !some {
            return vec![fault(0, "INVALID_STATE")];
        }
        (self.round, self.status) = (self.round + 1, "COUNTING");
        Vec::new()
    }
}

impl World {
    /// What the books say: units in any condition, damaged ones, ones that wait for a check; and the version.
    fn books(&self, slot: Slot) -> (Found, usize) {
        let level = self.levels.get(&slot).cloned().unwrap_or_default();
        ([level.on_hand, level.damaged, level.quality_control], level.history.len())
    }

    fn start(&self, count: &mut Count) -> Vec<Fault> {
        let stocked = |variant: &usize| self.levels.contains_key(&(*variant, count.location));
        let variants = match &count.extent {
            Extent::Variants(variants) => variants.clone(),
            Extent::Stocked(_) => (0..VARIANTS).filter(stocked).collect(),
        };
        if variants.is_empty() {
            return vec![fault(0, "INVALID_STATE")];
        }
        let taken = |variant: &usize| self.counts.values().any(|other| other.holds((*variant, count.location)));
        if variants.iter().any(taken) {
            return vec![fault(0, "IN_USE")];
        }
        count.lines = variants.iter().map(|variant| (*variant, Line::new(1, false))).collect();
        count.status = "COUNTING";
        Vec::new()
    }

    fn record(&self, count: &mut Count, counter: usize, lines: &[(usize, Found)], unexpected: bool) -> Vec<Fault> {
        if unexpected {
            for (variant, _) in lines {
                let at = (*variant, count.location);
                if !count.lines.contains_key(variant) && !self.counts.values().any(|other| other.holds(at)) {
                    count.lines.insert(*variant, Line::new(count.round, true));
                }
            }
        }
        let problem = |(index, (variant, _)): (usize, &(usize, Found))| match count.lines.get(variant) {
            None => Some(fault(index, if unexpected { "IN_USE" } else { "NOT_FOUND" })),
            Some(line) if line.round < count.round => Some(fault(index, "INVALID_STATE")),
            Some(_) => None,
        };
        let faults: Vec<Fault> = lines.iter().enumerate().filter_map(problem).collect();
        if !faults.is_empty() {
            return faults;
        }
        let mut found: BTreeMap<usize, Found> = BTreeMap::new();
        for (variant, [sound, damaged, quality]) in lines {
            let sum = found.entry(*variant).or_default();
            *sum = [sum[0] + sound + damaged + quality, sum[1] + damaged, sum[2] + quality];
        }
        for (variant, found) in found {
            let (books, version) = self.books((variant, count.location));
            let difference = [found[0] - books[0], found[1] - books[1], found[2] - books[2]];
            count.lines.get_mut(&variant).unwrap().entries.insert(counter, (difference, version));
        }
        Vec::new()
    }

    fn finish(&self, count: &mut Count) -> Vec<Fault> {
        for (variant, line) in &mut count.lines {
            let (books, version) = self.books((*variant, count.location));
            line.empty = (books.map(|units| -units), version);
        }
        count.status = "REVIEW";
        Vec::new()
    }

    /// Posts what differs, whatever was promised of it.
    fn approve(&mut self, count: &mut Count, zero: bool) -> Vec<Fault> {
        if count.lines.values().any(|line| matches!(line.verdict(), Verdict::Disputed)) {
            return vec![fault(0, "INVALID_STATE")];
        }
        let slot = |variant: usize| (variant, count.location);
        let lines: Vec<(usize, (Found, usize))> =
            count.lines.iter().filter_map(|(variant, line)| Some((*variant, line.to_post(zero)?))).collect();
        let set = |(variant, (_, since)): &&(usize, (Found, usize))| {
            self.corrected.get(&slot(*variant)).is_some_and(|version| version > since)
        };
        let faults: Vec<Fault> = lines.iter().filter(set).map(|_| fault(0, "INVALID_STATE")).collect();
        if !faults.is_empty() {
            return faults;
        }
        let wishes: Vec<_> = lines
            .iter()
            .flat_map(|(variant, ([on_hand, damaged, quality], _))| {
                [("ON_HAND", on_hand), ("DAMAGED", damaged), ("QUALITY_CONTROL", quality)]
                    .map(|(state, delta)| wish(0, slot(*variant), state, *delta))
            })
            .collect();
        if let Err(faults) = self.post_within(Within::Anything, &wishes, "COUNT") {
            return faults;
        }
        for (variant, (difference, _)) in lines {
            self.corrects(slot(variant));
            if let Some(line) = count.lines.get_mut(&variant) {
                line.posted = Some(difference);
            }
        }
        count.status = "APPROVED";
        Vec::new()
    }

    /// The books of a level were brought in line with its shelf, on which nothing moved.
    pub(super) fn corrects(&mut self, slot: Slot) {
        let version = self.levels[&slot].history.len();
        self.corrected.insert(slot, version);
    }
}
