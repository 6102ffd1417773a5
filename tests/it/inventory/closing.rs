//! Closing, opening and deleting locations: none with stock is closed, none with a history is deleted.

use serde_json::{Value, json};

use super::shelves::{Shop, adjust, line};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    a_location_with_stock_is_not_closed_and_a_closed_one_takes_none,
    only_a_location_without_a_history_is_deleted,
    closing_and_receiving_at_once_leave_no_stock_at_a_closed_location,
);

pub(super) async fn change(client: &Client, verb: &str, id: &str) -> Value {
    let (field, shown) =
        (format!("location{verb}"), if verb == "Delete" { "deletedId" } else { "location { status }" });
    let document = format!(
        "mutation($input: Location{verb}Input!) {{ {field}(input: $input) {{ {shown} userErrors {{ code field }} }} }}"
    );
    client.mutate(&document, json!({ "id": id })).await.field(&field).clone()
}

fn codes(payload: &Value) -> Vec<&str> {
    payload["userErrors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect()
}

async fn a_location_with_stock_is_not_closed_and_a_closed_one_takes_none(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await.payload("stockAdjust");
    assert_eq!(codes(&change(&keeper, "Deactivate", &shop.locations[0]).await), ["IN_USE"]);
    adjust(&keeper, vec![line("SKU-0", "LOC-0", -5)]).await.payload("stockAdjust");
    let closed = change(&keeper, "Deactivate", &shop.locations[0]).await;
    assert_eq!(closed["location"]["status"], json!("DEACTIVATED"), "{closed}");

    let answer = adjust(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await;
    assert_eq!(answer.user_error_codes("stockAdjust"), ["INVALID_STATE"]);
    assert_eq!(answer.user_errors("stockAdjust")[0]["field"], json!(["input", "lines", "0", "locationCode"]));
    let opened = change(&keeper, "Reactivate", &shop.locations[0]).await;
    assert_eq!(opened["location"]["status"], json!("ACTIVE"), "{opened}");
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await.payload("stockAdjust");
}

async fn only_a_location_without_a_history_is_deleted(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 2).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await.payload("stockAdjust");
    adjust(&keeper, vec![line("SKU-0", "LOC-0", -5)]).await.payload("stockAdjust");
    assert_eq!(codes(&change(&keeper, "Delete", &shop.locations[0]).await), ["IN_USE"]);
    // An empty level is no history.
    adjust(&keeper, vec![line("SKU-0", "LOC-1", 5), line("SKU-0", "LOC-1", -5)]).await.payload("stockAdjust");
    assert_eq!(change(&keeper, "Delete", &shop.locations[1]).await["deletedId"], json!(shop.locations[1]));
    assert_eq!(codes(&change(&keeper, "Delete", &shop.locations[1]).await), ["NOT_FOUND"]);
}

async fn closing_and_receiving_at_once_leave_no_stock_at_a_closed_location(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 10).await;
    for (number, location) in shop.locations.iter().enumerate() {
        let code = format!("LOC-{number}");
        let receive = adjust(&keeper, vec![line("SKU-0", &code, 5)]);
        let (closed, received) = tokio::join!(change(&keeper, "Deactivate", location), receive);
        let (closed, received) = (codes(&closed).is_empty(), received.user_errors("stockAdjust").is_empty());
        assert!(closed != received, "closed: {closed}, received: {received}");
    }
}
