//! Each action in each state, as a table: what is possible moves on, everything else is refused with the state, and posts nothing.

use serde_json::{Value, json};

use super::{assert_sound, draft, held, ordered, packed, purchase, reverse, shipped, shop, sound, transfer, wanted};
use crate::support::client::{Answer, Client};
use crate::support::{TestApp, both_databases};

both_databases!(
    each_action_on_a_purchase_order_in_each_state,
    each_action_on_a_transfer_in_each_state,
    a_receipt_is_reversed_in_each_state_but_of_a_closed_document,
);

const STATES: [&str; 6] = ["DRAFT", "OPEN", "PARTIALLY_RECEIVED", "RECEIVED", "CLOSED", "CANCELLED"];

/// A purchase order over 4 units in this state.
async fn order_in(client: &Client, state: &str) -> Value {
    let lines = json!([wanted("SKU-0", 4)]);
    let id = if state == "DRAFT" { draft(client, lines).await } else { ordered(client, lines).await };
    match state {
        "PARTIALLY_RECEIVED" | "CLOSED" => arrive(client, &id, 1).await,
        "RECEIVED" => arrive(client, &id, 4).await,
        _ => {}
    }
    match state {
        "CLOSED" => drop(purchase(client, "Close", json!({ "id": id })).await.payload("purchaseOrderClose")),
        "CANCELLED" => drop(purchase(client, "Cancel", json!({ "id": id })).await.payload("purchaseOrderCancel")),
        _ => {}
    }
    id
}

async fn arrive(client: &Client, id: &Value, units: i64) {
    let input = json!({ "id": id, "lines": [sound("SKU-0", units)] });
    purchase(client, "Receive", input).await.payload("purchaseOrderReceive");
}

/// A transfer of 4 units in this state.
async fn transfer_in(client: &Client, state: &str) -> Value {
    let lines = json!([wanted("SKU-0", 4)]);
    let id = if state == "DRAFT" { packed(client, lines).await } else { shipped(client, lines).await };
    let units = match state {
        "PARTIALLY_RECEIVED" | "CLOSED" => 1,
        "RECEIVED" => 4,
        _ => 0,
    };
    if units > 0 {
        let input = json!({ "id": id, "lines": [sound("SKU-0", units)] });
        transfer(client, "Receive", input).await.payload("stockTransferReceive");
    }
    if ["CLOSED", "CANCELLED"].contains(&state) {
        transfer(client, "Cancel", json!({ "id": id })).await.payload("stockTransferCancel");
    }
    id
}

/// The state that an action leads to, or `None` when it is refused for the state, whose name must then be in the message.
fn outcome(answer: &Answer, field: &str, object: &str, state: &str) -> Option<String> {
    let errors = answer.user_errors(field);
    if errors.is_empty() {
        return Some(answer.field(field)[object]["status"].as_str().unwrap().to_owned());
    }
    let error = &errors[0];
    assert_eq!((errors.len(), &error["code"]), (1, &json!("INVALID_STATE")), "{field} in {state}: {error:#}");
    assert!(error["message"].as_str().unwrap().contains(state), "{error:#}");
    None
}

/// The levels and the number of adjustments: what a refused action must leave alone.
async fn trace(client: &Client) -> (Value, Value) {
    let adjustments = client.query("{ stockAdjustments { totalCount } }", json!({})).await;
    (held(client, "SKU-0").await, adjustments.field("stockAdjustments")["totalCount"].clone())
}

async fn each_action_on_a_purchase_order_in_each_state(app: TestApp) {
    let (keeper, _) = shop(&app, 0).await;
    let lines = json!([wanted("SKU-1", 2)]);
    // By state, in the order of STATES: what the action leads to.
    let table: [(&str, Value, [Option<&str>; 6]); 7] = [
        (
            "Update",
            json!({ "note": "by hand" }),
            [Some("DRAFT"), Some("ORDERED"), Some("PARTIALLY_RECEIVED"), None, None, None],
        ),
        ("Update", json!({ "lines": lines }), [Some("DRAFT"), None, None, None, None, None]),
        ("Order", json!({}), [Some("ORDERED"), None, None, None, None, None]),
        (
            "Receive",
            json!({ "lines": [sound("SKU-0", 1)] }),
            [None, Some("PARTIALLY_RECEIVED"), Some("PARTIALLY_RECEIVED"), None, None, None],
        ),
        (
            "Receive",
            json!({ "lines": [sound("SKU-0", 3)] }),
            [None, Some("PARTIALLY_RECEIVED"), Some("RECEIVED"), None, None, None],
        ),
        ("Close", json!({}), [None, None, Some("CLOSED"), None, None, None]),
        ("Cancel", json!({}), [Some("CANCELLED"), Some("CANCELLED"), None, None, None, None]),
    ];
    for (verb, input, expected) in table {
        for (state, expected) in STATES.into_iter().zip(expected) {
            let id = order_in(&keeper, state).await;
            let before = trace(&keeper).await;
            let mut input = input.clone();
            input["id"] = id;
            let answer = purchase(&keeper, verb, input).await;
            let shown = if state == "OPEN" { "ORDERED" } else { state };
            let got = outcome(&answer, &format!("purchaseOrder{verb}"), "purchaseOrder", shown);
            assert_eq!(got.as_deref(), expected, "{verb} in {state}");
            if expected.is_none() {
                assert_eq!(trace(&keeper).await, before, "{verb} in {state} left a trace");
            }
        }
    }
    assert_sound(&keeper).await;
}

async fn each_action_on_a_transfer_in_each_state(app: TestApp) {
    let (keeper, _) = shop(&app, 1_000).await;
    let lines = json!([wanted("SKU-1", 2)]);
    let table: [(&str, Value, [Option<&str>; 6]); 5] = [
        (
            "Update",
            json!({ "note": "by hand" }),
            [Some("DRAFT"), Some("IN_TRANSIT"), Some("PARTIALLY_RECEIVED"), None, None, None],
        ),
        ("Update", json!({ "lines": lines }), [Some("DRAFT"), None, None, None, None, None]),
        ("Ship", json!({}), [Some("IN_TRANSIT"), None, None, None, None, None]),
        (
            "Receive",
            json!({ "lines": [{ "sku": "SKU-0", "accepted": 1, "lost": 2 }] }),
            [None, Some("PARTIALLY_RECEIVED"), Some("RECEIVED"), None, None, None],
        ),
        ("Cancel", json!({}), [Some("CANCELLED"), Some("CANCELLED"), Some("CLOSED"), None, None, None]),
    ];
    for (verb, input, expected) in table {
        for (state, expected) in STATES.into_iter().zip(expected) {
            let id = transfer_in(&keeper, state).await;
            let before = trace(&keeper).await;
            let mut input = input.clone();
            input["id"] = id;
            let answer = transfer(&keeper, verb, input).await;
            let shown = if state == "OPEN" { "IN_TRANSIT" } else { state };
            let got = outcome(&answer, &format!("stockTransfer{verb}"), "stockTransfer", shown);
            assert_eq!(got.as_deref(), expected, "{verb} in {state}");
            if expected.is_none() {
                assert_eq!(trace(&keeper).await, before, "{verb} in {state} left a trace");
            }
        }
    }
    assert_sound(&keeper).await;
}

async fn a_receipt_is_reversed_in_each_state_but_of_a_closed_document(app: TestApp) {
    let (keeper, _) = shop(&app, 0).await;
    for (arrived, close, expected) in [(1, false, Some("ORDERED")), (4, false, Some("ORDERED")), (1, true, None)] {
        let id = ordered(&keeper, json!([wanted("SKU-0", 4)])).await;
        let input = json!({ "id": id, "lines": [sound("SKU-0", arrived)] });
        let received = purchase(&keeper, "Receive", input).await;
        let receipt = received.payload("purchaseOrderReceive")["receipt"]["id"].clone();
        if close {
            purchase(&keeper, "Close", json!({ "id": id })).await.payload("purchaseOrderClose");
        }
        let before = trace(&keeper).await;
        let answer = reverse(&keeper, &receipt).await;
        let document = "query($id: ID!) { purchaseOrder(id: $id) { status } }";
        let status = keeper.query(document, json!({ "id": id })).await.field("purchaseOrder")["status"].clone();
        if let Some(expected) = expected {
            answer.payload("stockReceiptReverse");
            assert_eq!(status, json!(expected));
            let again = reverse(&keeper, &receipt).await;
            assert_eq!(again.user_error_codes("stockReceiptReverse"), ["INVALID_STATE"]);
        } else {
            assert_eq!(answer.user_error_codes("stockReceiptReverse"), ["INVALID_STATE"]);
            assert_eq!((status, trace(&keeper).await), (json!("CLOSED"), before));
        }
    }
    assert_sound(&keeper).await;
}
