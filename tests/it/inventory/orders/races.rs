//! Many people at the same orders at once: no unit is received twice, none is lost, and nobody hears of a lock.

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use super::{assert_sound, held, ordered, packed, purchase, reverse, shipped, sound, transfer, wanted};
use crate::inventory::shelves::Shop;
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    a_line_is_never_received_beyond_what_was_ordered,
    one_receipt_is_reversed_once,
    orders_with_their_lines_in_any_order_meet_no_deadlock,
    units_of_one_source_are_shipped_once,
);

async fn a_line_is_never_received_beyond_what_was_ordered(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 20)])).await;
    let receive = |units: i64| {
        let (keeper, input) = (keeper.clone(), json!({ "id": id, "lines": [sound("SKU-0", units)] }));
        tokio::spawn(async move {
            let answer = purchase(&keeper, "Receive", input).await;
            let codes = answer.user_error_codes("purchaseOrderReceive");
            // Refused as too much or, once everything has arrived, for the state.
            assert!(codes.iter().all(|code| ["OUT_OF_RANGE", "INVALID_STATE"].contains(&code.as_str())), "{codes:?}");
            if codes.is_empty() { units } else { 0 }
        })
    };
    let received: i64 = join_all((0..16).map(|_| receive(3))).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(received, 18);
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [18, 0, 0, 2] }));
    assert_sound(&keeper).await;
}

async fn one_receipt_is_reversed_once(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 20)])).await;
    let mut receipts: Vec<Value> = Vec::new();
    for _ in 0..2 {
        let answer = purchase(&keeper, "Receive", json!({ "id": id, "lines": [sound("SKU-0", 5)] })).await;
        receipts.push(answer.payload("purchaseOrderReceive")["receipt"]["id"].clone());
    }
    let answers = join_all((0..8).map(|_| reverse(&keeper, &receipts[0]))).await;
    let codes: Vec<_> = answers.iter().map(|answer| answer.user_error_codes("stockReceiptReverse")).collect();
    assert_eq!(codes.iter().filter(|codes| codes.is_empty()).count(), 1);
    assert!(codes.iter().flatten().all(|code| code == "INVALID_STATE"), "{codes:?}");
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [5, 0, 0, 15] }));
    assert_sound(&keeper).await;
}

async fn orders_with_their_lines_in_any_order_meet_no_deadlock(mut app: TestApp) {
    const VARIANTS: usize = 8;
    const UNITS: i64 = 4;
    // However slow the machine is: a client may wait for so long. The database has its default settings.
    app.reconfigure(|config| config.limits.time.execution_ms = 120_000.try_into().unwrap()).await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, VARIANTS, 2).await.receive(&keeper, 1_000).await;
    let lives = (0..64).map(|seed| tokio::spawn(live(keeper.clone(), seed, VARIANTS, UNITS)));
    let lives: Vec<bool> = join_all(lives).await.into_iter().map(Result::unwrap).collect();
    let bought = i64::try_from(lives.iter().filter(|bought| **bought).count()).unwrap();
    let moved = 64 - bought;
    for variant in 0..VARIANTS {
        let levels = held(&keeper, &format!("SKU-{variant}")).await;
        assert_eq!(levels["LOC-0"], json!([1_000 + (bought - moved) * UNITS, 0, 0, 0]));
        assert_eq!(levels["LOC-1"], json!([moved * UNITS, 0, 0, 0]));
    }
    assert_sound(&keeper).await;
}

/// One document from its draft to its end, every list of lines in an order of its own; tells whether it was a purchase order.
async fn live(keeper: Client, seed: u64, variants: usize, units: i64) -> bool {
    let mut random = StdRng::seed_from_u64(seed);
    let mut numbers: Vec<usize> = (0..variants).collect();
    let mut shuffled = |line: &dyn Fn(&str) -> Value| {
        numbers.shuffle(&mut random);
        let lines: Vec<Value> = numbers.iter().map(|number| line(&format!("SKU-{number}"))).collect();
        json!(lines)
    };
    let lines = shuffled(&|sku| wanted(sku, units));
    let halves = [shuffled(&|sku| sound(sku, units / 2)), shuffled(&|sku| sound(sku, units / 2))];
    let buys = StdRng::seed_from_u64(seed).random_bool(0.5);
    let id = if buys { ordered(&keeper, lines).await } else { shipped(&keeper, lines).await };
    for half in halves {
        let input = json!({ "id": id, "lines": half });
        if buys {
            purchase(&keeper, "Receive", input).await.payload("purchaseOrderReceive");
        } else {
            transfer(&keeper, "Receive", input).await.payload("stockTransferReceive");
        }
    }
    buys
}

async fn units_of_one_source_are_shipped_once(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 2).await.receive(&keeper, 10).await;
    let mut transfers = Vec::new();
    for _ in 0..8 {
        transfers.push(packed(&keeper, json!([wanted("SKU-0", 3)])).await);
    }
    let ships = transfers.iter().map(|id| transfer(&keeper, "Ship", json!({ "id": id })));
    let answers = join_all(ships).await;
    let codes: Vec<_> = answers.iter().map(|answer| answer.user_error_codes("stockTransferShip")).collect();
    assert_eq!(codes.iter().filter(|codes| codes.is_empty()).count(), 3, "{codes:?}");
    assert!(codes.iter().flatten().all(|code| code == "INSUFFICIENT_STOCK"), "{codes:?}");
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [1, 0, 0, 0], "LOC-1": [0, 0, 0, 9] }));
    assert_sound(&keeper).await;
}
