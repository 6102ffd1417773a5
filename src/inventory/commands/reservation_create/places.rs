//! Where there could be stock for the lines of reservations. It decides nothing about who gives how much.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::OnceCell;

use super::asked::Asked;
use super::{Policies, Refusals};
use crate::catalog::entity::product_variant::{BackorderPolicy, ProductVariantId};
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_level::{Model as Level, Slot};
use crate::inventory::ledger::{Missing, Sheet};
use crate::inventory::rules::allocation::{Beyond, Candidate, Rule};
use crate::inventory::store::{self, Place};
use crate::kernel::error::Fault;
use crate::kernel::write::Cx;

/// Where there could be stock for reservations that are decided together.
pub(super) struct Places {
    variants: BTreeSet<ProductVariantId>,
    /// The levels of the variants at locations that are open, as they were before they were locked.
    known: Vec<Place>,
    /// The priorities of all locations of these, and of those that the input names.
    priorities: BTreeMap<LocationId, i64>,
    policies: Policies,
    /// The levels that came in until they were locked.
    late: OnceCell<Vec<Place>>,
    /// Whether the policies are the same as before the levels were locked.
    same_policies: OnceCell<bool>,
}

/// The levels that one reservation can reach.
pub(super) struct Reach {
    pub asked: Asked,
    /// Every level that may give, and those that count for a limit. A location that the input names gets a level for what may be backordered there.
    slots: BTreeSet<Slot>,
    missing: Missing,
}

impl Places {
    /// Looks them up.
    pub async fn find(cx: &Cx<'_>, asked: &[Result<Asked, Refusals>], policies: Policies) -> Result<Self, Fault> {
        let wants = asked.iter().flatten().flat_map(|asked| &asked.wants);
        let variants: BTreeSet<ProductVariantId> = wants.map(|want| want.variant).collect();
        let known = store::places_of(cx.tx, &variants).await?;
        let named = asked.iter().flatten().flat_map(|asked| &asked.named).map(|(id, priority)| (*id, *priority));
        let priorities = named.chain(known.iter().map(|place| (place.location_id, place.priority))).collect();
        Ok(Self { variants, known, priorities, policies, late: OnceCell::new(), same_policies: OnceCell::new() })
    }

    /// What a reservation can reach.
    pub fn reach(&self, asked: Asked) -> Reach {
        let (slots, missing) = self.slots(&asked, &self.known);
        Reach { asked, slots, missing }
    }

    /// Locks all of it.
    pub async fn lock<'r>(&self, cx: &Cx<'_>, reaches: impl Iterator<Item = &'r Reach>) -> Result<Sheet, Fault> {
        let (mut slots, mut missing) = (BTreeSet::new(), Missing::Leave);
        for reach in reaches {
            slots.extend(reach.slots.iter().copied());
            if reach.missing == Missing::Make {
                missing = Missing::Make;
            }
        }
        Sheet::open(cx, &slots, missing).await
    }

    /// Where something is short, or a location was chosen, nobody may have brought in a level meanwhile: a transaction whose levels were waited for
    /// can have made others with them. Whoever was overtaken like that runs again, and sees all of what the other did.
    pub async fn check_complete(&self, cx: &Cx<'_>, reach: &Reach, sheet: &Sheet) -> Result<(), Fault> {
        let late = self.late.get_or_try_init(|| store::places_of(cx.tx, &self.variants)).await?;
        let (slots, _) = self.slots(&reach.asked, late);
        if slots.iter().all(|slot| sheet.balance(*slot).is_some()) {
            Ok(())
        } else {
            Err(Fault::Overtaken("a level came in beside those that were locked"))
        }
    }

    /// Whoever waited for the levels while a policy changed runs again.
    pub async fn check_policies(&self, cx: &Cx<'_>) -> Result<(), Fault> {
        let now = || async { Ok::<_, Fault>(store::backorder_policies(cx.tx, &self.variants).await? == self.policies) };
        if *self.same_policies.get_or_try_init(now).await? {
            Ok(())
        } else {
            Err(Fault::Overtaken("a backorder policy changed meanwhile"))
        }
    }

    /// The levels that may give to a reservation, as they are by now. One that was made for another reservation is there once something is promised
    /// of it.
    pub fn candidates(&self, reach: &Reach, sheet: &Sheet) -> Vec<Candidate> {
        let is_there = |level: &&Level| {
            reach.slots.contains(&level.slot()) || (level.version > 0 && reach.asked.wants_of(level.variant_id))
        };
        let levels = sheet.levels().filter(is_there);
        levels
            .map(|level| Candidate {
                slot: level.slot(),
                priority: self.priorities.get(&level.location_id).copied().unwrap_or(i64::MAX),
                free: level.available().saturating_sub(level.safety_stock).max(0),
            })
            .collect()
    }

    /// How many units more of each variant may be promised beyond what is free.
    pub fn beyond(&self, reach: &Reach, sheet: &Sheet) -> BTreeMap<ProductVariantId, Beyond> {
        let late = |variant: ProductVariantId| -> i64 {
            sheet.levels().filter(|level| level.variant_id == variant).map(|level| level.backordered).sum()
        };
        let policies = reach.asked.wants.iter().filter_map(|want| self.policies.get_key_value(&want.variant));
        policies
            .filter_map(|(variant, (policy, limit))| match policy {
                BackorderPolicy::Deny => None,
                BackorderPolicy::Allow => Some((*variant, Beyond::Any)),
                BackorderPolicy::AllowUpTo => Some((*variant, Beyond::UpTo(limit.unwrap_or(0) - late(*variant)))),
            })
            .collect()
    }

    fn policy(&self, variant: ProductVariantId) -> BackorderPolicy {
        self.policies.get(&variant).map_or(BackorderPolicy::Deny, |(policy, _)| *policy)
    }

    /// What a reservation can reach where these are the levels.
    fn slots(&self, asked: &Asked, known: &[Place]) -> (BTreeSet<Slot>, Missing) {
        let levels: BTreeSet<Slot> = known.iter().map(slot).collect();
        let counts =
            |slot: &&Slot| asked.wants_of(slot.variant) && self.policy(slot.variant) == BackorderPolicy::AllowUpTo;
        let mut slots: BTreeSet<Slot> =
            levels.iter().filter(|slot| counts(slot) || asked.may_take(**slot)).copied().collect();
        let mut missing = Missing::Leave;
        for want in asked.wants.iter().filter(|want| self.policy(want.variant) != BackorderPolicy::Deny) {
            let named = asked.named.keys().map(|location| Slot { variant: want.variant, location: *location });
            let fresh: Vec<Slot> = named.filter(|slot| !levels.contains(slot) && asked.may_take(*slot)).collect();
            if !fresh.is_empty() {
                missing = Missing::Make;
                slots.extend(fresh);
            }
        }
        (slots, missing)
    }
}

impl Asked {
    fn wants_of(&self, variant: ProductVariantId) -> bool {
        self.wants.iter().any(|want| want.variant == variant)
    }

    /// Whether the level may give.
    fn may_take(&self, slot: Slot) -> bool {
        self.wants.iter().filter(|want| want.variant == slot.variant).any(|want| match (want.location, &self.rule) {
            (Some(only), _) => only == slot.location,
            (None, Rule::NamedLocations(names)) => names.contains(&slot.location),
            (None, Rule::Priority | Rule::MostStock | Rule::FewestSplits) => true,
        })
    }
}

fn slot(place: &Place) -> Slot {
    Slot { variant: place.variant_id, location: place.location_id }
}
