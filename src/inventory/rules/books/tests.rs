//! The ledger's decisions as properties: whatever is asked for, in whatever order, the books stay true.

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_adjustment::Kind;
use crate::inventory::rules::change::{self, Condition};
use crate::kernel::quantity::{Delta, Quantity};

fn slot(variant: u8, location: u8) -> Slot {
    Slot {
        variant: ProductVariantId(Uuid::from_u128(u128::from(variant))),
        location: LocationId(Uuid::from_u128(u128::from(location))),
    }
}

fn delta(units: i64) -> Delta {
    Delta::new(units).unwrap()
}

fn quantity(units: i64) -> Quantity {
    Quantity::new(units).unwrap()
}

fn books(on_hand: i64, reserved: i64) -> Books {
    Books::new([(slot(1, 1), Balance { on_hand, reserved, version: 3, ..Balance::default() })])
}

/// Mostly small numbers, now and then one near the bounds.
fn units() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -40_i64..=40, 1 => Just(quantity::MAX), 1 => Just(-quantity::MAX)]
}

fn any_slot() -> impl Strategy<Value = Slot> {
    (0_u8..3, 0_u8..3).prop_map(|(variant, location)| slot(variant, location))
}

fn any_condition() -> impl Strategy<Value = Condition> {
    prop_oneof![Just(Condition::Available), Just(Condition::Damaged), Just(Condition::QualityControl)]
}

fn any_state() -> impl Strategy<Value = State> {
    prop::sample::select(State::ALL.to_vec())
}

fn any_cover() -> impl Strategy<Value = Cover> {
    prop_oneof![Just(Cover::Available), (0_i64..40).prop_map(Cover::Backorder), Just(Cover::Counted)]
}

fn any_change() -> impl Strategy<Value = Change> {
    let adjust = (any_slot(), units().prop_filter("not zero", |units| *units != 0), any_condition())
        .prop_map(|(slot, units, condition)| Adjust { slot, delta: delta(units), condition });
    let reclassify = (any_slot(), any_condition(), any_condition(), 1_i64..40)
        .prop_map(|(slot, from, to, units)| Reclassify { slot, from, to, quantity: quantity(units) });
    let set = (any_slot(), 0_i64..60, proptest::option::of(0_i64..60)).prop_map(|(slot, to, from)| SetTo {
        slot,
        quantity: quantity(to),
        change_from: from.map(quantity),
    });
    let transfer = (any_slot(), 0_u8..3, 1_i64..40).prop_map(|(source, to, units)| Transfer {
        variant: source.variant,
        from: source.location,
        to: slot(0, to).location,
        quantity: quantity(units),
    });
    let entry = (any_slot(), vec((any_state(), -30_i64..=30), 1..4), any_cover())
        .prop_map(|(slot, deltas, cover)| change::Entry::new(0, slot, deltas).within(cover));
    prop_oneof![
        vec(entry, 1..4).prop_map(|entries| Change::Post(Post { kind: Kind::Reservation, entries })),
        vec(adjust, 1..6).prop_map(Change::Adjust),
        vec(set, 1..4).prop_map(Change::Set),
        vec(transfer, 1..4).prop_map(Change::Move),
        vec(reclassify, 1..4).prop_map(Change::Reclassify),
    ]
}

/// How far a change may go at a level.
fn covers(change: &Change, slot: Slot) -> Cover {
    match change {
        Change::Post(post) => {
            let of_slot = post.entries.iter().filter(|entry| entry.slot == slot);
            of_slot.map(|entry| entry.cover).max().unwrap_or_default()
        }
        Change::Adjust(_) | Change::Set(_) | Change::Move(_) | Change::Reclassify(_) => Cover::Available,
    }
}

proptest! {
    #[test]
    fn any_sequence_of_groups_keeps_the_sum_of_movements_at_the_level(
        opening in vec((any_slot(), 0_i64..100, 0_i64..50), 0..9),
        changes in vec(any_change(), 1..30),
    ) {
        let opening = opening.into_iter().map(|(slot, on_hand, reserved)| {
            (slot, Balance { on_hand, reserved: reserved.min(on_hand), ..Balance::default() })
        });
        let start = Books::new(opening);
        let mut books = start.clone();
        let mut sums: BTreeMap<Slot, (BTreeMap<State, i64>, i64)> = BTreeMap::new();
        for change in &changes {
            let before = books.0.clone();
            match books.decide(change) {
                Ok(steps) => for step in steps {
                    let (of_states, count) = sums.entry(step.slot).or_default();
                    let sum = of_states.entry(step.state).or_default();
                    *sum += step.delta;
                    *count += 1;
                    prop_assert!(step.delta != 0);
                    prop_assert_eq!(start.balance(step.slot).units(step.state) + *sum, step.after.units(step.state));
                    prop_assert_eq!(step.after.version, *count);
                },
                Err(refusals) => {
                    prop_assert!(!refusals.is_empty());
                    prop_assert_eq!(&books.0, &before);
                }
            }
            for (slot, balance) in &books.0 {
                let (of_states, count) = sums.get(slot).cloned().unwrap_or_default();
                for state in State::ALL {
                    let sum = of_states.get(&state).copied().unwrap_or_default();
                    prop_assert_eq!(start.balance(*slot).units(state) + sum, balance.units(state));
                    prop_assert!((0..=quantity::MAX).contains(&balance.units(state)));
                }
                prop_assert_eq!(count, balance.version);
                prop_assert!(balance.holds_together());
                let (there, beyond) = (balance.on_hand + balance.backordered(), balance.reserved + balance.damaged);
                prop_assert_eq!(there, balance.available() + beyond + balance.quality_control);
                // Only who may go beyond what is available does.
                let beyond = balance.free().min(0) < before.get(slot).copied().unwrap_or_default().free().min(0);
                prop_assert!(!beyond || covers(change, *slot) > Cover::Available);
            }
        }
    }

    #[test]
    fn a_move_neither_makes_nor_loses_units(moves in vec((0_u8..3, 0_u8..3, 1_i64..20), 1..8)) {
        let mut books = Books::new((0..3).map(|at| (slot(1, at), Balance { on_hand: 30, ..Balance::default() })));
        let lines = moves.into_iter().map(|(from, to, units)| {
            let (from, to) = (slot(1, from).location, slot(1, to).location);
            Transfer { variant: slot(1, 0).variant, from, to, quantity: quantity(units) }
        });
        let _ = books.decide(&Change::Move(lines.collect()));
        prop_assert_eq!(books.0.values().map(|balance| balance.on_hand).sum::<i64>(), 90);
    }

    #[test]
    fn the_order_of_lines_does_not_matter_to_the_levels(
        mut lines in vec((any_slot(), (-9_i64..=9).prop_filter("not zero", |units| *units != 0)), 1..8),
    ) {
        let change = |lines: &[(Slot, i64)]| {
            Change::Adjust(lines.iter().map(|(slot, units)| Adjust { slot: *slot, delta: delta(*units), condition: Condition::Available }).collect())
        };
        let (mut one, mut other) = (Books::default(), Books::default());
        let first = one.decide(&change(&lines)).is_ok();
        lines.reverse();
        prop_assert_eq!(first, other.decide(&change(&lines)).is_ok());
        prop_assert_eq!(one.0, other.0);
    }
}

#[test]
fn lines_of_one_level_are_summed_before_they_are_decided() {
    let lines =
        [-3, -4, 5].map(|units| Adjust { slot: slot(1, 1), delta: delta(units), condition: Condition::Available });
    let steps = books(2, 0).decide(&Change::Adjust(lines.to_vec())).unwrap();
    let after = Balance { version: 4, ..Balance::default() };
    assert_eq!(steps, [Step { slot: slot(1, 1), state: State::OnHand, delta: -2, after }]);
}

#[test]
fn lines_that_cancel_out_move_nothing() {
    let lines = [7, -7].map(|units| Adjust { slot: slot(1, 1), delta: delta(units), condition: Condition::Available });
    assert_eq!(books(0, 0).decide(&Change::Adjust(lines.to_vec())), Ok(Vec::new()));
}

#[test]
fn what_is_promised_cannot_be_taken() {
    let change = Change::Adjust(vec![Adjust { slot: slot(1, 1), delta: delta(-7), condition: Condition::Available }]);
    assert!(books(10, 3).decide(&change).is_ok());
    let Slot { variant, location } = slot(1, 1);
    let error = InventoryError::InsufficientStock { variant, location, available: 6, requested: 7 };
    assert_eq!(books(10, 4).decide(&change), Err(vec![Refusal { line: 0, field: Field::Amount, error }]));
}

#[test]
fn a_refusal_points_at_the_first_line_that_takes() {
    let lines =
        [1, -3, -2].map(|units| Adjust { slot: slot(1, 1), delta: delta(units), condition: Condition::Available });
    let refusals = books(3, 0).decide(&Change::Adjust(lines.to_vec())).unwrap_err();
    assert_eq!(refusals[0].line, 1);
}

#[test]
fn a_level_never_holds_more_than_the_most() {
    let change = Change::Adjust(vec![Adjust { slot: slot(1, 1), delta: delta(1), condition: Condition::Available }]);
    assert!(books(quantity::MAX - 1, 0).decide(&change).is_ok());
    assert!(books(quantity::MAX, 0).decide(&change).is_err());
}

#[test]
fn a_level_is_set_only_from_what_the_caller_saw() {
    let set = |from: i64| {
        Change::Set(vec![SetTo { slot: slot(1, 1), quantity: quantity(8), change_from: Some(quantity(from)) }])
    };
    assert_eq!(books(5, 0).decide(&set(5)).unwrap()[0].delta, 3);
    let Slot { variant, location } = slot(1, 1);
    let error = InventoryError::StockChanged { variant, location, on_hand: 5 };
    assert_eq!(books(5, 0).decide(&set(6)), Err(vec![Refusal { line: 0, field: Field::ChangeFrom, error }]));
}

#[test]
fn a_level_is_not_set_twice_in_one_group_nor_below_what_is_promised() {
    let set = |units: i64| SetTo { slot: slot(1, 1), quantity: quantity(units), change_from: None };
    assert!(books(5, 0).decide(&Change::Set(vec![set(1), set(1)])).is_err());
    assert!(books(5, 2).decide(&Change::Set(vec![set(1)])).is_err());
}

#[test]
fn stock_is_not_moved_to_where_it_is() {
    let Slot { variant, location } = slot(1, 1);
    let transfer = Transfer { variant, from: location, to: location, quantity: quantity(1) };
    assert!(books(5, 0).decide(&Change::Move(vec![transfer])).is_err());
}

#[test]
fn damaged_units_cannot_be_taken_as_sound_ones_and_are_written_off_as_damaged() {
    let to_damaged =
        Reclassify { slot: slot(1, 1), from: Condition::Available, to: Condition::Damaged, quantity: quantity(3) };
    let mut books = books(5, 1);
    assert!(books.decide(&Change::Reclassify(vec![to_damaged])).is_ok());
    let take =
        |units: i64, condition| Change::Adjust(vec![Adjust { slot: slot(1, 1), delta: delta(units), condition }]);
    assert!(books.decide(&take(-2, Condition::Available)).is_err());
    assert!(books.decide(&take(-4, Condition::Damaged)).is_err());
    assert!(books.decide(&take(-3, Condition::Damaged)).is_ok());
    let expected = Balance { on_hand: 2, reserved: 1, version: 6, ..Balance::default() };
    assert_eq!(books.balance(slot(1, 1)), expected);
}

#[test]
fn a_promise_goes_beyond_what_is_there_only_as_far_as_it_may() {
    let promise = |units: i64, cover| {
        let entry = change::Entry::new(0, slot(1, 1), [(State::Reserved, units)]).within(cover);
        Change::Post(Post { kind: Kind::Reservation, entries: vec![entry] })
    };
    let mut books = books(5, 3);
    assert!(books.decide(&promise(3, Cover::Available)).is_err());
    assert!(books.decide(&promise(5, Cover::Backorder(2))).is_err());
    assert!(books.decide(&promise(4, Cover::Backorder(2))).is_ok());
    assert_eq!((books.balance(slot(1, 1)).available(), books.balance(slot(1, 1)).backordered()), (0, 2));
    assert!(books.decide(&promise(1, Cover::Backorder(2))).is_err());
}

#[test]
fn a_count_says_what_is_there_whatever_was_promised() {
    let entry = change::Entry::new(0, slot(1, 1), [(State::OnHand, -4)]).within(Cover::Counted);
    let mut books = books(5, 3);
    assert!(books.decide(&Change::Post(Post { kind: Kind::Count, entries: vec![entry] })).is_ok());
    assert_eq!((books.balance(slot(1, 1)).on_hand, books.balance(slot(1, 1)).backordered()), (1, 2));
    let take = Change::Adjust(vec![Adjust { slot: slot(1, 1), delta: delta(-1), condition: Condition::Available }]);
    assert!(books.decide(&take).is_err());
}
