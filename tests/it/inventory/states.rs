//! The conditions that units on hand are in: counted apart, moved by the ledger like everything else, and never taken as sound.

use serde_json::{Value, json};

use super::shelves::{ADJUST, Shop, adjust, assert_clean, line};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    damaged_units_stay_on_hand_and_are_not_available,
    damaged_units_are_written_off,
    units_that_are_promised_or_not_there_change_no_condition,
    everything_wrong_with_a_change_of_condition_is_named_at_its_place,
    the_history_tells_which_number_changed,
    the_database_itself_refuses_more_than_is_there,
);

const RECLASSIFY: &str = "mutation($input: StockReclassifyInput!) { stockReclassify(input: $input) {
    adjustment { kind reason lines { state delta balanceAfter onHandAfter } }
    levels { onHand available damaged qualityControl version }
    userErrors { code field ... on InsufficientStockError { available requested } }
} }";

fn units(from: &str, to: &str, quantity: i64) -> Value {
    json!({ "sku": "SKU-0", "locationCode": "LOC-0", "from": from, "to": to, "quantity": quantity })
}

async fn reclassify(client: &Client, lines: &[Value]) -> Value {
    client.mutate(RECLASSIFY, json!({ "lines": lines })).await.field("stockReclassify").clone()
}

async fn shop_with_ten_units(app: &TestApp) -> Client {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(app, 1, 1).await.receive(&keeper, 10).await;
    keeper
}

async fn damaged_units_stay_on_hand_and_are_not_available(app: TestApp) {
    let keeper = shop_with_ten_units(&app).await;
    let lines = [units("AVAILABLE", "QUALITY_CONTROL", 5), units("QUALITY_CONTROL", "DAMAGED", 2)];
    let answer = reclassify(&keeper, &lines).await;
    assert_eq!(
        answer,
        json!({
            "adjustment": { "kind": "RECLASSIFY", "reason": "INSPECTED", "lines": [
                { "state": "DAMAGED", "delta": 2, "balanceAfter": 2, "onHandAfter": null },
                { "state": "QUALITY_CONTROL", "delta": 3, "balanceAfter": 3, "onHandAfter": null },
            ] },
            "levels": [{ "onHand": 10, "available": 5, "damaged": 2, "qualityControl": 3, "version": 3 }],
            "userErrors": [],
        })
    );
    let refused = adjust(&keeper, vec![line("SKU-0", "LOC-0", -6)]).await;
    let errors = refused.user_errors("stockAdjust");
    assert_eq!((&errors[0]["code"], &errors[0]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(5)));
    let document = "{ some: stockLevels(filter: { available: { min: 5, max: 5 }, damaged: { min: 2 } }) { totalCount }
        none: stockLevels(filter: { qualityControl: { min: 4 } }) { totalCount } }";
    let counted = keeper.query(document, json!({})).await.data().clone();
    assert_eq!(counted, json!({ "some": { "totalCount": 1 }, "none": { "totalCount": 0 } }));
    assert_clean(&keeper, 1).await;
}

async fn damaged_units_are_written_off(app: TestApp) {
    let keeper = shop_with_ten_units(&app).await;
    reclassify(&keeper, &[units("AVAILABLE", "DAMAGED", 4)]).await;
    let write_off = |delta: i64| {
        let line = json!({ "sku": "SKU-0", "locationCode": "LOC-0", "delta": delta, "condition": "DAMAGED" });
        json!({ "reason": "DAMAGED", "lines": [line] })
    };
    let errors = keeper.mutate(ADJUST, write_off(-5)).await.user_errors("stockAdjust");
    assert_eq!((&errors[0]["available"], &errors[0]["requested"]), (&json!(4), &json!(5)), "{errors:#?}");
    let answer = keeper.mutate(ADJUST, write_off(-3)).await;
    let level = &answer.payload("stockAdjust")["levels"][0];
    assert_eq!((&level["onHand"], &level["available"], &level["version"]), (&json!(7), &json!(6), &json!(4)));
    assert_clean(&keeper, 1).await;
}

async fn units_that_are_promised_or_not_there_change_no_condition(app: TestApp) {
    let keeper = shop_with_ten_units(&app).await;
    let answer = reclassify(&keeper, &[units("AVAILABLE", "DAMAGED", 6), units("AVAILABLE", "DAMAGED", 5)]).await;
    let error = json!({ "code": "INSUFFICIENT_STOCK", "field": ["input", "lines", "0", "quantity"], "available": 10, "requested": 11 });
    assert_eq!(answer["userErrors"], json!([error]));
    let answer = reclassify(&keeper, &[units("QUALITY_CONTROL", "AVAILABLE", 1)]).await;
    let error = json!({ "code": "INSUFFICIENT_STOCK", "field": ["input", "lines", "0", "quantity"], "available": 0, "requested": 1 });
    assert_eq!(answer["userErrors"], json!([error]));
    assert_clean(&keeper, 1).await;
}

async fn everything_wrong_with_a_change_of_condition_is_named_at_its_place(app: TestApp) {
    let keeper = shop_with_ten_units(&app).await;
    for quantity in [0, -1, 1_000_000_001] {
        let answer = reclassify(&keeper, &[units("AVAILABLE", "DAMAGED", quantity)]).await;
        let error = json!([{ "code": "OUT_OF_RANGE", "field": ["input", "lines", "0", "quantity"] }]);
        assert_eq!(answer["userErrors"], error, "{quantity}");
    }
    let answer = reclassify(&keeper, &[units("AVAILABLE", "DAMAGED", 1), units("DAMAGED", "DAMAGED", 1)]).await;
    assert_eq!(answer["userErrors"], json!([{ "code": "INVALID", "field": ["input", "lines", "1", "to"] }]));
    let mut elsewhere = units("AVAILABLE", "DAMAGED", 1);
    elsewhere["locationCode"] = json!("NOWHERE");
    let answer = reclassify(&keeper, &[elsewhere]).await;
    assert_eq!(
        answer["userErrors"],
        json!([{ "code": "NOT_FOUND", "field": ["input", "lines", "0", "locationCode"] }])
    );
    assert_clean(&keeper, 1).await;
}

async fn the_history_tells_which_number_changed(app: TestApp) {
    let keeper = shop_with_ten_units(&app).await;
    reclassify(&keeper, &[units("AVAILABLE", "DAMAGED", 4)]).await;
    let document = "{ stockMovements(filter: { states: [DAMAGED] }) { nodes { state delta balanceAfter levelVersion onHandAfter } } }";
    let nodes = keeper.query(document, json!({})).await.field("stockMovements")["nodes"].clone();
    let movement = json!({ "state": "DAMAGED", "delta": 4, "balanceAfter": 4, "levelVersion": 2, "onHandAfter": null });
    assert_eq!(nodes, json!([movement]));
}

async fn the_database_itself_refuses_more_than_is_there(app: TestApp) {
    let keeper = shop_with_ten_units(&app).await;
    reclassify(&keeper, &[units("AVAILABLE", "DAMAGED", 4)]).await;
    for sql in [
        "UPDATE stock_levels SET damaged = -1",
        "UPDATE stock_levels SET damaged = 11",
        "UPDATE stock_levels SET quality_control = 7",
        "UPDATE stock_levels SET reserved = 7",
    ] {
        assert!(super::proof::behind_the_back(&app, sql).await.is_err(), "{sql}");
    }
    super::proof::behind_the_back(&app, "UPDATE stock_levels SET damaged = 3").await.unwrap();
    let document = "{ stockAudit { differences { numbers { state level ledger } } } }";
    let found = keeper.query(document, json!({})).await.field("stockAudit").clone();
    let expected = json!({ "state": "DAMAGED", "level": 3, "ledger": 4 });
    assert_eq!(found["differences"][0]["numbers"][2], expected, "{found:#}");
}
