//! What arrives, goes back and is given up always adds up.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::stock_order::OrderId;
use crate::inventory::entity::stock_order_line::OrderLineId;

fn line(ordered: i64) -> Line {
    Line {
        id: OrderLineId(Uuid::nil()),
        order_id: OrderId(Uuid::nil()),
        position: 1,
        variant_id: ProductVariantId(Uuid::nil()),
        ordered,
        accepted: 0,
        damaged: 0,
        quality_control: 0,
        lost: 0,
        cancelled: 0,
        unit_cost_minor: None,
    }
}

fn arrival() -> impl Strategy<Value = Arrival> {
    (0..50_i64, 0..50_i64, 0..50_i64, 0..50_i64).prop_map(|(accepted, damaged, quality_control, lost)| Arrival {
        accepted,
        damaged,
        quality_control,
        lost,
    })
}

proptest! {
    #[test]
    fn no_sequence_of_arrivals_exceeds_the_tolerance(
        ordered in 1..200_i64,
        share in 0..=2_000_i64,
        arrivals in prop::collection::vec(arrival(), 0..8),
    ) {
        let tolerance = Tolerance::per_mille(share).unwrap();
        let mut now = line(ordered);
        for arrival in arrivals {
            if let Ok(next) = receive(&now, arrival, tolerance) {
                now = next;
            }
        }
        prop_assert!(now.received() + now.lost <= ordered + ordered * share / 1_000);
        prop_assert_eq!(now.outstanding(), (ordered - now.received() - now.lost).max(0));
    }

    #[test]
    fn taking_back_an_arrival_leaves_the_line_as_it_was(ordered in 1..200_i64, first in arrival(), second in arrival()) {
        let all = Tolerance::per_mille(1_000_000).unwrap();
        let before = receive(&line(ordered), first, all).unwrap();
        let after = receive(&before, second, all).unwrap();
        prop_assert_eq!(take_back(&after, second), before);
    }

    #[test]
    fn what_is_given_up_is_what_was_to_come(ordered in 1..200_i64, arrived in arrival()) {
        if let Ok(now) = receive(&line(ordered), arrived, Tolerance::NONE) {
            let closed = give_up(&now);
            prop_assert_eq!(closed.outstanding(), 0);
            prop_assert_eq!(closed.received() + closed.lost + closed.cancelled, ordered);
        }
    }
}

#[test]
fn the_tolerance_is_a_share_of_what_was_ordered_and_rounds_down() {
    let five_percent = Tolerance::per_mille(50).unwrap();
    let all = Arrival { accepted: 104, ..Arrival::default() };
    assert!(receive(&line(99), all, five_percent).is_err());
    assert!(receive(&line(99), Arrival { accepted: 103, ..Arrival::default() }, five_percent).is_ok());
    let refused = receive(&line(10), Arrival { accepted: 11, ..Arrival::default() }, Tolerance::NONE);
    assert_eq!(refused, Err(InventoryError::OverReceipt { requested: 11, most: 10 }));
    assert!(Tolerance::per_mille(-1).is_err());
    assert!(Tolerance::per_mille(1_000_001).is_err());
}

#[test]
fn an_order_is_received_when_nothing_is_to_come_and_something_came() {
    let arrived =
        |units| receive(&line(5), Arrival { accepted: units, ..Arrival::default() }, Tolerance::NONE).unwrap();
    assert_eq!(progress(&[line(5), line(5)]), Status::Open);
    assert_eq!(progress(&[arrived(5), line(5)]), Status::PartiallyReceived);
    assert_eq!(progress(&[arrived(5), arrived(4)]), Status::PartiallyReceived);
    assert_eq!(progress(&[arrived(5), arrived(5)]), Status::Received);
    let lost = receive(&line(5), Arrival { lost: 5, ..Arrival::default() }, Tolerance::NONE).unwrap();
    assert_eq!(progress(&[lost]), Status::Received);
}

#[test]
fn an_arrival_tells_of_at_least_one_unit() {
    assert!(Arrival::default().check().is_err());
    assert!(Arrival { lost: 1, ..Arrival::default() }.check().is_ok());
    assert!(Arrival { accepted: quantity::MAX, damaged: 1, ..Arrival::default() }.check().is_err());
}
