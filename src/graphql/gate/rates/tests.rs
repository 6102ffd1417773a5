//! Buckets under a clock that moves by hand.

use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::kernel::actor::{Actor, Permission, SessionId};
use crate::kernel::clock::{ManualClock, Timestamp};

fn rates(change: impl FnOnce(&mut config::Rates)) -> (Rates, Arc<ManualClock>) {
    let mut config = config::Rates::default();
    change(&mut config);
    let (clock, hand) = Clock::manual(Timestamp(0));
    (Rates::new(&config, &clock), hand)
}

fn from(address: &str) -> Caller {
    Caller::new(Actor::anonymous(), "r").with_address(Some(address.parse().unwrap()))
}

fn user(number: u128, permissions: &[Permission]) -> Caller {
    let session = SessionId(Uuid::from_u128(1));
    let actor = Actor::user(UserId(Uuid::from_u128(number)), session, permissions.iter().copied());
    Caller::new(actor, "r").with_address(Some("10.0.0.1".parse().unwrap()))
}

/// What is left after taking, or the seconds to wait.
fn take(rates: &Rates, caller: &Caller, points: u32) -> Result<u32, u64> {
    match rates.take(caller, Taking { points, paid: 0 }) {
        Ok(standing) => Ok(standing.unwrap().remaining),
        Err(Short::Now(standing)) => Err(standing.retry_after_seconds().unwrap()),
        Err(Short::Ever(policy)) => panic!("more than {policy:?}"),
    }
}

#[test]
fn points_are_spent_and_come_back() {
    let (rates, hand) = rates(|_| {});
    let caller = from("10.0.0.1");
    assert_eq!(take(&rates, &caller, 250), Ok(50));
    assert_eq!(take(&rates, &caller, 90), Err(2));
    hand.advance(Duration::from_millis(1_999));
    assert!(take(&rates, &caller, 90).is_err());
    hand.advance(Duration::from_millis(1));
    assert_eq!(take(&rates, &caller, 90), Ok(0));
    hand.advance(Duration::from_hours(1));
    assert_eq!(take(&rates, &caller, 1), Ok(299));
}

#[test]
fn a_refused_operation_costs_nothing_and_its_wait_counts_what_was_paid_before() {
    let (rates, _) = rates(|_| {});
    let caller = from("10.0.0.1");
    assert_eq!(take(&rates, &caller, 295), Ok(5));
    let Err(Short::Now(standing)) = rates.take(&caller, Taking { points: 24, paid: 1 }) else { panic!("let in") };
    assert_eq!((standing.remaining, standing.retry_after), (5, Some(Duration::from_secs(1))));
    assert_eq!(standing.full_in_seconds(), 15);
    assert_eq!(take(&rates, &caller, 5), Ok(0));
}

#[test]
fn more_than_a_bucket_holds_is_never_given() {
    let (rates, _) = rates(|config| config.anonymous_burst = 100.try_into().unwrap());
    let refused = rates.take(&from("10.0.0.1"), Taking { points: 100, paid: 1 });
    assert!(matches!(refused, Err(Short::Ever(Policy { name: "anonymous", .. }))), "{refused:?}");
}

#[test]
fn each_address_each_64_of_ipv6_and_each_user_has_a_bucket() {
    let (rates, _) = rates(|_| {});
    for (caller, expected) in [
        (from("10.0.0.1"), 299),
        (from("::ffff:10.0.0.1"), 298),
        (from("10.0.0.2"), 299),
        (from("2001:db8::1"), 299),
        (from("2001:db8::ffff:2"), 298),
        (from("2001:db8:0:1::1"), 299),
        (user(1, &[]), 299),
        (user(2, &[]), 299),
        (user(1, &[]), 298),
        (user(3, &[Permission::ReadInventory]), 9_999),
    ] {
        assert_eq!(take(&rates, &caller, 1), Ok(expected), "{:?}", caller.actor);
    }
}

#[test]
fn the_server_itself_and_a_caller_without_an_address_pay_nothing() {
    let (rates, _) = rates(|_| {});
    let everything = Taking { points: 1_000_000, paid: 0 };
    assert_eq!(rates.take(&Caller::new(Actor::system("test"), "r"), everything), Ok(None));
    assert_eq!(rates.take(&Caller::new(Actor::anonymous(), "r"), everything), Ok(None));
}

#[test]
fn rates_can_be_off() {
    let (rates, _) = rates(|config| config.enabled = false);
    assert_eq!(rates.take(&from("10.0.0.1"), Taking { points: 1_000_000, paid: 0 }), Ok(None));
}

#[test]
fn callers_whose_buckets_are_full_again_are_forgotten() {
    let (rates, hand) = rates(|_| {});
    take(&rates, &from("10.0.0.1"), 1).unwrap();
    take(&rates, &from("10.0.0.2"), 100).unwrap();
    hand.advance(Duration::from_secs(1));
    rates.sweep();
    assert_eq!(rates.anonymous.limiter.len(), 1);
    hand.advance(Duration::from_secs(5));
    rates.sweep();
    assert_eq!(rates.anonymous.limiter.len(), 0);
}

#[test]
fn a_flood_of_addresses_takes_bounded_room_and_shares_one_bucket() {
    let (rates, hand) = rates(|config| config.callers = 3);
    let address = |n: u32| from(&std::net::Ipv4Addr::from_bits(n).to_string());
    let left: Vec<_> = (0..1_000).map(|n| take(&rates, &address(n), 1)).collect();
    assert_eq!(left[..3], [Ok(299), Ok(299), Ok(299)]);
    assert_eq!(left[3..6], [Ok(299), Ok(298), Ok(297)]);
    assert_eq!(left[999], Err(1));
    assert_eq!(rates.anonymous.limiter.len(), 4);
    hand.advance(Duration::from_mins(1));
    assert_eq!(take(&rates, &address(5_000), 1), Ok(299));
    assert_eq!(rates.anonymous.limiter.len(), 1);
}
