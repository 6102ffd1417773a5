//! Many clients reserve at once: nothing is promised twice, and no client hears of a lock.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{change, create, level, stocked, want};
use crate::inventory::shelves::{assert_clean, line};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    thirty_two_clients_reserve_the_last_forty_units_and_not_one_more,
    sixty_four_clients_with_reversed_lines_hear_of_no_lock,
);

/// Reserves, and then sells, lets go or keeps; returns the units that are still promised and those that were sold.
async fn use_up(client: Client, number: usize) -> (i64, i64) {
    let (mut held, mut sold) = (0, 0);
    for round in 0..6 {
        let answer = create(&client, json!({ "lines": [want("SKU-0", 2)], "ttlSeconds": 600 })).await;
        let errors = answer.user_error_codes("reservationCreate");
        if !errors.is_empty() {
            assert_eq!(errors, ["INSUFFICIENT_STOCK"]);
            continue;
        }
        let id = answer.payload("reservationCreate")["reservation"]["id"].clone();
        match (number + round) % 3 {
            0 => held += 2,
            1 => {
                assert_eq!(change(&client, "Fulfil", json!({ "id": id })).await["userErrors"], json!([]));
                sold += 2;
            }
            _ => assert_eq!(change(&client, "Release", json!({ "id": id })).await["userErrors"], json!([])),
        }
    }
    (held, sold)
}

async fn thirty_two_clients_reserve_the_last_forty_units_and_not_one_more(app: TestApp) {
    let (keeper, _) = stocked(&app, (1, 2), &[line("SKU-0", "LOC-0", 25), line("SKU-0", "LOC-1", 15)]).await;
    let clients = (0..32).map(|number| tokio::spawn(use_up(keeper.clone(), number)));
    let (mut held, mut sold) = (0, 0);
    for (kept, gone) in join_all(clients).await.into_iter().map(Result::unwrap) {
        (held, sold) = (held + kept, sold + gone);
    }
    let (one, two) = (level(&keeper, "SKU-0", "LOC-0").await, level(&keeper, "SKU-0", "LOC-1").await);
    assert_eq!(one[0] + two[0], 40 - sold);
    assert_eq!(one[1] + two[1], held);
    assert!(held + sold > 30 && held + sold <= 40, "{held} held, {sold} sold");
    assert_clean(&keeper, 2).await;
}

async fn reserve_and_release(client: Client, reversed: bool) {
    let mut lines: Vec<Value> = (0..6).map(|number| want(&format!("SKU-{number}"), 1)).collect();
    if reversed {
        lines.reverse();
    }
    for _ in 0..3 {
        let answer = create(&client, json!({ "lines": lines, "allocation": "MOST_STOCK" })).await;
        let errors = answer.user_error_codes("reservationCreate");
        assert!(errors.iter().all(|code| code == "INSUFFICIENT_STOCK"), "{errors:?}");
        if errors.is_empty() {
            let id = answer.payload("reservationCreate")["reservation"]["id"].clone();
            assert_eq!(change(&client, "Release", json!({ "id": id })).await["userErrors"], json!([]));
        }
    }
}

async fn sixty_four_clients_with_reversed_lines_hear_of_no_lock(mut app: TestApp) {
    // However slow the machine is: a client may wait for so long. The database has its default settings.
    app.reconfigure(|config| config.limits.time.execution_ms = 120_000.try_into().unwrap()).await;
    let stock: Vec<Value> =
        (0..6).flat_map(|number| ["LOC-0", "LOC-1"].map(|place| line(&format!("SKU-{number}"), place, 8))).collect();
    let (keeper, _) = stocked(&app, (6, 2), &stock).await;
    let clients = (0..64).map(|number| tokio::spawn(reserve_and_release(keeper.clone(), number % 2 == 0)));
    join_all(clients).await.into_iter().for_each(Result::unwrap);
    for number in 0..6 {
        assert_eq!(level(&keeper, &format!("SKU-{number}"), "LOC-0").await, [8, 0, 8, 0]);
    }
    assert_clean(&keeper, 12).await;
}
