//! Taking adjustments back: once, whole, and only while the units are there.

use serde_json::{Value, json};

use super::shelves::{ADJUST, MOVE, SET, Shop, adjust, assert_clean, line, on_hand};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    an_adjustment_is_taken_back_whole_and_once,
    every_kind_made_by_hand_is_taken_back_and_no_reversal_is,
    what_is_gone_cannot_be_taken_back,
    a_reversal_that_is_tried_writes_nothing,
    of_sixteen_who_take_back_the_same_adjustment_one_does,
    a_reversal_is_replayed_under_its_key,
    nonsense_is_refused_at_its_place,
);

pub(super) const REVERSE: &str = "mutation($input: StockAdjustmentReverseInput!) { stockAdjustmentReverse(input: $input) {
    adjustment { id kind reason note reference reverses { id } lines { variant { sku } location { code } state delta balanceAfter } }
    levels { onHand version }
    userErrors { code field message ... on InsufficientStockError { available requested } }
} }";

async fn adjusted(client: &Client, lines: Vec<Value>) -> Value {
    let input = json!({ "reason": "RECEIVED", "reference": "DELIVERY-1", "lines": lines });
    client.mutate(ADJUST, input).await.payload("stockAdjust")["adjustment"]["id"].clone()
}

async fn reverse(client: &Client, id: &Value) -> Value {
    client.mutate(REVERSE, json!({ "adjustmentId": id, "note": "typo" })).await.field("stockAdjustmentReverse").clone()
}

fn codes(payload: &Value) -> Vec<&str> {
    payload["userErrors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect()
}

async fn an_adjustment_is_taken_back_whole_and_once(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 2, 1).await;
    shop.receive(&keeper, 10).await;
    let damaged = json!({ "sku": "SKU-1", "locationCode": "LOC-0", "delta": 2, "condition": "DAMAGED" });
    let id = adjusted(&keeper, vec![line("SKU-0", "LOC-0", 5), damaged]).await;
    let reversal = reverse(&keeper, &id).await;
    let adjustment = &reversal["adjustment"];
    assert_eq!(
        (&adjustment["kind"], &adjustment["reason"], &adjustment["note"], &adjustment["reference"]),
        (&json!("REVERSAL"), &json!("CORRECTION"), &json!("typo"), &json!("DELIVERY-1"))
    );
    assert_eq!(adjustment["reverses"], json!({ "id": id }));
    let line = |sku: &str, state: &str, delta: i64, after: i64| json!({ "variant": { "sku": sku }, "location": { "code": "LOC-0" }, "state": state, "delta": delta, "balanceAfter": after });
    let expected =
        json!([line("SKU-0", "ON_HAND", -5, 10), line("SKU-1", "ON_HAND", -2, 10), line("SKU-1", "DAMAGED", -2, 0)]);
    assert_eq!(adjustment["lines"], expected);

    let again = reverse(&keeper, &id).await;
    assert_eq!(codes(&again), ["INVALID_STATE"]);
    assert_eq!(again["userErrors"][0]["field"], json!(["input", "adjustmentId"]));
    let document = "query($id: ID!) { node(id: $id) { ... on StockAdjustment { reverses { id } reversedBy { id } } } }";
    let seen = keeper.query(document, json!({ "id": id })).await.field("node").clone();
    assert_eq!(seen, json!({ "reverses": null, "reversedBy": { "id": adjustment["id"] } }));
    assert_clean(&keeper, 2).await;
}

async fn every_kind_made_by_hand_is_taken_back_and_no_reversal_is(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 2).await;
    shop.receive(&keeper, 10).await;
    let set = json!({ "reason": "COUNT", "lines": [{ "sku": "SKU-0", "locationCode": "LOC-0", "quantity": 3 }] });
    let moved =
        json!({ "lines": [{ "sku": "SKU-0", "fromLocationCode": "LOC-0", "toLocationCode": "LOC-1", "quantity": 4 }] });
    for (document, field, input) in [(SET, "stockSet", set), (MOVE, "stockMove", moved)] {
        let id = keeper.mutate(document, input).await.payload(field)["adjustment"]["id"].clone();
        let reversal = reverse(&keeper, &id).await;
        assert_eq!(codes(&reversal), [""; 0], "{field}");
        assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 10, "{field}");
        assert_eq!(codes(&reverse(&keeper, &reversal["adjustment"]["id"]).await), ["INVALID_STATE"], "{field}");
    }
    let nothing = adjusted(&keeper, vec![line("SKU-0", "LOC-0", 1), line("SKU-0", "LOC-0", -1)]).await;
    assert_eq!(codes(&reverse(&keeper, &nothing).await), ["INVALID_STATE"]);
    assert_clean(&keeper, 2).await;
}

async fn what_is_gone_cannot_be_taken_back(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 2, 1).await;
    let id = adjusted(&keeper, vec![line("SKU-0", "LOC-0", 5), line("SKU-1", "LOC-0", 5)]).await;
    adjust(&keeper, vec![line("SKU-1", "LOC-0", -1)]).await.payload("stockAdjust");
    let refused = reverse(&keeper, &id).await;
    let error = &refused["userErrors"][0];
    assert_eq!(codes(&refused), ["INSUFFICIENT_STOCK"]);
    assert_eq!((&error["available"], &error["requested"]), (&json!(4), &json!(5)));
    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 5);
    assert_clean(&keeper, 2).await;
}

async fn a_reversal_that_is_tried_writes_nothing(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    let id = adjusted(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await;
    let tried = keeper.mutate(REVERSE, json!({ "adjustmentId": id, "dryRun": true })).await;
    assert_eq!(tried.payload("stockAdjustmentReverse")["levels"], json!([{ "onHand": 0, "version": 2 }]));
    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 5);
    assert_eq!(codes(&reverse(&keeper, &id).await), [""; 0]);
}

async fn of_sixteen_who_take_back_the_same_adjustment_one_does(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    // At first the units of the adjustment are the only ones, so that whoever is late finds none.
    for others in [0, 100] {
        if others > 0 {
            shop.receive(&keeper, others).await;
        }
        let id = adjusted(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await;
        let all = futures_util::future::join_all((0..16).map(|_| reverse(&keeper, &id))).await;
        let won = all.iter().filter(|payload| codes(payload).is_empty()).count();
        assert_eq!(won, 1);
        assert!(all.iter().all(|payload| codes(payload).is_empty() || codes(payload) == ["INVALID_STATE"]), "{all:#?}");
        assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, others);
    }
    assert_clean(&keeper, 1).await;
}

async fn a_reversal_is_replayed_under_its_key(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    let id = adjusted(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await;
    let keyed = keeper.with_idempotency_key("undo-1");
    let first = reverse(&keyed, &id).await;
    assert_eq!(reverse(&keyed, &id).await, first);
    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 0);
}

async fn nonsense_is_refused_at_its_place(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    for (id, code) in [
        ("nonsense", "INVALID"),
        (shop.variants[0].as_str(), "INVALID"),
        ("adjustment_00000000000000000000000000", "NOT_FOUND"),
    ] {
        let refused = reverse(&keeper, &json!(id)).await;
        assert_eq!(codes(&refused), [code], "{id}");
        assert_eq!(refused["userErrors"][0]["field"], json!(["input", "adjustmentId"]), "{id}");
    }
    let id = adjusted(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await;
    let long = keeper.mutate(REVERSE, json!({ "adjustmentId": id, "note": "x".repeat(1_001) })).await;
    assert_eq!(long.user_errors("stockAdjustmentReverse")[0]["field"], json!(["input", "note"]));
}
