//! Which location gives how many units of what a reservation asks for, in the model.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::operation::{LOCATIONS, PRIORITIES};
use super::promises::{Allocation, Policy, Units};
use super::world::{Fault, Slot, Within, World, wish};

/// In which order locations are asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Rule {
    Named(Vec<usize>),
    Priority,
    MostStock,
    FewestSplits,
}

impl Rule {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Named(_) => "NAMED_LOCATIONS",
            Self::Priority => "PRIORITY",
            Self::MostStock => "MOST_STOCK",
            Self::FewestSplits => "FEWEST_SPLITS",
        }
    }
}

/// What a line gets: where how many units, how many of these beyond what is free, and how many in all are short.
type Got = (Vec<(usize, i64, i64)>, i64);

/// What the levels can still promise: units that are free, and units beyond.
struct Pool {
    /// Nothing is promised at a slot that is not in here.
    free: BTreeMap<Slot, i64>,
    /// Units more that each variant may be promised beyond what is free.
    beyond: BTreeMap<usize, i64>,
}

impl World {
    /// What each line gets, in the order in which locations were asked; or what is short.
    pub(super) fn allocate(
        &mut self,
        lines: &[Units],
        rule: &Rule,
        partial: bool,
    ) -> Result<Vec<Allocation>, Vec<Fault>> {
        let mut pool = self.pool(lines, rule);
        let (fixed, others): (Vec<usize>, Vec<usize>) = (0..lines.len()).partition(|line| lines[*line].1.is_some());
        let mut got: Vec<Got> = vec![(Vec::new(), 0); lines.len()];
        for line in fixed {
            got[line] = pool.serve(&lines[line], &[lines[line].1.unwrap()]);
        }
        let open: Vec<usize> = got.iter().flat_map(|(shares, _)| shares.iter().map(|share| share.0)).collect();
        let fewest = pool.fewest(lines, &open);
        for line in others {
            let places = match rule {
                Rule::Named(places) => places.clone(),
                Rule::Priority => by_priority(),
                Rule::MostStock => {
                    let mut places = by_priority();
                    places.sort_by_key(|place| Reverse(pool.free_at((lines[line].0, *place))));
                    places
                }
                Rule::FewestSplits => fewest.clone(),
            };
            got[line] = pool.serve(&lines[line], &places);
        }
        let nothing = got.iter().all(|(shares, _)| shares.is_empty());
        let short = got.iter().zip(lines).enumerate().filter(|(_, ((_, short), _))| *short > 0);
        let fault = |(line, ((_, short), (.., units))): (usize, (&(_, i64), &Units))| {
            (line, "INSUFFICIENT_STOCK".to_owned(), vec![units - short, *units])
        };
        let faults: Vec<Fault> = short.map(fault).collect();
        if !faults.is_empty() && (!partial || nothing) {
            return Err(faults);
        }
        Ok(self.hold(lines, &got))
    }

    fn hold(&mut self, lines: &[Units], got: &[Got]) -> Vec<Allocation> {
        let mut allocations = Vec::new();
        for ((variant, ..), (shares, _)) in lines.iter().zip(got) {
            allocations.extend(shares.iter().map(|(place, held, backordered)| Allocation {
                slot: (*variant, *place),
                held: *held,
                backordered: *backordered,
                fulfilled: 0,
                released: 0,
                expired: 0,
            }));
        }
        let wishes: Vec<_> = allocations.iter().map(|one| wish(0, one.slot, "RESERVED", one.held)).collect();
        assert!(self.post_within(Within::Anything, &wishes, "RESERVED").is_ok(), "what was found is there");
        allocations
    }

    pub(super) fn policy(&self, variant: usize) -> Policy {
        self.policies.get(&variant).copied().unwrap_or(Policy::Deny)
    }

    /// What can be promised to these lines, once what has expired there is taken back.
    fn pool(&mut self, lines: &[Units], rule: &Rule) -> Pool {
        let may_give = |slot: Slot| {
            lines.iter().filter(|(variant, ..)| *variant == slot.0).any(|(_, place, _)| match (place, rule) {
                (Some(place), _) => *place == slot.1,
                (None, Rule::Named(places)) => places.contains(&slot.1),
                (None, Rule::Priority | Rule::MostStock | Rule::FewestSplits) => true,
            })
        };
        let variants: BTreeSet<usize> = lines.iter().map(|line| line.0).collect();
        let counts = |slot: &&Slot| matches!(self.policy(slot.0), Policy::UpTo(_)) || may_give(**slot);
        let looked_at: Vec<Slot> =
            self.levels.keys().filter(|slot| variants.contains(&slot.0)).filter(counts).copied().collect();
        self.expire(&looked_at);
        let free = |slot: &Slot| {
            let level = &self.levels[slot];
            (level.free().max(0) - level.safety_stock).max(0)
        };
        let mut pool: BTreeMap<Slot, i64> = looked_at.iter().map(|slot| (*slot, free(slot))).collect();
        // A location that is named may promise what it never had.
        let list: &[usize] = if let Rule::Named(places) = rule { places } else { &[] };
        for place in lines.iter().filter_map(|line| line.1).chain(list.iter().copied()) {
            for variant in variants.iter().filter(|variant| self.policy(**variant) != Policy::Deny) {
                if may_give((*variant, place)) {
                    pool.entry((*variant, place)).or_insert(0);
                }
            }
        }
        let late = |variant: usize| -> i64 {
            let of = self.levels.iter().filter(|(slot, _)| slot.0 == variant);
            of.map(|(_, level)| (-level.free()).max(0)).sum()
        };
        let beyond = |variant: &usize| match self.policy(*variant) {
            Policy::Deny => 0,
            Policy::Allow => i64::MAX,
            Policy::UpTo(limit) => (limit - late(*variant)).max(0),
        };
        Pool { free: pool, beyond: variants.iter().map(|variant| (*variant, beyond(variant))).collect() }
    }
}

/// The smallest number first; of equal ones the oldest.
fn by_priority() -> Vec<usize> {
    let mut places: Vec<usize> = (0..LOCATIONS).collect();
    places.sort_by_key(|place| PRIORITIES[*place]);
    places
}

impl Pool {
    fn free_at(&self, slot: Slot) -> i64 {
        self.free.get(&slot).copied().unwrap_or(0)
    }

    /// The locations that are open already, then each time the one that gives the most of what is still missing, then the others.
    fn fewest(&self, lines: &[Units], open: &[usize]) -> Vec<usize> {
        let mut missing: BTreeMap<usize, i64> = BTreeMap::new();
        for (variant, _, units) in lines.iter().filter(|line| line.1.is_none()) {
            *missing.entry(*variant).or_default() += units;
        }
        let mut order: Vec<usize> = Vec::new();
        let mut visit = |place: usize, missing: &mut BTreeMap<usize, i64>| {
            for (variant, units) in missing {
                *units -= self.free_at((*variant, place)).min(*units);
            }
            order.push(place);
        };
        let mut left = by_priority();
        for place in open {
            if left.contains(place) {
                left.retain(|other| other != place);
                visit(*place, &mut missing);
            }
        }
        let gives = |place: usize, missing: &BTreeMap<usize, i64>| -> i64 {
            missing.iter().map(|(variant, units)| self.free_at((*variant, place)).min(*units)).sum()
        };
        while let Some(best) = left.iter().copied().min_by_key(|place| Reverse(gives(*place, &missing))) {
            if gives(best, &missing) == 0 {
                break;
            }
            left.retain(|other| *other != best);
            visit(best, &mut missing);
        }
        [order, left].concat()
    }

    /// What these locations give to a line, one after the other, and how much is short. What they do not have may be promised beyond, at the first
    /// that gives something, or else at the first of all.
    fn serve(&mut self, (variant, _, units): &Units, places: &[usize]) -> Got {
        let (mut shares, mut missing) = (Vec::new(), *units);
        for place in places {
            let Some(free) = self.free.get_mut(&(*variant, *place)) else { continue };
            let units = missing.min(*free);
            if units > 0 {
                (*free, missing) = (*free - units, missing - units);
                shares.push((*place, units, 0));
            }
        }
        let known = places.iter().copied().find(|place| self.free.contains_key(&(*variant, *place)));
        let late = missing.min(self.beyond[variant]);
        match (shares.first_mut(), known) {
            _ if late == 0 => return (shares, missing),
            (Some(share), _) => *share = (share.0, share.1 + late, late),
            (None, Some(place)) => shares.push((place, late, late)),
            (None, None) => return (shares, missing),
        }
        if let Some(beyond) = self.beyond.get_mut(variant).filter(|beyond| **beyond != i64::MAX) {
            *beyond -= late;
        }
        (shares, missing - late)
    }
}
