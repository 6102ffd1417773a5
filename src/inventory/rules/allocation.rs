//! Which location gives how many units of what a reservation asks for. Decided on locked levels; it knows neither database nor time.
//!
//! Lines that name their location come first, as they have no choice; the others follow in their order. No level gives more than is free. What
//! is short then may be promised beyond that, at one location, as far as the variant's policy goes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_level::Slot;

/// In which order locations are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// These alone, in this order.
    NamedLocations(Vec<LocationId>),
    /// The smallest priority number first.
    Priority,
    /// Where the most units of the variant are free first.
    MostStock,
    /// As few locations as a greedy choice finds: each time the one that gives the most units of what is still missing. One location, where one
    /// has everything.
    FewestSplits,
}

/// What one line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// The variant.
    pub variant: ProductVariantId,
    /// Units: at least one.
    pub units: i64,
    /// The only location that may give them.
    pub location: Option<LocationId>,
}

/// A level that may give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The level.
    pub slot: Slot,
    /// The priority of its location.
    pub priority: i64,
    /// Units that may be promised: what is available less what the level keeps back.
    pub free: i64,
}

/// How many units of a variant may be promised beyond what is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// As many as are asked for.
    Any,
    /// So many.
    UpTo(i64),
}

/// What one location gives to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The location.
    pub location: LocationId,
    /// Units in all.
    pub units: i64,
    /// Units of these beyond what is free.
    pub backordered: i64,
}

/// What a line gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// From where, in the order in which locations were asked.
    pub shares: Vec<Share>,
    /// Units that nobody gives.
    pub short: i64,
}

/// Decides; the answers are in the order of the lines. A variant that is absent from `beyond` may not be promised beyond what is free.
pub fn allocate(
    rule: &Rule,
    wants: &[Want],
    candidates: &[Candidate],
    beyond: &BTreeMap<ProductVariantId, Beyond>,
) -> Vec<Served> {
    let mut pool = Pool {
        free: candidates.iter().map(|candidate| (candidate.slot, candidate.free.max(0))).collect(),
        priority: candidates.iter().map(|candidate| (candidate.slot.location, candidate.priority)).collect(),
        beyond: beyond.clone(),
    };
    let mut served: Vec<Served> = vec![Served::default(); wants.len()];
    let fixed = |want: &Want| want.location.is_some();
    for (want, answer) in wants.iter().zip(&mut served).filter(|(want, _)| fixed(want)) {
        *answer = pool.serve(want, &want.location.into_iter().collect::<Vec<_>>());
    }
    let opened: Vec<LocationId> =
        served.iter().flat_map(|answer| answer.shares.iter().map(|share| share.location)).collect();
    let fewest = match rule {
        Rule::FewestSplits => pool.fewest(wants, opened),
        Rule::NamedLocations(_) | Rule::Priority | Rule::MostStock => Vec::new(),
    };
    for (want, answer) in wants.iter().zip(&mut served).filter(|(want, _)| !fixed(want)) {
        let order = match rule {
            Rule::NamedLocations(names) => names.clone(),
            Rule::Priority => pool.by_priority(),
            Rule::MostStock => pool.by_stock(want.variant),
            Rule::FewestSplits => fewest.clone(),
        };
        *answer = pool.serve(want, &order);
    }
    served
}

/// What is still to be had.
struct Pool {
    free: BTreeMap<Slot, i64>,
    priority: BTreeMap<LocationId, i64>,
    beyond: BTreeMap<ProductVariantId, Beyond>,
}

impl Pool {
    fn free_at(&self, variant: ProductVariantId, location: LocationId) -> i64 {
        self.free.get(&Slot { variant, location }).copied().unwrap_or(0)
    }

    fn by_priority(&self) -> Vec<LocationId> {
        let mut locations: Vec<(i64, LocationId)> =
            self.priority.iter().map(|(location, priority)| (*priority, *location)).collect();
        locations.sort_unstable();
        locations.into_iter().map(|(_, location)| location).collect()
    }

    fn by_stock(&self, variant: ProductVariantId) -> Vec<LocationId> {
        let mut locations = self.by_priority();
        locations.sort_by_key(|location| Reverse(self.free_at(variant, *location)));
        locations
    }

    /// The locations that a greedy choice opens, after those that are open already, and then the others.
    fn fewest(&self, wants: &[Want], opened: Vec<LocationId>) -> Vec<LocationId> {
        let mut missing: BTreeMap<ProductVariantId, i64> = BTreeMap::new();
        for want in wants.iter().filter(|want| want.location.is_none()) {
            *missing.entry(want.variant).or_default() += want.units;
        }
        let (mut order, mut left): (Vec<LocationId>, Vec<LocationId>) = (Vec::new(), self.by_priority());
        let mut open = |location: LocationId, left: &mut Vec<LocationId>, missing: &mut BTreeMap<_, i64>| {
            for (variant, units) in missing.iter_mut() {
                *units -= self.free_at(*variant, location).min(*units);
            }
            left.retain(|other| *other != location);
            order.push(location);
        };
        for location in opened {
            if left.contains(&location) {
                open(location, &mut left, &mut missing);
            }
        }
        let gives = |location: LocationId, missing: &BTreeMap<ProductVariantId, i64>| -> i64 {
            missing.iter().map(|(variant, units)| self.free_at(*variant, location).min(*units)).sum()
        };
        // Of equal ones the first by priority: `max_by_key` takes the last.
        while let Some(best) = left.iter().rev().copied().max_by_key(|location| gives(*location, &missing)) {
            if gives(best, &missing) == 0 {
                break;
            }
            open(best, &mut left, &mut missing);
        }
        order.extend(left);
        order
    }

    /// Takes what a line wants from these locations, in this order.
    fn serve(&mut self, want: &Want, order: &[LocationId]) -> Served {
        let (mut shares, mut missing) = (Vec::new(), want.units);
        for location in order {
            let Some(free) = self.free.get_mut(&Slot { variant: want.variant, location: *location }) else { continue };
            let units = missing.min(*free);
            if units > 0 {
                *free -= units;
                missing -= units;
                shares.push(Share { location: *location, units, backordered: 0 });
            }
        }
        if missing > 0 {
            missing -= self.promise(want, missing, order, &mut shares);
        }
        Served { shares, short: missing }
    }

    /// Promises what is missing at one location, as far as the policy goes; tells how much that is.
    fn promise(&mut self, want: &Want, missing: i64, order: &[LocationId], shares: &mut Vec<Share>) -> i64 {
        let known =
            |location: &&LocationId| self.free.contains_key(&Slot { variant: want.variant, location: **location });
        let place = shares.first().map(|share| share.location).or_else(|| order.iter().find(known).copied());
        let Some(location) = place else { return 0 };
        let units = match self.beyond.get_mut(&want.variant) {
            None => 0,
            Some(Beyond::Any) => missing,
            Some(Beyond::UpTo(left)) => {
                let units = missing.min((*left).max(0));
                *left -= units;
                units
            }
        };
        if units > 0 {
            match shares.first_mut() {
                Some(share) => (share.units, share.backordered) = (share.units + units, units),
                None => shares.push(Share { location, units, backordered: units }),
            }
        }
        units
    }
}

#[cfg(test)]
mod tests;
