//! Reservations, and what bounds them: the safety stock of a level and the backorder policy of a variant.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Value, json};

use super::allocation::Rule;
use super::ask::{Ask, Kind, Known};
use super::holding::Fate;
use super::operation::{Asker, Deed, Keys, LOCATIONS, Names, VARIANTS, any_location, any_slot};
use super::world::{Outcome, Slot, World};

/// Units of a variant, at one location or at any.
pub(super) type Units = (usize, Option<usize>, i64);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum PromiseDeed {
    /// Units, in part when not all are there, for some minutes.
    Reserve {
        lines: Vec<Units>,
        rule: Rule,
        partial: bool,
        minutes: Option<u32>,
    },
    /// Some units of a reservation are sold, or everything that it holds: the one of this number among those known.
    Fulfil {
        document: u8,
        units: Option<Vec<Units>>,
    },
    /// Some units are let go, or everything.
    Reduce {
        document: u8,
        units: Vec<Units>,
    },
    Release {
        document: u8,
    },
    /// It holds for so many minutes from now on.
    Extend {
        document: u8,
        minutes: Option<u32>,
    },
    /// Reservations leave so many units of a level to others.
    KeepBack {
        slot: Slot,
        units: i64,
    },
    /// A variant may be promised beyond its stock from now on, or no longer.
    Allow {
        variant: usize,
        policy: Policy,
    },
}

/// How far a variant may be promised beyond its stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Policy {
    Deny,
    Allow,
    UpTo(i64),
}

/// A reservation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Reservation {
    pub(super) allocations: Vec<Allocation>,
    /// The minute at which it expires.
    pub(super) expires: Option<u32>,
    pub(super) status: &'static str,
}

/// What a reservation has at a level, in the order of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Allocation {
    pub(super) slot: Slot,
    pub(super) held: i64,
    /// Units of those held that were not there when they were promised.
    pub(super) backordered: i64,
    pub(super) fulfilled: i64,
    pub(super) released: i64,
    pub(super) expired: i64,
}

fn any_units() -> impl Strategy<Value = Vec<Units>> {
    vec((0..VARIANTS, prop::option::weighted(0.5, any_location()), 1_i64..4), 1..3)
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let places: Vec<usize> = (0..LOCATIONS).collect();
    prop_oneof![
        subsequence(places, 1..=LOCATIONS).prop_shuffle().prop_map(Rule::Named),
        Just(Rule::Priority),
        Just(Rule::MostStock),
        Just(Rule::FewestSplits),
    ]
}

/// A policy that allows some.
pub(super) fn any_policy() -> impl Strategy<Value = Policy> {
    prop_oneof![2 => Just(Policy::Allow), 3 => (0_i64..8).prop_map(Policy::UpTo)]
}

/// A variant may be promised beyond its stock; and perhaps it is, to two customers at one location.
pub(super) fn any_opening() -> impl Strategy<Value = Vec<PromiseDeed>> {
    let minutes = || prop::option::weighted(0.5, 1_u32..15);
    let reserve = |(units, minutes)| PromiseDeed::Reserve {
        lines: vec![(0, Some(0), units)],
        rule: Rule::Priority,
        partial: false,
        minutes,
    };
    let customers = [(5_i64..10, minutes()), (1..6, minutes())].map(|customer| customer.prop_map(reserve));
    (any_policy(), prop::option::weighted(0.7, customers)).prop_map(|(policy, customers)| {
        let allow = PromiseDeed::Allow { variant: 0, policy };
        std::iter::once(allow).chain(customers.into_iter().flatten()).collect()
    })
}

pub(super) fn any_deed() -> impl Strategy<Value = PromiseDeed> {
    let line = (0..VARIANTS, prop::option::weighted(0.4, any_location()), 1_i64..9);
    let minutes = || prop::option::weighted(0.7, 1_u32..15);
    let policy = prop_oneof![1 => Just(Policy::Deny), 5 => any_policy()];
    prop_oneof![
        10 => (vec(line, 1..4), any_rule(), any::<bool>(), minutes())
            .prop_map(|(lines, rule, partial, minutes)| PromiseDeed::Reserve { lines, rule, partial, minutes }),
        5 => (any::<u8>(), prop::option::weighted(0.5, any_units()))
            .prop_map(|(document, units)| PromiseDeed::Fulfil { document, units }),
        3 => (any::<u8>(), any_units()).prop_map(|(document, units)| PromiseDeed::Reduce { document, units }),
        2 => any::<u8>().prop_map(|document| PromiseDeed::Release { document }),
        2 => (any::<u8>(), minutes()).prop_map(|(document, minutes)| PromiseDeed::Extend { document, minutes }),
        2 => (any_slot(), 0_i64..4).prop_map(|(slot, units)| PromiseDeed::KeepBack { slot, units }),
        4 => (0..VARIANTS, policy).prop_map(|(variant, policy)| PromiseDeed::Allow { variant, policy }),
    ]
}

impl Deed for PromiseDeed {
    fn name(&self) -> String {
        let name = match self {
            Self::Reserve { rule, .. } => return format!("reserve by {}", rule.name()),
            Self::Fulfil { units: Some(_), .. } => "fulfil in part",
            Self::Fulfil { units: None, .. } => "fulfil",
            Self::Reduce { .. } => "reduce",
            Self::Release { .. } => "release",
            Self::Extend { .. } => "extend",
            Self::KeepBack { .. } => "keep safety stock",
            Self::Allow { policy: Policy::Deny, .. } => "deny backorders",
            Self::Allow { policy: Policy::Allow, .. } => "allow backorders",
            Self::Allow { policy: Policy::UpTo(_), .. } => "allow some backorders",
        };
        name.to_owned()
    }

    fn about(&self) -> Option<(u8, &'static [Kind])> {
        match self {
            Self::Fulfil { document, .. }
            | Self::Reduce { document, .. }
            | Self::Release { document }
            | Self::Extend { document, .. } => Some((*document, &[Kind::Reservation])),
            Self::Reserve { .. } | Self::KeepBack { .. } | Self::Allow { .. } => None,
        }
    }

    fn asker(&self) -> Asker {
        if matches!(self, Self::Allow { .. }) { Asker::Editor } else { Asker::Keeper }
    }

    fn makes(&self) -> Option<Kind> {
        matches!(self, Self::Reserve { .. }).then_some(Kind::Reservation)
    }

    fn ask(&self, names: &Names, about: Option<&Known>) -> Ask {
        let of = |more: Value| {
            let mut input = json!({ "id": about.unwrap().id });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let seconds = |minutes: &Option<u32>| minutes.map(|minutes| minutes * 60);
        match self {
            Self::Reserve { lines, rule, partial, minutes } => {
                let mut input =
                    json!({ "lines": units(lines, names), "ttlSeconds": seconds(minutes), "allocation": rule.name() });
                input["onShortage"] = json!(if *partial { "PARTIAL" } else { "REJECT" });
                if let Rule::Named(places) = rule {
                    input["locationCodes"] = places.iter().map(|place| json!(names.codes[*place])).collect();
                }
                Ask::document(Kind::Reservation, "Create", input)
            }
            Self::Fulfil { units: some, .. } => {
                let lines = some.as_ref().map(|lines| units(lines, names));
                Ask::document(Kind::Reservation, "Fulfil", of(json!({ "lines": lines })))
            }
            Self::Reduce { units: some, .. } => {
                Ask::document(Kind::Reservation, "Reduce", of(json!({ "lines": units(some, names) })))
            }
            Self::Release { .. } => Ask::document(Kind::Reservation, "Release", of(json!({}))),
            Self::Extend { minutes, .. } => {
                Ask::document(Kind::Reservation, "Extend", of(json!({ "ttlSeconds": seconds(minutes) })))
            }
            Self::KeepBack { slot, units } => {
                Ask::setting("stockLevelSettingsUpdate", names.line(*slot, json!({ "safetyStock": units })))
            }
            Self::Allow { variant, policy } => {
                let (policy, limit) = match policy {
                    Policy::Deny => ("DENY", None),
                    Policy::Allow => ("ALLOW", None),
                    Policy::UpTo(units) => ("ALLOW_UP_TO", Some(units)),
                };
                let input = json!({ "id": names.ids[*variant], "backorderPolicy": policy, "backorderLimit": limit });
                Ask::setting("productVariantUpdate", input)
            }
        }
    }

    fn apply(&self, world: &mut World, Keys { own, about }: Keys) -> Outcome {
        match self {
            Self::Reserve { lines, rule, partial, minutes } => {
                let expires = minutes.map(|minutes| world.now + minutes);
                match world.allocate(lines, rule, *partial) {
                    Ok(allocations) => {
                        let reservation = Reservation { allocations, expires, status: "ACTIVE" };
                        world.reservations.insert(own, reservation);
                        world.told(own)
                    }
                    Err(faults) => Outcome::Refused(faults),
                }
            }
            Self::Fulfil { units, .. } => world.take(about, units.as_deref(), Fate::Sold),
            Self::Reduce { units, .. } => world.take(about, Some(units), Fate::LetGo),
            Self::Release { .. } => world.take(about, None, Fate::LetGo),
            Self::Extend { minutes, .. } => {
                let expires = minutes.map(|minutes| world.now + minutes);
                world.extend(about, expires)
            }
            Self::KeepBack { slot, units } => {
                world.expire(&[*slot]);
                world.levels.entry(*slot).or_default().safety_stock = *units;
                Outcome::done()
            }
            Self::Allow { variant, policy } => {
                world.policies.insert(*variant, *policy);
                Outcome::done()
            }
        }
    }

    fn remarks(&self, outcome: &Outcome) -> Vec<&'static str> {
        let (Self::Reserve { .. }, Outcome::Done(told)) = (self, outcome) else { return Vec::new() };
        let told: Value = serde_json::from_str(told).unwrap();
        let allocations = told[1].as_array().unwrap();
        let split = allocations
            .iter()
            .any(|one| allocations.iter().any(|other| one[0][0] == other[0][0] && one[0][1] != other[0][1]));
        let beyond = allocations.iter().any(|one| one[1][1] != json!(0));
        [split.then_some("reserved at several locations"), beyond.then_some("promised beyond stock")]
            .into_iter()
            .flatten()
            .collect()
    }
}

fn units(lines: &[Units], names: &Names) -> Vec<Value> {
    let line = |(variant, place, units): &Units| json!({ "sku": names.skus[*variant], "locationCode": place.map(|place| &names.codes[place]), "quantity": units });
    lines.iter().map(line).collect()
}

impl Reservation {
    pub(super) fn is_over(&self, now: u32) -> bool {
        self.expires.is_some_and(|minute| minute <= now)
    }

    /// What a client sees of it.
    pub(super) fn shown(&self, now: u32, is_timed: bool) -> Value {
        let over = self.status == "ACTIVE" && self.is_over(now);
        let of = |one: &Allocation| {
            let Allocation { slot, held, backordered, fulfilled, released, expired } = one.clone();
            let (held, backordered, expired) = if over { (0, 0, expired + held) } else { (held, backordered, expired) };
            json!([slot, [held, backordered, fulfilled, released, expired]])
        };
        let allocations: Vec<Value> = self.allocations.iter().map(of).collect();
        let expires = if is_timed { json!(self.expires) } else { json!(self.expires.is_some()) };
        json!([if over { "EXPIRED" } else { self.status }, allocations, expires])
    }
}
