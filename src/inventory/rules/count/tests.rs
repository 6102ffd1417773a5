//! The rule of counting as a property: whatever is sold, received, broken and counted in whatever order, the books end at what is there.

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn counter(number: u8) -> UserId {
    UserId(Uuid::from_u128(u128::from(number)))
}

fn finding(number: u8, found: i64, books: i64) -> Finding {
    let tally = |on_hand| Tally { on_hand, ..Tally::default() };
    Finding { counter: counter(number), difference: tally(found).beyond(tally(books)), level_version: books }
}

/// What happens at the shelf and is booked: it moves both alike.
#[derive(Debug, Clone, Copy)]
enum Event {
    Sell(i64),
    Receive(i64),
    Break(i64),
    WriteOff(i64),
    Inspect(i64),
    Count(u8),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (1_i64..9).prop_map(Event::Sell),
        2 => (1_i64..9).prop_map(Event::Receive),
        1 => (1_i64..4).prop_map(Event::Break),
        1 => (1_i64..4).prop_map(Event::WriteOff),
        1 => (1_i64..4).prop_map(Event::Inspect),
        3 => (0_u8..3).prop_map(Event::Count),
    ]
}

fn tally() -> impl Strategy<Value = Tally> {
    (0_i64..40, 0_i64..6, 0_i64..6).prop_map(|(sound, damaged, quality_control)| Tally {
        on_hand: sound + damaged + quality_control,
        damaged,
        quality_control,
    })
}

/// What an event does, as long as the units are on the shelf and in the books.
fn effect(event: Event, shelf: Tally, books: Tally) -> Option<Tally> {
    let change = match event {
        Event::Sell(units) => Tally { on_hand: -units, ..Tally::default() },
        Event::Receive(units) => Tally { on_hand: units, ..Tally::default() },
        Event::Break(units) => Tally { damaged: units, ..Tally::default() },
        Event::WriteOff(units) => Tally { on_hand: -units, damaged: -units, ..Tally::default() },
        Event::Inspect(units) => Tally { quality_control: units, ..Tally::default() },
        Event::Count(_) => return None,
    };
    let possible = |after: Tally| {
        after.damaged >= 0 && after.quality_control >= 0 && after.on_hand >= after.damaged + after.quality_control
    };
    (possible(shelf.with(change)) && possible(books.with(change))).then_some(change)
}

proptest! {
    #[test]
    fn any_interleaving_of_movements_and_entries_ends_with_the_books_at_what_is_there(
        mut shelf in tally(),
        mut books in tally(),
        before in vec(event(), 0..12),
        after in vec(event(), 0..8),
    ) {
        let (mut version, mut findings) = (1, Vec::new());
        let (before, after) = (before.into_iter().map(|e| (e, true)), after.into_iter().map(|e| (e, false)));
        for (event, counting) in before.chain(after) {
            if let Event::Count(number) = event {
                if counting {
                    let difference = shelf.beyond(books);
                    findings.push(Finding { counter: counter(number), difference, level_version: version });
                }
            } else if let Some(change) = effect(event, shelf, books) {
                (shelf, books) = (shelf.with(change), books.with(change));
                version += 1;
            }
        }
        match Verdict::of(findings.iter().copied()) {
            Verdict::Uncounted => prop_assert!(findings.is_empty()),
            Verdict::Agreed { difference, since } => {
                prop_assert_eq!(books.with(difference), shelf);
                prop_assert!(findings.iter().any(|finding| finding.level_version == since));
            }
            Verdict::Disputed => prop_assert!(false, "counters who count right agree"),
        }
    }

    #[test]
    fn the_last_word_of_each_counter_holds(slips in vec((0_u8..3, -3_i64..=3), 1..9)) {
        let findings = slips.iter().map(|(number, off)| finding(*number, 20 + off, 20));
        let mut last = std::collections::BTreeMap::new();
        for (number, off) in &slips {
            last.insert(*number, *off);
        }
        let agreed = last.values().all(|off| Some(off) == last.values().next());
        match Verdict::of(findings) {
            Verdict::Agreed { difference, .. } => {
                prop_assert!(agreed);
                prop_assert_eq!(Some(&difference.on_hand), last.values().next());
            }
            Verdict::Disputed => prop_assert!(!agreed),
            Verdict::Uncounted => prop_assert!(false),
        }
    }
}

#[test]
fn two_counters_agree_when_a_sale_lies_between_them() {
    // 10 in the books, 8 there; a unit is sold between the entries.
    let verdict = Verdict::of([finding(1, 8, 10), finding(2, 7, 9)]);
    let difference = Tally { on_hand: -2, ..Tally::default() };
    assert_eq!(verdict, Verdict::Agreed { difference, since: 9 });
}

#[test]
fn counters_who_found_different_numbers_dispute_until_one_counts_again() {
    let mut findings = vec![finding(1, 8, 10), finding(2, 9, 10)];
    assert_eq!(Verdict::of(findings.clone()), Verdict::Disputed);
    findings.push(finding(2, 8, 10));
    assert_eq!(Verdict::of(findings).standing(), Standing::Counted);
}
