//! Watching stock: the settings of levels, the list of what is low, what to order, how long it lasts, and the word when a level runs low.

use std::time::Duration;

use serde_json::{Value, json};

use super::shelves::{ADJUST, Shop, Size, adjust, assert_clean, line};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    settings_are_set_kept_and_cleared,
    wrong_settings_are_refused_at_their_field,
    what_is_low_is_listed_by_urgency,
    what_is_on_order_to_a_closed_location_is_not_listed,
    what_is_of_archived_products_is_not_listed,
    a_level_that_nothing_ever_happened_to_keeps_no_variant,
    a_forecast_looks_at_recent_sales_only,
    a_page_of_forecasts_takes_as_many_statements_as_one,
    a_level_that_runs_low_is_told_of_once,
);

const SETTINGS: &str = "mutation($input: StockLevelSettingsUpdateInput!) { stockLevelSettingsUpdate(input: $input) {
    level { onHand version reorderPoint reorderQuantity safetyStock settingsVersion reorderMargin isLowStock suggestedOrderQuantity }
    userErrors { __typename code field ... on StaleVersionError { currentVersion } }
} }";

/// Changes the settings of a level and shows it.
async fn set(client: &Client, sku: &str, location: &str, settings: Value) -> Value {
    let mut input = json!({ "sku": sku, "locationCode": location });
    input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    client.mutate(SETTINGS, input).await.payload("stockLevelSettingsUpdate")["level"].clone()
}

async fn settings_are_set_kept_and_cleared(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    // A level begins with its settings.
    let level =
        set(&keeper, "SKU-0", "LOC-0", json!({ "reorderPoint": 5, "reorderQuantity": 12, "safetyStock": 2 })).await;
    let expected = json!({
        "onHand": 0, "version": 0, "reorderPoint": 5, "reorderQuantity": 12, "safetyStock": 2, "settingsVersion": 1,
        "reorderMargin": -5, "isLowStock": true, "suggestedOrderQuantity": 12,
    });
    assert_eq!(level, expected);
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 8)]).await.payload("stockAdjust");
    let level = set(&keeper, "SKU-0", "LOC-0", json!({ "expectedVersion": 1, "reorderQuantity": null })).await;
    let expected = json!({
        "onHand": 8, "version": 1, "reorderPoint": 5, "reorderQuantity": null, "safetyStock": 2, "settingsVersion": 2,
        "reorderMargin": 3, "isLowStock": false, "suggestedOrderQuantity": null,
    });
    assert_eq!(level, expected);
    // Nothing to change is no new version.
    assert_eq!(set(&keeper, "SKU-0", "LOC-0", json!({ "safetyStock": 2 })).await, expected);
    let level = set(&keeper, "SKU-0", "LOC-0", json!({ "reorderPoint": null, "safetyStock": null })).await;
    assert_eq!(
        (&level["reorderPoint"], &level["reorderMargin"], &level["safetyStock"]),
        (&Value::Null, &Value::Null, &json!(0))
    );
    assert_eq!(level["isLowStock"], json!(false));
    let entries = app.as_role("ADMINISTRATOR").await;
    let log =
        entries.query("{ auditLog(filter: { actions: [\"stock_level.configure\"] }) { totalCount } }", json!({})).await;
    assert_eq!(log.field("auditLog")["totalCount"], json!(3));
    assert_clean(&keeper, 1).await;
}

async fn wrong_settings_are_refused_at_their_field(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    set(&keeper, "SKU-0", "LOC-0", json!({ "reorderPoint": 5 })).await;
    let (variant, location) = (&shop.variants[0], &shop.locations[0]);
    let none = "00000000000000000000000000";
    for (input, code, field) in [
        (json!({ "sku": "SKU-0", "locationCode": "LOC-0", "expectedVersion": 0 }), "STALE", "expectedVersion"),
        (json!({ "sku": "NO-SUCH", "locationCode": "LOC-0" }), "NOT_FOUND", "sku"),
        (json!({ "sku": "SKU-0", "locationCode": "NOWHERE" }), "NOT_FOUND", "locationCode"),
        (json!({ "variantId": format!("variant_{none}"), "locationId": location }), "NOT_FOUND", "variantId"),
        (json!({ "variantId": variant, "locationId": format!("location_{none}") }), "NOT_FOUND", "locationId"),
        (json!({ "sku": "SKU-0", "locationCode": "LOC-0", "reorderPoint": -1 }), "OUT_OF_RANGE", "reorderPoint"),
        (json!({ "sku": "SKU-0", "locationCode": "LOC-0", "reorderQuantity": 0 }), "OUT_OF_RANGE", "reorderQuantity"),
        (
            json!({ "sku": "SKU-0", "locationCode": "LOC-0", "safetyStock": 1_000_000_001 }),
            "OUT_OF_RANGE",
            "safetyStock",
        ),
    ] {
        let answer = keeper.mutate(SETTINGS, input.clone()).await;
        let errors = answer.user_errors("stockLevelSettingsUpdate").clone();
        assert_eq!((&errors[0]["code"], &errors[0]["field"]), (&json!(code), &json!(["input", field])), "{input}");
    }
    let level = keeper.query("{ stockLevels { totalCount nodes { settingsVersion } } }", json!({})).await;
    assert_eq!(*level.field("stockLevels"), json!({ "totalCount": 1, "nodes": [{ "settingsVersion": 1 }] }));
}

/// The list of what is low: SKU and margin, the most urgent first, by pages of one.
async fn low(client: &Client) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), Value::Null);
    let document = "query($after: String) {
        stockLevels(filter: { lowStock: true }, orderBy: REORDER_MARGIN_ASC, first: 1, after: $after) {
            nodes { variant { sku } reorderMargin suggestedOrderQuantity } pageInfo { hasNextPage endCursor } } }";
    loop {
        let answer = client.query(document, json!({ "after": after })).await;
        let page = answer.field("stockLevels");
        let nodes = page["nodes"].as_array().unwrap();
        found.extend(
            nodes
                .iter()
                .map(|node| json!([node["variant"]["sku"], node["reorderMargin"], node["suggestedOrderQuantity"]])),
        );
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            return found;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

async fn what_is_low_is_listed_by_urgency(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 5, 1).await;
    shop.receive(&keeper, 10).await;
    for (sku, point, lot) in [("SKU-0", 10, Some(4)), ("SKU-1", 30, Some(24)), ("SKU-2", 9, None), ("SKU-3", 12, None)]
    {
        set(&keeper, sku, "LOC-0", json!({ "reorderPoint": point, "reorderQuantity": lot })).await;
    }
    assert_eq!(low(&keeper).await, [json!(["SKU-1", -20, 24]), json!(["SKU-3", -2, 3]), json!(["SKU-0", 0, 4])]);
    adjust(&keeper, vec![line("SKU-2", "LOC-0", -9), line("SKU-1", "LOC-0", 40)]).await.payload("stockAdjust");
    assert_eq!(low(&keeper).await, [json!(["SKU-2", -8, 9]), json!(["SKU-3", -2, 3]), json!(["SKU-0", 0, 4])]);
    // What is damaged cannot be sold.
    let reclassify =
        "mutation($input: StockReclassifyInput!) { stockReclassify(input: $input) { userErrors { code } } }";
    let lines =
        json!([{ "sku": "SKU-1", "locationCode": "LOC-0", "from": "AVAILABLE", "to": "DAMAGED", "quantity": 25 }]);
    keeper.mutate(reclassify, json!({ "lines": lines })).await.payload("stockReclassify");
    assert_eq!(low(&keeper).await[1], json!(["SKU-1", -5, 24]));
    let rest = "{ stockLevels(filter: { lowStock: false }) { totalCount nodes { variant { sku } isLowStock } } }";
    let rest = keeper.query(rest, json!({})).await;
    let expected = json!({ "totalCount": 1, "nodes": [{ "variant": { "sku": "SKU-4" }, "isLowStock": false }] });
    assert_eq!(*rest.field("stockLevels"), expected);
}

async fn what_is_on_order_to_a_closed_location_is_not_listed(app: TestApp) {
    let (keeper, administrator) = (app.as_role("INVENTORY_MANAGER").await, app.as_role("ADMINISTRATOR").await);
    let shop = Shop::small(&app, 1, 1).await;
    set(&keeper, "SKU-0", "LOC-0", json!({ "reorderPoint": 5 })).await;
    assert_eq!(low(&keeper).await, [json!(["SKU-0", -5, 6])]);
    let close =
        "mutation($input: LocationDeactivateInput!) { locationDeactivate(input: $input) { userErrors { code } } }";
    administrator.mutate(close, json!({ "id": shop.locations[0] })).await.payload("locationDeactivate");
    assert!(low(&keeper).await.is_empty());
    let others = keeper.query("{ stockLevels(filter: { lowStock: false }) { totalCount } }", json!({})).await;
    assert_eq!(others.field("stockLevels")["totalCount"], json!(1));
}

/// `productArchive` and its like, by the id of what is to be changed; the codes of what was wrong.
async fn change(client: &Client, mutation: &str, id: &Value) -> Vec<String> {
    let kind = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
    let document =
        format!("mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
    client.mutate(&document, json!({ "id": id })).await.user_error_codes(mutation)
}

async fn what_is_of_archived_products_is_not_listed(app: TestApp) {
    let (keeper, administrator) = (app.as_role("INVENTORY_MANAGER").await, app.as_role("ADMINISTRATOR").await);
    Shop::open(&app, Size { products: 2, variants_each: 1, locations: 1 }).await;
    for sku in ["SKU-0", "SKU-1"] {
        set(&keeper, sku, "LOC-0", json!({ "reorderPoint": 5 })).await;
    }
    assert_eq!(low(&keeper).await.len(), 2);
    let product = administrator.query("{ product(handle: \"product-0\") { id } }", json!({})).await;
    let archived = change(&administrator, "productArchive", &product.field("product")["id"]).await;
    assert_eq!(archived, [""; 0]);
    assert_eq!(low(&keeper).await, [json!(["SKU-1", -5, 6])]);
    let others = keeper.query("{ stockLevels(filter: { lowStock: false }) { nodes { variant { sku } } } }", json!({}));
    assert_eq!(others.await.field("stockLevels")["nodes"], json!([{ "variant": { "sku": "SKU-0" } }]));
}

async fn a_level_that_nothing_ever_happened_to_keeps_no_variant(app: TestApp) {
    let (keeper, administrator) = (app.as_role("INVENTORY_MANAGER").await, app.as_role("ADMINISTRATOR").await);
    let shop = Shop::open(&app, Size { products: 2, variants_each: 2, locations: 1 }).await;
    for sku in ["SKU-0", "SKU-1", "SKU-2", "SKU-3"] {
        set(&keeper, sku, "LOC-0", json!({ "reorderPoint": 5 })).await;
    }
    for delta in [1, -1] {
        adjust(&keeper, vec![line("SKU-1", "LOC-0", delta)]).await.payload("stockAdjust");
    }
    let delete =
        async |variant: usize| change(&administrator, "productVariantDelete", &json!(shop.variants[variant])).await;
    assert_eq!(delete(1).await, ["IN_USE"]);
    assert_eq!(delete(0).await, [""; 0]);
    // A whole product goes the same way.
    let product = administrator.query("{ product(handle: \"product-1\") { id } }", json!({})).await;
    assert_eq!(change(&administrator, "productDelete", &product.field("product")["id"]).await, [""; 0]);
    assert_eq!(low(&keeper).await, [json!(["SKU-1", -5, 6])]);
    assert_clean(&keeper, 1).await;
}

/// Posts one line for a reason.
async fn post(client: &Client, reason: &str, delta: i64) {
    let input = json!({ "reason": reason, "lines": [line("SKU-0", "LOC-0", delta)] });
    client.mutate(ADJUST, input).await.payload("stockAdjust");
}

async fn a_forecast_looks_at_recent_sales_only(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    Shop::small(&app, 1, 1).await;
    let day = Duration::from_hours(24);
    let forecast = async |app: &TestApp| {
        let reader = app.as_role("SUPPORT").await;
        let document = "{ stockLevel(sku: \"SKU-0\", locationCode: \"LOC-0\") {
            sold: unitsSold month: daysOfCover week: daysOfCover(days: 7) } }";
        reader.query(document, json!({})).await.field("stockLevel").clone()
    };
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    post(&keeper, "RECEIVED", 200).await;
    post(&keeper, "SOLD", -10).await;
    // Five a day for the two days that the level is old.
    hand.advance(day * 2);
    assert_eq!(forecast(&app).await, json!({ "sold": 10, "month": "38.0", "week": "38.0" }));
    // Forty days later nothing has been sold in the last thirty.
    hand.advance(day * 38);
    assert_eq!(forecast(&app).await, json!({ "sold": 0, "month": null, "week": null }));
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    post(&keeper, "DAMAGED", -50).await;
    post(&keeper, "SOLD", -45).await;
    post(&keeper, "SOLD", 5).await;
    hand.advance(day * 10);
    // 100 left, 40 sold in 30 days; none in the last 7.
    assert_eq!(forecast(&app).await, json!({ "sold": 40, "month": "75.0", "week": null }));
    let reader = app.as_role("SUPPORT").await;
    let answer = reader.query("{ stockLevels { nodes { daysOfCover(days: 366) } } }", json!({})).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
}

async fn a_page_of_forecasts_takes_as_many_statements_as_one(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 40, 1).await;
    shop.receive(&keeper, 3).await;
    let list = async |first: usize| {
        let document = format!(
            "{{ stockLevels(orderBy: REORDER_MARGIN_ASC, first: {first}) {{ nodes {{
                isLowStock suggestedOrderQuantity unitsSold daysOfCover }} }} }}"
        );
        let before = app.statements();
        let nodes = keeper.query(&document, json!({})).await.field("stockLevels")["nodes"].clone();
        assert_eq!(nodes.as_array().unwrap().len(), first);
        app.statements() - before
    };
    assert_eq!(list(1).await, list(40).await);
}

async fn a_level_that_runs_low_is_told_of_once(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 3, 1).await;
    shop.receive(&keeper, 10).await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    let watch = "subscription($variants: [ID!]) { lowStockReached(variantIds: $variants) {
        variant { sku } location { code } available reorderPoint reorderMargin suggestedOrderQuantity adjustment { reference } } }";
    socket.subscribe("1", watch, json!({ "variants": [shop.variants[0], shop.variants[1]] })).await;
    // From the first event on the subscription is known to listen.
    loop {
        set(&keeper, "SKU-1", "LOC-0", json!({ "reorderPoint": 10, "reorderQuantity": 6 })).await;
        if let Ok(event) = tokio::time::timeout(Duration::from_millis(500), socket.event("1")).await {
            let expected = json!({
                "variant": { "sku": "SKU-1" }, "location": { "code": "LOC-0" }, "available": 10, "reorderPoint": 10,
                "reorderMargin": 0, "suggestedOrderQuantity": 6, "adjustment": null,
            });
            assert_eq!(event["lowStockReached"], expected);
            break;
        }
        set(&keeper, "SKU-1", "LOC-0", json!({ "reorderPoint": null })).await;
    }
    set(&keeper, "SKU-0", "LOC-0", json!({ "reorderPoint": 4 })).await;
    set(&keeper, "SKU-2", "LOC-0", json!({ "reorderPoint": 4 })).await;
    let take = async |reference: &str, sku: &str, delta: i64| {
        let input = json!({ "reason": "SOLD", "reference": reference, "lines": [line(sku, "LOC-0", delta)] });
        keeper.mutate(ADJUST, input).await.payload("stockAdjust");
    };
    // Not yet; now; still; another variant, which nobody asked for; again after it was filled up.
    for (reference, sku, delta) in [
        ("A", "SKU-0", -5),
        ("B", "SKU-0", -1),
        ("C", "SKU-0", -1),
        ("D", "SKU-2", -9),
        ("E", "SKU-0", 5),
        ("F", "SKU-0", -8),
    ] {
        take(reference, sku, delta).await;
    }
    let mut told = Vec::new();
    while told.len() < 2 {
        let event = socket.event("1").await["lowStockReached"].clone();
        // Settings of the beginning may still be told of.
        if event["variant"]["sku"] == json!("SKU-0") {
            told.push(json!([event["adjustment"]["reference"], event["available"], event["reorderMargin"]]));
        }
    }
    assert_eq!(told, [json!(["B", 4, 0]), json!(["F", 0, -4])]);
}
