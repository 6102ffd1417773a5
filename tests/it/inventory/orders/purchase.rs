//! Purchase orders: what each step does to stock, and what the order and the ledger say of it.

use serde_json::{Value, json};

use super::{assert_sound, draft, held, ordered, purchase, reverse, shop, sound, wanted};
use crate::inventory::shelves::{adjust, line};
use crate::support::{TestApp, both_databases};

both_databases!(
    units_are_incoming_once_ordered_and_on_hand_once_received,
    a_draft_is_written_anew_and_an_order_only_in_words,
    more_than_ordered_arrives_only_within_the_tolerance,
    a_short_order_is_closed_and_the_rest_is_no_longer_incoming,
    a_wrong_receipt_is_reversed_while_its_units_are_there,
    a_stale_version_and_a_replayed_key_change_nothing,
    an_adjustment_leads_to_its_document_and_a_number_finds_it,
    the_configured_tolerance_holds_unless_a_receipt_says_otherwise,
);

async fn units_are_incoming_once_ordered_and_on_hand_once_received(app: TestApp) {
    let (keeper, _) = shop(&app, 0).await;
    let cost = json!({ "amount": "2.50", "currency": "EUR" });
    let input = json!({
        "supplier": " Acme ", "locationCode": "loc-0", "currency": "EUR", "externalReference": "A-77", "note": "urgent",
        "expectedAt": "2030-01-01T00:00:00Z",
        "lines": [{ "sku": "SKU-0", "quantity": 10, "unitCost": cost }, wanted("SKU-1", 5)],
    });
    let created = purchase(&keeper, "Create", input).await;
    let order = &created.payload("purchaseOrderCreate")["purchaseOrder"];
    assert_eq!(
        (&order["number"], &order["status"], &order["supplier"], &order["version"], &order["lines"][0]["unitCost"]),
        (&json!("PO-000001"), &json!("DRAFT"), &json!("Acme"), &json!(1), &cost)
    );
    assert_eq!(held(&keeper, "SKU-0").await, json!({}));

    let id = order["id"].clone();
    let answer = purchase(&keeper, "Order", json!({ "id": id, "expectedVersion": 1 })).await;
    assert_eq!(answer.payload("purchaseOrderOrder")["purchaseOrder"]["lines"][1]["outstanding"], json!(5));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [0, 0, 0, 10] }));

    let lines = json!([{ "sku": "SKU-0", "accepted": 4, "damaged": 1, "qualityControl": 2 }, sound("SKU-1", 5)]);
    let input = json!({ "id": id, "deliveryNote": "DN-1", "note": "one box wet", "lines": lines });
    let answer = purchase(&keeper, "Receive", input).await;
    let payload = answer.payload("purchaseOrderReceive");
    assert_eq!(payload["purchaseOrder"]["status"], json!("PARTIALLY_RECEIVED"));
    let line = &payload["purchaseOrder"]["lines"][0];
    assert_eq!((&line["received"], &line["outstanding"]), (&json!(7), &json!(3)));
    let mut receipt = payload["receipt"].clone();
    receipt.as_object_mut().unwrap().remove("id");
    assert_eq!(
        receipt,
        json!({
            "deliveryNote": "DN-1", "note": "one box wet", "reversedAt": null, "reversal": null,
            "adjustment": { "kind": "PURCHASE_ORDER", "reason": "RECEIVED", "reference": "PO-000001", "note": "one box wet" },
            "document": { "number": "PO-000001" },
            "lines": [
                { "variant": { "sku": "SKU-0" }, "accepted": 4, "damaged": 1, "qualityControl": 2, "lost": 0 },
                { "variant": { "sku": "SKU-1" }, "accepted": 5, "damaged": 0, "qualityControl": 0, "lost": 0 },
            ],
        })
    );
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [7, 1, 2, 3] }));
    assert_eq!(held(&keeper, "SKU-1").await, json!({ "LOC-0": [5, 0, 0, 0] }));

    let answer = purchase(&keeper, "Receive", json!({ "id": id, "lines": [sound("SKU-0", 3)] })).await;
    assert_eq!(answer.payload("purchaseOrderReceive")["purchaseOrder"]["status"], json!("RECEIVED"));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [10, 1, 2, 0] }));
    assert_sound(&keeper).await;
}

async fn a_draft_is_written_anew_and_an_order_only_in_words(app: TestApp) {
    let (keeper, shop) = shop(&app, 0).await;
    let cost = json!({ "amount": "1.00", "currency": "EUR" });
    let id = draft(&keeper, json!([{ "sku": "SKU-0", "quantity": 1, "unitCost": cost }])).await;
    let refused = purchase(&keeper, "Update", json!({ "id": id, "currency": "USD" })).await;
    assert_eq!(refused.user_errors("purchaseOrderUpdate")[0]["field"], json!(["input", "currency"]));

    let dollars = json!({ "amount": "3.00", "currency": "USD" });
    let input = json!({
        "id": id, "supplier": "Bolt", "currency": "USD", "locationId": shop.locations[1], "note": "x",
        "lines": [{ "variantId": shop.variants[1], "quantity": 7, "unitCost": dollars }],
    });
    let answer = purchase(&keeper, "Update", input).await;
    let order = &answer.payload("purchaseOrderUpdate")["purchaseOrder"];
    assert_eq!((&order["supplier"], &order["location"]["code"]), (&json!("Bolt"), &json!("LOC-1")));
    assert_eq!((&order["lines"].as_array().unwrap().len(), &order["lines"][0]["unitCost"]), (&1, &dollars));

    purchase(&keeper, "Order", json!({ "id": id })).await.payload("purchaseOrderOrder");
    let input = json!({ "id": id, "externalReference": "B-1", "note": null, "expectedAt": "2030-05-01T00:00:00Z" });
    let answer = purchase(&keeper, "Update", input).await;
    let order = &answer.payload("purchaseOrderUpdate")["purchaseOrder"];
    assert_eq!((&order["externalReference"], &order["note"]), (&json!("B-1"), &Value::Null));
    let input = json!({ "id": id, "supplier": "Coil", "locationCode": "LOC-0", "lines": [wanted("SKU-0", 1)] });
    let errors = purchase(&keeper, "Update", input).await.user_errors("purchaseOrderUpdate");
    let fields: Vec<&Value> = errors.iter().map(|error| &error["field"][1]).collect();
    assert_eq!(fields, ["supplier", "locationCode", "lines"]);
    // The same again is no change, and counts no version up.
    let version = order["version"].clone();
    let same = purchase(&keeper, "Update", json!({ "id": id, "externalReference": "B-1" })).await;
    assert_eq!(same.payload("purchaseOrderUpdate")["purchaseOrder"]["version"], version);
    assert_sound(&keeper).await;
}

async fn more_than_ordered_arrives_only_within_the_tolerance(app: TestApp) {
    let (keeper, _) = shop(&app, 0).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 100)])).await;
    let receive = |units: i64, share: Value| {
        let input = json!({ "id": id, "overReceiptPerMille": share, "lines": [sound("SKU-0", units)] });
        let keeper = keeper.clone();
        async move { purchase(&keeper, "Receive", input).await }
    };
    let errors = receive(101, Value::Null).await.user_errors("purchaseOrderReceive");
    assert_eq!(
        errors,
        [json!({
            "__typename": "OverReceiptError", "code": "OUT_OF_RANGE", "field": ["input", "lines", "0"],
            "message": "lines has 101 units where 100 can still be received", "requested": 101, "receivable": 100,
        })]
    );
    assert_eq!(receive(106, json!(50)).await.user_errors("purchaseOrderReceive")[0]["receivable"], json!(105));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [0, 0, 0, 100] }));
    let answer = receive(105, json!(50)).await;
    let order = &answer.payload("purchaseOrderReceive")["purchaseOrder"];
    assert_eq!((&order["status"], &order["lines"][0]["outstanding"]), (&json!("RECEIVED"), &json!(0)));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [105, 0, 0, 0] }));

    // Taken back, the whole order is expected again, and no unit more.
    let receipt = answer.field("purchaseOrderReceive")["receipt"]["id"].clone();
    reverse(&keeper, &receipt).await.payload("stockReceiptReverse");
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [0, 0, 0, 100] }));
    assert_sound(&keeper).await;
}

async fn a_short_order_is_closed_and_the_rest_is_no_longer_incoming(app: TestApp) {
    let (keeper, _) = shop(&app, 0).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 10), wanted("SKU-1", 5)])).await;
    purchase(&keeper, "Receive", json!({ "id": id, "lines": [sound("SKU-0", 4)] })).await;
    let answer = purchase(&keeper, "Close", json!({ "id": id, "note": "sold out" })).await;
    let order = &answer.payload("purchaseOrderClose")["purchaseOrder"];
    assert_eq!(order["status"], json!("CLOSED"));
    assert_eq!((&order["lines"][0]["cancelled"], &order["lines"][1]["cancelled"]), (&json!(6), &json!(5)));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [4, 0, 0, 0] }));
    assert_eq!(held(&keeper, "SKU-1").await, json!({ "LOC-0": [0, 0, 0, 0] }));
    assert_sound(&keeper).await;
}

async fn a_wrong_receipt_is_reversed_while_its_units_are_there(app: TestApp) {
    let (keeper, _) = shop(&app, 0).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 10)])).await;
    let lines = json!([{ "sku": "SKU-0", "accepted": 6, "damaged": 1 }]);
    let received = purchase(&keeper, "Receive", json!({ "id": id, "lines": lines })).await;
    let receipt = received.payload("purchaseOrderReceive")["receipt"]["id"].clone();
    adjust(&keeper, vec![line("SKU-0", "LOC-0", -1)]).await.payload("stockAdjust");
    let errors = reverse(&keeper, &receipt).await.user_errors("stockReceiptReverse");
    assert_eq!(errors[0]["code"], json!("INSUFFICIENT_STOCK"));
    assert_eq!(errors[0]["field"], json!(["input", "id", "lines", "0", "quantity"]));
    assert_eq!((&errors[0]["available"], &errors[0]["requested"]), (&json!(5), &json!(6)));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [6, 1, 0, 3] }));

    adjust(&keeper, vec![line("SKU-0", "LOC-0", 1)]).await.payload("stockAdjust");
    let answer = reverse(&keeper, &receipt).await;
    let reversed = &answer.payload("stockReceiptReverse")["receipt"];
    assert_eq!(reversed["reversal"], json!({ "kind": "REVERSAL" }));
    assert!(reversed["reversedAt"].is_string());
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [0, 0, 0, 10] }));
    assert_sound(&keeper).await;
}

async fn a_stale_version_and_a_replayed_key_change_nothing(app: TestApp) {
    let (keeper, _) = shop(&app, 0).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 10)])).await;
    let input = json!({ "id": id, "expectedVersion": 1, "lines": [sound("SKU-0", 3)] });
    let errors = purchase(&keeper, "Receive", input).await.user_errors("purchaseOrderReceive");
    assert_eq!((&errors[0]["code"], &errors[0]["currentVersion"]), (&json!("STALE"), &json!(2)));

    let keyed = keeper.with_idempotency_key("delivery-1");
    let input = json!({ "id": id, "lines": [sound("SKU-0", 3)] });
    let first = purchase(&keyed, "Receive", input.clone()).await;
    let again = purchase(&keyed, "Receive", input).await;
    assert_eq!(first.payload("purchaseOrderReceive"), again.payload("purchaseOrderReceive"));
    assert_eq!(again.body["extensions"]["idempotency"]["replayed"], json!(true));
    let keyed = keeper.with_idempotency_key("new-order");
    let lines = json!([wanted("SKU-0", 1)]);
    assert_eq!(draft(&keyed, lines.clone()).await, draft(&keyed, lines).await);
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [3, 0, 0, 7] }));
    assert_sound(&keeper).await;
}

async fn an_adjustment_leads_to_its_document_and_a_number_finds_it(app: TestApp) {
    let (keeper, _) = shop(&app, 0).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 10)])).await;
    let document = "query($id: ID!, $ids: [ID!]!) {
        stockAdjustments(filter: { documentId: $id }) { nodes { kind reason document {
            __typename number version ... on PurchaseOrder { status } } } }
        stockDocument(number: \" po-000001\") { id createdBy { email } }
        none: stockDocument(number: \"PO-000002\") { id }
        purchaseOrder(number: \"PO-000001\") { id }
        stockTransfer(number: \"PO-000001\") { id }
        nodes(ids: $ids) { __typename id }
    }";
    let data = keeper.query(document, json!({ "id": id, "ids": [id] })).await.data().clone();
    assert_eq!(
        data,
        json!({
            "stockAdjustments": { "nodes": [{ "kind": "PURCHASE_ORDER", "reason": "ORDERED", "document": {
                "__typename": "PurchaseOrder", "number": "PO-000001", "version": 2, "status": "ORDERED" } }] },
            "stockDocument": { "id": id, "createdBy": { "email": "inventory_manager@test.example" } },
            "none": null,
            "purchaseOrder": { "id": id },
            "stockTransfer": null,
            "nodes": [{ "__typename": "PurchaseOrder", "id": id }],
        })
    );
}

async fn the_configured_tolerance_holds_unless_a_receipt_says_otherwise(mut app: TestApp) {
    app.reconfigure(|config| config.inventory.over_receipt_per_mille = 100).await;
    let (keeper, _) = shop(&app, 0).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 10)])).await;
    let input = json!({ "id": id, "overReceiptPerMille": 0, "lines": [sound("SKU-0", 11)] });
    assert_eq!(purchase(&keeper, "Receive", input).await.user_error_codes("purchaseOrderReceive"), ["OUT_OF_RANGE"]);
    purchase(&keeper, "Receive", json!({ "id": id, "lines": [sound("SKU-0", 11)] }))
        .await
        .payload("purchaseOrderReceive");
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [11, 0, 0, 0] }));
    assert_sound(&keeper).await;
}
