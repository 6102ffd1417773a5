//! Where there could be stock for the lines of a reservation. It decides nothing about who gives how much.

use std::collections::{BTreeMap, BTreeSet};

use super::Policies;
use crate::catalog::entity::product_variant::{BackorderPolicy, ProductVariantId};
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::ledger::{Missing, Sheet};
use crate::inventory::rules::allocation::{Beyond, Candidate, Rule, Want};
use crate::inventory::store::Place;
use crate::kernel::error::Fault;

/// Where there could be stock for the lines.
pub(super) struct Places<'a> {
    /// The levels of the variants at locations that are open, as they were looked up.
    pub known: Vec<Place>,
    /// The priorities of the locations that the input names.
    pub named: BTreeMap<LocationId, i64>,
    /// Which are asked first.
    pub rule: &'a Rule,
    /// The lines.
    pub wants: &'a [Want],
}

impl Places<'_> {
    /// Every level that may give, and those that count for a limit. A location that the input names gets a level for what may be backordered there.
    pub fn slots(&self, policies: &Policies) -> (BTreeSet<Slot>, Missing) {
        let policy = |variant| policies.get(&variant).map_or(BackorderPolicy::Deny, |(policy, _)| *policy);
        let levels: BTreeSet<Slot> = self.known.iter().map(slot).collect();
        let mut slots: BTreeSet<Slot> = levels
            .iter()
            .copied()
            .filter(|slot| policy(slot.variant) == BackorderPolicy::AllowUpTo || self.may_give(*slot))
            .collect();
        let mut missing = Missing::Leave;
        for want in self.wants.iter().filter(|want| policy(want.variant) != BackorderPolicy::Deny) {
            let (variant, ids) = (want.variant, self.named.keys().copied());
            let fresh: Vec<Slot> = ids
                .map(|location| Slot { variant, location })
                .filter(|slot| !levels.contains(slot) && self.may_give(*slot))
                .collect();
            if !fresh.is_empty() {
                missing = Missing::Make;
                slots.extend(fresh);
            }
        }
        (slots, missing)
    }

    /// Where something is short, or a location was chosen, nobody may have brought in a level meanwhile: a transaction whose levels were waited for
    /// can have made others with them. Whoever was overtaken like that runs again, and sees all of what the other did.
    pub fn check_complete(&self, locked: &BTreeSet<Slot>, policies: &Policies, now: Vec<Place>) -> Result<(), Fault> {
        let (known, named) = (now, self.named.clone());
        let (slots, _) = Places { known, named, ..*self }.slots(policies);
        if slots.is_subset(locked) {
            Ok(())
        } else {
            Err(Fault::Overtaken("a level came in beside those that were locked"))
        }
    }

    fn may_give(&self, slot: Slot) -> bool {
        self.wants.iter().filter(|want| want.variant == slot.variant).any(|want| match (want.location, self.rule) {
            (Some(only), _) => only == slot.location,
            (None, Rule::NamedLocations(names)) => names.contains(&slot.location),
            (None, Rule::Priority | Rule::MostStock | Rule::FewestSplits) => true,
        })
    }

    pub fn candidates(&self, sheet: &Sheet) -> Vec<Candidate> {
        let mut priorities = self.named.clone();
        priorities.extend(self.known.iter().map(|place| (place.location_id, place.priority)));
        sheet
            .levels()
            .map(|level| Candidate {
                slot: level.slot(),
                priority: priorities.get(&level.location_id).copied().unwrap_or(i64::MAX),
                free: level.available().saturating_sub(level.safety_stock).max(0),
            })
            .collect()
    }
}

fn slot(place: &Place) -> Slot {
    Slot { variant: place.variant_id, location: place.location_id }
}

/// How many units more of each variant may be promised beyond what is free.
pub(super) fn beyond(policies: &Policies, sheet: &Sheet) -> BTreeMap<ProductVariantId, Beyond> {
    let late = |variant: ProductVariantId| -> i64 {
        sheet.levels().filter(|level| level.variant_id == variant).map(|level| level.backordered).sum()
    };
    policies
        .iter()
        .filter_map(|(variant, (policy, limit))| match policy {
            BackorderPolicy::Deny => None,
            BackorderPolicy::Allow => Some((*variant, Beyond::Any)),
            BackorderPolicy::AllowUpTo => Some((*variant, Beyond::UpTo(limit.unwrap_or(0) - late(*variant)))),
        })
        .collect()
}
