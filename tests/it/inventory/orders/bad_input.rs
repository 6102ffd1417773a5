//! Everything that can be wrong with the input of an order: a user error at its place, and nothing is posted.

use serde_json::{Value, json};

use super::{assert_sound, held, ordered, purchase, reverse, shop, sound, transfer, wanted};
use crate::support::{TestApp, both_databases};

both_databases!(
    everything_wrong_with_a_draft_is_named_at_its_place,
    everything_wrong_with_a_receipt_is_named_at_its_place,
    a_closed_location_takes_part_in_no_order,
    an_id_of_another_kind_names_nothing,
);

/// The places and codes of the user errors.
fn places(errors: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let path = |field: &Value| field.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(".");
    errors.iter().map(|error| (path(&error["field"]), text(&error["code"]))).collect()
}

fn expected(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(path, code)| (format!("input.{path}"), (*code).to_owned())).collect()
}

async fn everything_wrong_with_a_draft_is_named_at_its_place(app: TestApp) {
    let (keeper, shop) = shop(&app, 0).await;
    let good = json!({ "supplier": "Acme", "locationCode": "LOC-0", "currency": "EUR", "lines": [wanted("SKU-0", 1)] });
    let cost = |amount: &str, currency: &str| json!({ "sku": "SKU-0", "quantity": 1, "unitCost": { "amount": amount, "currency": currency } });
    let nobody = "variant_00000000000000000000000000";
    let cases: &[(Value, &[(&str, &str)])] = &[
        (json!({ "supplier": " " }), &[("supplier", "REQUIRED")]),
        (json!({ "currency": "XXX" }), &[("currency", "INVALID")]),
        (
            json!({ "note": "x".repeat(1001), "externalReference": "a\u{7}" }),
            &[("externalReference", "INVALID"), ("note", "INVALID")],
        ),
        (json!({ "locationCode": "NOWHERE" }), &[("locationCode", "NOT_FOUND")]),
        (json!({ "locationId": shop.locations[0] }), &[("", "INVALID")]),
        (json!({ "lines": [] }), &[("lines", "REQUIRED")]),
        (json!({ "lines": vec![wanted("SKU-0", 1); 101] }), &[("lines", "INVALID")]),
        (
            json!({ "lines": [wanted("SKU-0", 0), wanted("SKU-1", 1_000_000_001)] }),
            &[("lines.0.quantity", "OUT_OF_RANGE"), ("lines.1.quantity", "OUT_OF_RANGE")],
        ),
        (json!({ "lines": [wanted("SKU-0", 1), wanted("NOTHING", 1)] }), &[("lines.1.sku", "NOT_FOUND")]),
        (json!({ "lines": [{ "variantId": nobody, "quantity": 1 }] }), &[("lines.0.variantId", "NOT_FOUND")]),
        (json!({ "lines": [{ "quantity": 1 }] }), &[("lines.0", "INVALID")]),
        (
            json!({ "lines": [wanted("SKU-0", 1), { "variantId": shop.variants[0], "quantity": 2 }] }),
            &[("lines.1.variantId", "INVALID")],
        ),
        (json!({ "lines": [wanted("SKU-1", 1), cost("1.00", "USD")] }), &[("lines.1.unitCost.currency", "INVALID")]),
        (json!({ "lines": [cost("-1", "EUR")] }), &[("lines.0.unitCost.amount", "OUT_OF_RANGE")]),
        (json!({ "lines": [cost("1.005", "EUR")] }), &[("lines.0.unitCost.amount", "INVALID")]),
    ];
    for (wrong, errors) in cases {
        let mut input = good.clone();
        for (field, value) in wrong.as_object().unwrap() {
            input[field] = value.clone();
        }
        let mut places = places(&purchase(&keeper, "Create", input).await.user_errors("purchaseOrderCreate"));
        for (path, _) in &mut places {
            path.push_str(if path == "input" { "." } else { "" });
        }
        assert_eq!(places, expected(errors), "{wrong}");
    }
    let input =
        json!({ "fromLocationCode": "LOC-0", "toLocationId": shop.locations[0], "lines": [wanted("SKU-0", 1)] });
    let errors = transfer(&keeper, "Create", input).await.user_errors("stockTransferCreate");
    assert_eq!(places(&errors), expected(&[("toLocationId", "INVALID")]));
    let counted = keeper.query("{ purchaseOrders { totalCount } stockTransfers { totalCount } }", json!({})).await;
    assert_eq!(
        counted.data(),
        &json!({ "purchaseOrders": { "totalCount": 0 }, "stockTransfers": { "totalCount": 0 } })
    );
}

async fn everything_wrong_with_a_receipt_is_named_at_its_place(app: TestApp) {
    let (keeper, shop) = shop(&app, 0).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 5)])).await;
    let cases: &[(Value, &[(&str, &str)])] = &[
        (json!([]), &[("lines", "REQUIRED")]),
        (json!([{ "sku": "SKU-0" }]), &[("lines.0", "OUT_OF_RANGE")]),
        (
            json!([{ "sku": "SKU-0", "accepted": -1, "damaged": 1_000_000_001, "qualityControl": -2 }]),
            &[
                ("lines.0.accepted", "OUT_OF_RANGE"),
                ("lines.0.damaged", "OUT_OF_RANGE"),
                ("lines.0.qualityControl", "OUT_OF_RANGE"),
            ],
        ),
        (json!([sound("SKU-0", 1), sound("SKU-1", 1)]), &[("lines.1.sku", "NOT_FOUND")]),
        (json!([sound("NOTHING", 1)]), &[("lines.0.sku", "NOT_FOUND")]),
        (
            json!([sound("SKU-0", 1), { "variantId": shop.variants[0], "accepted": 1 }]),
            &[("lines.1.variantId", "INVALID")],
        ),
        (json!([sound("SKU-0", 6)]), &[("lines.0", "OUT_OF_RANGE")]),
    ];
    for (lines, errors) in cases {
        let answer = purchase(&keeper, "Receive", json!({ "id": id, "lines": lines })).await;
        assert_eq!(places(&answer.user_errors("purchaseOrderReceive")), expected(errors), "{lines}");
    }
    let input = json!({ "id": id, "overReceiptPerMille": 1_000_001, "lines": [sound("SKU-0", 1)] });
    let errors = purchase(&keeper, "Receive", input).await.user_errors("purchaseOrderReceive");
    assert_eq!(places(&errors), expected(&[("overReceiptPerMille", "OUT_OF_RANGE")]));
    assert_eq!(held(&keeper, "SKU-0").await, json!({ "LOC-0": [0, 0, 0, 5] }));
    assert_sound(&keeper).await;
}

async fn a_closed_location_takes_part_in_no_order(app: TestApp) {
    let (keeper, shop) = shop(&app, 0).await;
    let lines = json!([wanted("SKU-0", 5)]);
    let input = json!({ "supplier": "Acme", "locationCode": "LOC-1", "currency": "EUR", "lines": lines });
    let created = purchase(&keeper, "Create", input.clone()).await;
    let id = created.payload("purchaseOrderCreate")["purchaseOrder"]["id"].clone();
    let close =
        "mutation($input: LocationDeactivateInput!) { locationDeactivate(input: $input) { userErrors { code } } }";
    keeper.mutate(close, json!({ "id": shop.locations[1] })).await.payload("locationDeactivate");
    let errors = purchase(&keeper, "Order", json!({ "id": id })).await.user_errors("purchaseOrderOrder");
    assert_eq!(places(&errors), expected(&[("id", "INVALID_STATE")]));
    let errors = purchase(&keeper, "Create", input).await.user_errors("purchaseOrderCreate");
    assert_eq!(places(&errors), expected(&[("locationCode", "INVALID_STATE")]));
    let input = json!({ "fromLocationCode": "LOC-1", "toLocationCode": "NOWHERE", "lines": lines });
    let errors = transfer(&keeper, "Create", input).await.user_errors("stockTransferCreate");
    assert_eq!(places(&errors), expected(&[("fromLocationCode", "INVALID_STATE"), ("toLocationCode", "NOT_FOUND")]));
    assert_eq!(held(&keeper, "SKU-0").await, json!({}));

    // A location that units are on their way to stays open.
    ordered(&keeper, lines).await;
    let answer = keeper.mutate(close, json!({ "id": shop.locations[0] })).await;
    assert_eq!(answer.user_error_codes("locationDeactivate"), ["IN_USE"]);
    assert_sound(&keeper).await;
}

async fn an_id_of_another_kind_names_nothing(app: TestApp) {
    let (keeper, _) = shop(&app, 0).await;
    let id = ordered(&keeper, json!([wanted("SKU-0", 5)])).await;
    let same = json!(id.as_str().unwrap().replace("purchase_order_", "transfer_"));
    let cancelled = transfer(&keeper, "Cancel", json!({ "id": same })).await;
    assert_eq!(cancelled.user_error_codes("stockTransferCancel"), ["NOT_FOUND"]);
    let wrong = transfer(&keeper, "Cancel", json!({ "id": id })).await;
    assert_eq!(wrong.user_error_codes("stockTransferCancel"), ["INVALID"]);
    let answer = keeper
        .query("query($id: ID!) { node(id: $id) { id } stockTransfer(id: $id) { id } }", json!({ "id": same }))
        .await;
    assert_eq!(answer.data(), &json!({ "node": null, "stockTransfer": null }));
    let nothing = reverse(&keeper, &json!("receipt_00000000000000000000000000")).await;
    assert_eq!(nothing.user_error_codes("stockReceiptReverse"), ["NOT_FOUND"]);
    assert_sound(&keeper).await;
}
