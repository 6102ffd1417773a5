//! Transfers: units leave the one location when they are shipped, and none is at both or at neither without a line that says so.

use serde_json::json;

use super::{assert_sound, held, packed, reverse, shipped, shop, sound, transfer, wanted};
use crate::support::{TestApp, both_databases};

both_databases!(
    units_leave_when_they_are_shipped_and_arrive_when_they_are_received,
    what_is_lost_on_the_way_is_neither_here_nor_there,
    a_transfer_takes_no_more_than_its_source_has_and_brings_no_more_than_was_shipped,
    what_is_in_transit_comes_back_when_a_transfer_is_cancelled,
);

async fn units_leave_when_they_are_shipped_and_arrive_when_they_are_received(app: TestApp) {
    let (keeper, _) = shop(&app, 10).await;
    let id = packed(&keeper, json!([wanted("SKU-0", 6), wanted("SKU-1", 1)])).await;
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [10, 0, 0, 0] }));
    let answer = transfer(&keeper, "Ship", json!({ "id": id })).await;
    let shown = &answer.payload("stockTransferShip")["stockTransfer"];
    assert_eq!((&shown["number"], &shown["status"]), (&json!("TR-000001"), &json!("IN_TRANSIT")));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [4, 0, 0, 0], "LOC-1": [0, 0, 0, 6] }));

    let lines = json!([{ "sku": "SKU-0", "accepted": 3, "damaged": 1, "qualityControl": 1 }]);
    let answer = transfer(&keeper, "Receive", json!({ "id": id, "lines": lines })).await;
    let payload = answer.payload("stockTransferReceive");
    assert_eq!(payload["stockTransfer"]["status"], json!("PARTIALLY_RECEIVED"));
    assert_eq!(payload["receipts"][0]["adjustment"]["kind"], json!("TRANSFER"));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [4, 0, 0, 0], "LOC-1": [5, 1, 1, 1] }));
    let lines = json!([sound("SKU-0", 1), sound("SKU-1", 1)]);
    let answer = transfer(&keeper, "Receive", json!({ "id": id, "lines": lines })).await;
    assert_eq!(answer.payload("stockTransferReceive")["stockTransfer"]["status"], json!("RECEIVED"));
    assert_sound(&keeper).await;
}

async fn what_is_lost_on_the_way_is_neither_here_nor_there(app: TestApp) {
    let (keeper, _) = shop(&app, 10).await;
    let id = shipped(&keeper, json!([wanted("SKU-0", 6)])).await;
    let lines = json!([{ "sku": "SKU-0", "accepted": 4, "lost": 2 }]);
    let answer = transfer(&keeper, "Receive", json!({ "id": id, "note": "a box is missing", "lines": lines })).await;
    let payload = answer.payload("stockTransferReceive");
    let line = &payload["stockTransfer"]["lines"][0];
    assert_eq!((&line["received"], &line["lost"], &line["outstanding"]), (&json!(4), &json!(2), &json!(0)));
    let reasons: Vec<_> =
        payload["receipts"].as_array().unwrap().iter().map(|receipt| &receipt["adjustment"]["reason"]).collect();
    assert_eq!(reasons, ["TRANSFER", "LOST"]);
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [4, 0, 0, 0], "LOC-1": [4, 0, 0, 0] }));
    let document = "{ stockMovements(filter: { reasons: [LOST] }) { nodes { state delta location { code } } } }";
    let movements = keeper.query(document, json!({})).await.field("stockMovements")["nodes"].clone();
    assert_eq!(movements, json!([{ "state": "INCOMING", "delta": -2, "location": { "code": "LOC-1" } }]));
    assert_sound(&keeper).await;

    // The box turns up: the loss is taken back, and what arrived stays.
    reverse(&keeper, &payload["receipts"][1]["id"]).await.payload("stockReceiptReverse");
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [4, 0, 0, 0], "LOC-1": [4, 0, 0, 2] }));
    let answer = transfer(&keeper, "Receive", json!({ "id": id, "lines": [sound("SKU-0", 2)] })).await;
    assert_eq!(answer.payload("stockTransferReceive")["stockTransfer"]["status"], json!("RECEIVED"));
    assert_sound(&keeper).await;
}

async fn a_transfer_takes_no_more_than_its_source_has_and_brings_no_more_than_was_shipped(app: TestApp) {
    let (keeper, _) = shop(&app, 5).await;
    let id = packed(&keeper, json!([wanted("SKU-1", 2), wanted("SKU-0", 6)])).await;
    let errors = transfer(&keeper, "Ship", json!({ "id": id })).await.user_errors("stockTransferShip");
    assert_eq!(
        errors,
        [json!({
            "__typename": "InsufficientStockError", "code": "INSUFFICIENT_STOCK",
            "field": ["input", "id", "lines", "1", "quantity"],
            "message": "quantity takes 6 units where 5 are available", "available": 5, "requested": 6,
            "variant": { "sku": "SKU-0" }, "location": { "code": "LOC-0" },
        })]
    );
    assert_eq!(held(&keeper, "SKU-1").await, json!({ "LOC-0": [5, 0, 0, 0] }));
    let id = shipped(&keeper, json!([wanted("SKU-0", 2)])).await;
    let lines = json!([{ "sku": "SKU-0", "accepted": 2, "lost": 1 }]);
    let errors =
        transfer(&keeper, "Receive", json!({ "id": id, "lines": lines })).await.user_errors("stockTransferReceive");
    assert_eq!((&errors[0]["requested"], &errors[0]["receivable"]), (&json!(3), &json!(2)));
    assert_sound(&keeper).await;
}

async fn what_is_in_transit_comes_back_when_a_transfer_is_cancelled(app: TestApp) {
    let (keeper, _) = shop(&app, 10).await;
    let id = shipped(&keeper, json!([wanted("SKU-0", 6)])).await;
    let answer = transfer(&keeper, "Cancel", json!({ "id": id })).await;
    let shown = &answer.payload("stockTransferCancel")["stockTransfer"];
    assert_eq!((&shown["status"], &shown["lines"][0]["returned"]), (&json!("CANCELLED"), &json!(6)));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [10, 0, 0, 0], "LOC-1": [0, 0, 0, 0] }));

    let id = shipped(&keeper, json!([wanted("SKU-0", 6)])).await;
    transfer(&keeper, "Receive", json!({ "id": id, "lines": [sound("SKU-0", 2)] }))
        .await
        .payload("stockTransferReceive");
    let answer = transfer(&keeper, "Cancel", json!({ "id": id, "note": "wrong door" })).await;
    assert_eq!(answer.payload("stockTransferCancel")["stockTransfer"]["status"], json!("CLOSED"));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [8, 0, 0, 0], "LOC-1": [2, 0, 0, 0] }));
    assert_sound(&keeper).await;
}
