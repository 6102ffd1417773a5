//! What may be promised: less than is there, where a level keeps some back, and more, where a variant may be backordered.

use std::time::Duration;

use serde_json::json;

use super::{change, create, level, reserved, stocked, want, want_at};
use crate::inventory::shelves::{adjust, assert_clean, line};
use crate::support::{TestApp, both_databases};

both_databases!(
    safety_stock_is_left_for_others,
    backorders_go_as_far_as_the_policy,
    nobody_is_sold_what_was_promised_to_another,
    what_another_was_promised_is_sold_once_that_has_expired,
);

async fn safety_stock_is_left_for_others(app: TestApp) {
    let (keeper, shop) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 9)]).await;
    let settings = "mutation($input: StockLevelSettingsUpdateInput!) { stockLevelSettingsUpdate(input: $input) { userErrors { code field } } }";
    let input = json!({ "variantId": shop.variants[0], "locationId": shop.locations[0], "safetyStock": 4 });
    keeper.mutate(settings, input).await.payload("stockLevelSettingsUpdate");
    let refused = create(&keeper, json!({ "lines": [want("SKU-0", 6)] })).await.user_errors("reservationCreate");
    assert_eq!((&refused[0]["available"], &refused[0]["requested"]), (&json!(5), &json!(6)));
    reserved(&keeper, &[want("SKU-0", 5)], None).await;
    // Whoever stands at the till may take it.
    adjust(&keeper, vec![line("SKU-0", "LOC-0", -4)]).await.payload("stockAdjust");
    assert_clean(&keeper, 1).await;
}

pub(super) async fn set_policy(app: &TestApp, variant: &str, policy: &str, limit: Option<i64>) -> Vec<String> {
    let editor = app.as_role("ADMINISTRATOR").await;
    let document = "mutation($input: ProductVariantUpdateInput!) { productVariantUpdate(input: $input) {
        productVariant { backorderPolicy backorderLimit } userErrors { code field } } }";
    let input = json!({ "id": variant, "backorderPolicy": policy, "backorderLimit": limit });
    editor.mutate(document, input).await.user_error_codes("productVariantUpdate")
}

async fn backorders_go_as_far_as_the_policy(app: TestApp) {
    let (keeper, shop) = stocked(&app, (1, 2), &[line("SKU-0", "LOC-0", 2), line("SKU-0", "LOC-1", 1)]).await;
    assert_eq!(set_policy(&app, &shop.variants[0], "ALLOW_UP_TO", None).await, ["INVALID"]);
    assert_eq!(set_policy(&app, &shop.variants[0], "DENY", Some(3)).await, ["INVALID"]);
    assert_eq!(set_policy(&app, &shop.variants[0], "ALLOW_UP_TO", Some(4)).await, [""; 0]);
    let late = reserved(&keeper, &[want_at("SKU-0", "LOC-1", 3)], None).await;
    assert_eq!(level(&keeper, "SKU-0", "LOC-1").await, [1, 3, 0, 2]);
    // The limit is over all locations.
    let refused = create(&keeper, json!({ "lines": [want("SKU-0", 5)] })).await.user_errors("reservationCreate");
    assert_eq!((&refused[0]["available"], &refused[0]["requested"]), (&json!(4), &json!(5)));
    let more = create(&keeper, json!({ "lines": [want("SKU-0", 4)] })).await;
    let line_of = &more.payload("reservationCreate")["reservation"]["lines"][0];
    assert_eq!((&line_of["held"], &line_of["backordered"]), (&json!(4), &json!(2)));
    // What is not there cannot be sold.
    let unsold = change(&keeper, "Fulfil", json!({ "id": late })).await;
    assert_eq!(unsold["userErrors"][0]["code"], json!("INSUFFICIENT_STOCK"));
    change(&keeper, "Release", json!({ "id": late })).await;
    assert_eq!(level(&keeper, "SKU-0", "LOC-1").await, [1, 0, 1, 0]);
    assert_eq!(set_policy(&app, &shop.variants[0], "ALLOW", None).await, [""; 0]);
    reserved(&keeper, &[want("SKU-0", 500)], None).await;
    assert_clean(&keeper, 2).await;
}

async fn nobody_is_sold_what_was_promised_to_another(app: TestApp) {
    let (keeper, shop) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 2)]).await;
    set_policy(&app, &shop.variants[0], "ALLOW", None).await;
    reserved(&keeper, &[want("SKU-0", 2)], None).await;
    let late = reserved(&keeper, &[want("SKU-0", 2)], None).await;
    let refused = change(&keeper, "Fulfil", json!({ "id": late })).await;
    assert_eq!(
        (&refused["userErrors"][0]["available"], &refused["userErrors"][0]["requested"]),
        (&json!(0), &json!(2))
    );
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 2)]).await.payload("stockAdjust");
    assert_eq!(change(&keeper, "Fulfil", json!({ "id": late })).await["reservation"]["status"], json!("FULFILLED"));
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [2, 2, 0, 0]);
    assert_clean(&keeper, 1).await;
}

async fn what_another_was_promised_is_sold_once_that_has_expired(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let (keeper, shop) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 2)]).await;
    set_policy(&app, &shop.variants[0], "ALLOW", None).await;
    reserved(&keeper, &[want("SKU-0", 2)], Some(60)).await;
    let late = reserved(&keeper, &[want("SKU-0", 2)], None).await;
    clock.advance(Duration::from_mins(1));
    assert_eq!(change(&keeper, "Fulfil", json!({ "id": late })).await["reservation"]["status"], json!("FULFILLED"));
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [0, 0, 0, 0]);
    assert_clean(&keeper, 1).await;
}
