//! The audit finds an order whose lines and movements part, and a level whose `incoming` no order explains.

use serde_json::{Value, json};

use super::{assert_sound, ordered, purchase, shipped, shop, sound, wanted};
use crate::inventory::proof::behind_the_back;
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    lines_that_no_movement_explains_are_found,
    incoming_that_no_order_explains_is_found,
    a_level_tells_which_orders_are_behind_its_incoming,
);

async fn audit(client: &Client) -> Value {
    let document = "{ stockAudit { isClean checkedDocuments documentDifferenceCount documentDifferences {
        document { number } variant { sku } location { code } state expected found } } }";
    client.query(document, json!({})).await.field("stockAudit").clone()
}

async fn lines_that_no_movement_explains_are_found(app: TestApp) {
    let (keeper, _) = shop(&app, 10).await;
    shipped(&keeper, json!([wanted("SKU-1", 3)])).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 10)])).await;
    purchase(&keeper, "Receive", json!({ "id": id, "lines": [sound("SKU-0", 4)] }))
        .await
        .payload("purchaseOrderReceive");
    assert_eq!(audit(&keeper).await["checkedDocuments"], json!(2));
    assert_sound(&keeper).await;

    behind_the_back(&app, "UPDATE stock_order_lines SET accepted = 5 WHERE accepted = 4").await.unwrap();
    let of = |document: Value, state: &str, expected: i64, found: i64| {
        json!({ "document": document, "variant": { "sku": "SKU-0" }, "location": { "code": "LOC-0" }, "state": state,
            "expected": expected, "found": found })
    };
    let order = json!({ "number": "PO-000001" });
    let found = audit(&keeper).await;
    let mut differences = found["documentDifferences"].as_array().unwrap().clone();
    differences.sort_by_key(ToString::to_string);
    let mut expected =
        vec![of(order.clone(), "INCOMING", 5, 6), of(order, "ON_HAND", 5, 4), of(Value::Null, "INCOMING", 5, 6)];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(differences, expected);
    assert_eq!((&found["isClean"], &found["documentDifferenceCount"]), (&json!(false), &json!(3)));
}

async fn incoming_that_no_order_explains_is_found(app: TestApp) {
    let (keeper, _) = shop(&app, 1).await;
    behind_the_back(&app, "UPDATE stock_levels SET incoming = 2").await.unwrap();
    let found = audit(&keeper).await;
    assert_eq!((&found["isClean"], &found["documentDifferenceCount"]), (&json!(false), &json!(2)));
    let difference = &found["documentDifferences"][0];
    assert_eq!((&difference["document"], &difference["found"]), (&Value::Null, &json!(2)), "{difference:#}");
}

async fn a_level_tells_which_orders_are_behind_its_incoming(app: TestApp) {
    let (keeper, _) = shop(&app, 10).await;
    for (expected, units) in [(json!("2031-01-01T00:00:00Z"), 5), (Value::Null, 7), (json!("2030-01-01T00:00:00Z"), 9)]
    {
        let input = json!({ "supplier": "Acme", "locationCode": "LOC-1", "currency": "EUR", "expectedAt": expected,
            "lines": [wanted("SKU-0", units)] });
        let created = purchase(&keeper, "Create", input).await;
        let id = &created.payload("purchaseOrderCreate")["purchaseOrder"]["id"];
        purchase(&keeper, "Order", json!({ "id": id })).await.payload("purchaseOrderOrder");
    }
    shipped(&keeper, json!([wanted("SKU-0", 3), wanted("SKU-1", 1)])).await;
    let done = ordered(&keeper, json!([wanted("SKU-0", 1)])).await;
    purchase(&keeper, "Receive", json!({ "id": done, "lines": [sound("SKU-0", 1)] }))
        .await
        .payload("purchaseOrderReceive");
    let document = "query($skus: [String!]) { stockLevels(filter: { skus: $skus }, orderBy: CREATED_ASC) { nodes {
        variant { sku } location { code } incoming incomingFrom { quantity document { number } } } } }";
    let mut statements = Vec::new();
    let mut levels = Value::Null;
    for skus in [json!(["SKU-1"]), json!(["SKU-0", "SKU-1"])] {
        let before = app.statements();
        levels = keeper.query(document, json!({ "skus": skus })).await.field("stockLevels")["nodes"].clone();
        statements.push(app.statements() - before);
    }
    assert_eq!(statements[0], statements[1], "{statements:?}");
    let from = |number: &str, quantity: i64| json!({ "quantity": quantity, "document": { "number": number } });
    let of = |sku: &str, location: &str| {
        let all = levels.as_array().unwrap();
        all.iter().find(|level| level["variant"]["sku"] == sku && level["location"]["code"] == location).unwrap()
    };
    let behind = [from("PO-000003", 9), from("PO-000001", 5), from("PO-000002", 7), from("TR-000001", 3)];
    assert_eq!(of("SKU-0", "LOC-1")["incomingFrom"], json!(behind));
    assert_eq!(of("SKU-0", "LOC-1")["incoming"], json!(24));
    assert_eq!(of("SKU-1", "LOC-1")["incomingFrom"], json!([from("TR-000001", 1)]));
    assert_eq!(of("SKU-0", "LOC-0")["incomingFrom"], json!([]));
    assert_sound(&keeper).await;
}
