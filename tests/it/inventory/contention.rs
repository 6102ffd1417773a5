//! Many clients on the same stock at once: nothing is oversold, nothing drifts, and no client hears of a lock.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use super::shelves::{ADJUST, Shop, adjust, assert_clean, line, on_hand};
use crate::support::client::{Answer, Client};
use crate::support::{TestApp, both_databases};

both_databases!(
    sixty_four_clients_take_the_last_five_hundred_units_and_not_one_more,
    multi_line_adjustments_in_any_order_meet_no_deadlock,
    one_key_sent_fifty_times_at_once_has_one_effect,
    a_refused_adjustment_is_replayed_as_refused,
);

async fn sixty_four_clients_take_the_last_five_hundred_units_and_not_one_more(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    shop.receive(&keeper, 500).await;
    let clients = (0..64).map(|number| tokio::spawn(take_until_empty(keeper.clone(), number)));
    let taken: i64 = join_all(clients).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(taken, 500);
    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 0);
    assert_clean(&keeper, 1).await;
}

/// Takes lots of a random size until nothing is left; returns how many units it got.
async fn take_until_empty(client: Client, seed: u64) -> i64 {
    let (mut random, mut taken) = (StdRng::seed_from_u64(seed), 0);
    loop {
        let lot = random.random_range(1..=9);
        let answer = adjust(&client, vec![line("SKU-0", "LOC-0", -lot)]).await;
        let Some(refusal) = refused_for_want_of_stock(&answer) else {
            taken += lot;
            continue;
        };
        match refusal["available"].as_i64().unwrap() {
            0 => return taken,
            // Less than the lot was there: the next try may be smaller.
            available => assert!(available < lot, "{refusal:#}"),
        }
    }
}

/// The error, when stock was short; anything else that went wrong fails the test.
fn refused_for_want_of_stock(answer: &Answer) -> Option<Value> {
    let errors = answer.user_errors("stockAdjust");
    assert!(errors.iter().all(|error| error["code"] == json!("INSUFFICIENT_STOCK")), "{errors:#?}");
    errors.into_iter().next()
}

async fn multi_line_adjustments_in_any_order_meet_no_deadlock(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 100, 2).await;
    shop.receive(&keeper, 12).await;
    let clients = (0..64).map(|number| tokio::spawn(shuffle_stock(keeper.clone(), number)));
    let mut expected: BTreeMap<(usize, usize), i64> = (0..100).map(|variant| ((variant, 0), 12)).collect();
    for (slot, delta) in join_all(clients).await.into_iter().flat_map(Result::unwrap) {
        *expected.entry(slot).or_default() += delta;
    }
    let mut levels = 0;
    for ((variant, location), units) in expected {
        assert!(units >= 0);
        assert_eq!(on_hand(&keeper, &shop.variants[variant], &shop.locations[location]).await, units);
        levels += 1;
    }
    assert_clean(&keeper, levels).await;
}

type Accepted = Vec<((usize, usize), i64)>;

/// Adjusts five random levels at a time, in random order; returns what took effect.
async fn shuffle_stock(client: Client, seed: u64) -> Accepted {
    let (mut random, mut accepted) = (StdRng::seed_from_u64(seed), Vec::new());
    for _ in 0..6 {
        let lines: Accepted = (0..5)
            .map(|_| {
                let slot = (random.random_range(0..100), random.random_range(0..2));
                (slot, *[-9, -5, -1, 1, 3].choose(&mut random).unwrap())
            })
            .collect();
        let input = lines
            .iter()
            .map(|((variant, location), delta)| line(&format!("SKU-{variant}"), &format!("LOC-{location}"), *delta));
        let answer = adjust(&client, input.collect()).await;
        if refused_for_want_of_stock(&answer).is_none() {
            accepted.extend(lines);
        }
    }
    accepted
}

async fn one_key_sent_fifty_times_at_once_has_one_effect(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    shop.receive(&keeper, 10).await;
    let keyed = keeper.with_idempotency_key("order-4711");
    let take = |delta: i64| json!({ "reason": "SOLD", "lines": [line("SKU-0", "LOC-0", delta)] });
    let answers = join_all((0..50).map(|_| keyed.mutate(ADJUST, take(-3)))).await;
    let first = answers[0].payload("stockAdjust");
    assert!(answers.iter().all(|answer| answer.payload("stockAdjust") == first));
    let replayed = |answer: &&Answer| answer.body["extensions"]["idempotency"]["replayed"] == json!(true);
    assert_eq!(answers.iter().filter(replayed).count(), 49);
    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 7);

    assert_eq!(keyed.mutate(ADJUST, take(-4)).await.codes(), ["IDEMPOTENCY_KEY_REUSED"]);
    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 7);
    assert_clean(&keeper, 1).await;
}

async fn a_refused_adjustment_is_replayed_as_refused(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    shop.receive(&keeper, 1).await;
    let keyed = keeper.with_idempotency_key("order-1");
    let input = json!({ "reason": "SOLD", "lines": [line("SKU-0", "LOC-0", -2)] });
    let first = keyed.mutate(ADJUST, input.clone()).await;
    assert_eq!(first.user_error_codes("stockAdjust"), ["INSUFFICIENT_STOCK"]);
    shop.receive(&keeper, 5).await;
    assert_eq!(keyed.mutate(ADJUST, input).await.data(), first.data());
    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 6);
}
