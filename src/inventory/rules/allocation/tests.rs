//! The rules of allocation: each by example, and what holds for all of them.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn variant(number: u128) -> ProductVariantId {
    ProductVariantId(Uuid::from_u128(number))
}

fn location(number: u128) -> LocationId {
    LocationId(Uuid::from_u128(number))
}

fn want(variant_number: u128, units: i64) -> Want {
    Want { variant: variant(variant_number), units, location: None }
}

/// A level with so many free units; the priority of location 0 is the largest.
fn level(variant_number: u128, place: u128, free: i64) -> Candidate {
    let slot = Slot { variant: variant(variant_number), location: location(place) };
    Candidate { slot, priority: 100 - i64::try_from(place).unwrap(), free }
}

fn shares(served: &Served) -> Vec<(LocationId, i64, i64)> {
    served.shares.iter().map(|share| (share.location, share.units, share.backordered)).collect()
}

#[test]
fn each_rule_asks_its_own_location_first() {
    let levels = [level(0, 0, 5), level(0, 1, 3), level(0, 2, 9)];
    let first = |rule: Rule| allocate(&rule, &[want(0, 4)], &levels, &BTreeMap::new())[0].shares[0];
    let named = Rule::NamedLocations(vec![location(1), location(0)]);
    assert_eq!((first(named).location, first(Rule::MostStock).location), (location(1), location(2)));
    assert_eq!(first(Rule::Priority).location, location(2));
    assert_eq!(first(Rule::FewestSplits), Share { location: location(2), units: 4, backordered: 0 });
}

#[test]
fn one_location_that_has_everything_is_asked_alone() {
    let levels = [level(0, 0, 9), level(1, 0, 9), level(0, 1, 50), level(1, 2, 50)];
    let served = allocate(&Rule::FewestSplits, &[want(0, 8), want(1, 9)], &levels, &BTreeMap::new());
    // The larger stocks are elsewhere, each alone.
    assert_eq!(shares(&served[0]), [(location(0), 8, 0)]);
    assert_eq!(shares(&served[1]), [(location(0), 9, 0)]);
}

#[test]
fn a_line_with_its_own_location_is_served_before_those_that_have_a_choice() {
    let levels = [level(0, 0, 5), level(0, 1, 5)];
    let choosy = Want { location: Some(location(1)), ..want(0, 5) };
    let served = allocate(&Rule::Priority, &[want(0, 5), choosy], &levels, &BTreeMap::new());
    assert_eq!((shares(&served[0]), shares(&served[1])), (vec![(location(0), 5, 0)], vec![(location(1), 5, 0)]));
}

#[test]
fn a_shortage_is_promised_at_one_location_as_far_as_the_policy_goes() {
    let levels = [level(0, 0, 2), level(0, 1, 1)];
    let beyond = BTreeMap::from([(variant(0), Beyond::UpTo(4))]);
    let served = allocate(&Rule::MostStock, &[want(0, 5), want(0, 5)], &levels, &beyond);
    assert_eq!(shares(&served[0]), [(location(0), 4, 2), (location(1), 1, 0)]);
    // Nothing is free any more, so that priority decides.
    assert_eq!((shares(&served[1]), served[1].short), (vec![(location(1), 2, 2)], 3));
    let any = BTreeMap::from([(variant(0), Beyond::Any)]);
    assert_eq!(allocate(&Rule::MostStock, &[want(0, 50)], &levels, &any)[0].short, 0);
}

fn rules() -> impl Strategy<Value = Rule> {
    prop_oneof![
        proptest::collection::vec(0..5_u128, 0..4)
            .prop_map(|places| Rule::NamedLocations(places.into_iter().map(location).collect())),
        Just(Rule::Priority),
        Just(Rule::MostStock),
        Just(Rule::FewestSplits),
    ]
}

fn wants() -> impl Strategy<Value = Vec<Want>> {
    let want = (0..3_u128, 1..20_i64, proptest::option::of(0..5_u128)).prop_map(|(variant_number, units, place)| {
        Want { location: place.map(location), ..want(variant_number, units) }
    });
    proptest::collection::vec(want, 1..6)
}

fn levels() -> impl Strategy<Value = Vec<Candidate>> {
    let free = proptest::collection::btree_map((0..3_u128, 0..5_u128), -3..15_i64, 0..12);
    free.prop_map(|levels| levels.into_iter().map(|((what, place), free)| level(what, place, free)).collect())
}

fn policies() -> impl Strategy<Value = BTreeMap<ProductVariantId, Beyond>> {
    let beyond = prop_oneof![Just(Beyond::Any), (-2..10_i64).prop_map(Beyond::UpTo)];
    proptest::collection::btree_map((0..3_u128).prop_map(variant), beyond, 0..3)
}

proptest! {
    #[test]
    fn no_level_gives_more_than_is_free_and_no_unit_is_lost(
        rule in rules(), wants in wants(), levels in levels(), beyond in policies(),
    ) {
        let served = allocate(&rule, &wants, &levels, &beyond);
        prop_assert_eq!(&served, &allocate(&rule, &wants, &levels, &beyond));
        let (mut given, mut promised): (BTreeMap<Slot, i64>, BTreeMap<ProductVariantId, i64>) = Default::default();
        for (want, answer) in wants.iter().zip(&served) {
            let units: i64 = answer.shares.iter().map(|share| share.units).sum();
            prop_assert_eq!(units + answer.short, want.units);
            for share in &answer.shares {
                prop_assert!(share.units > 0 && (0..=share.units).contains(&share.backordered));
                prop_assert!(want.location.is_none_or(|only| only == share.location));
                let slot = Slot { variant: want.variant, location: share.location };
                *given.entry(slot).or_default() += share.units - share.backordered;
                *promised.entry(want.variant).or_default() += share.backordered;
            }
        }
        let free: BTreeMap<Slot, i64> = levels.iter().map(|level| (level.slot, level.free.max(0))).collect();
        for (slot, units) in &given {
            prop_assert!(*units <= free.get(slot).copied().unwrap_or(0));
        }
        for (variant, units) in &promised {
            match beyond.get(variant) {
                None => prop_assert_eq!(*units, 0),
                Some(Beyond::UpTo(most)) => prop_assert!(*units <= (*most).max(0)),
                Some(Beyond::Any) => {}
            }
        }
        // Who goes short has taken everything that their line may take.
        for (want, answer) in wants.iter().zip(&served) {
            let late: i64 = answer.shares.iter().map(|share| share.backordered).sum();
            if answer.short + late == 0 { continue }
            let named = |place: LocationId| match &rule {
                Rule::NamedLocations(names) => names.contains(&place),
                Rule::Priority | Rule::MostStock | Rule::FewestSplits => true,
            };
            let may = |slot: &Slot| want.location.map_or_else(|| named(slot.location), |only| only == slot.location);
            for (slot, units) in free.iter().filter(|(slot, _)| slot.variant == want.variant && may(slot)) {
                prop_assert_eq!(given.get(slot).copied().unwrap_or(0), *units);
            }
        }
    }

    #[test]
    fn one_location_is_enough_where_one_has_everything(wants in wants(), levels in levels()) {
        let wants: Vec<Want> = wants.into_iter().map(|want| Want { location: None, ..want }).collect();
        let mut needs: BTreeMap<ProductVariantId, i64> = BTreeMap::new();
        for want in &wants { *needs.entry(want.variant).or_default() += want.units; }
        let enough = |place: LocationId| needs.iter().all(|(variant, units)| {
            levels.iter().any(|level| level.slot.variant == *variant && level.slot.location == place && level.free >= *units)
        });
        let served = allocate(&Rule::FewestSplits, &wants, &levels, &BTreeMap::new());
        let mut used: Vec<LocationId> = served.iter().flat_map(|answer| answer.shares.iter().map(|share| share.location)).collect();
        used.sort_unstable();
        used.dedup();
        if (0..5).map(location).any(enough) {
            prop_assert_eq!(used.len(), 1);
        }
    }
}
