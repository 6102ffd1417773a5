//! Finding what happened: movements, adjustments and levels by each of their filters.

use serde_json::{Value, json};

use super::shelves::{ADJUST, Shop, line};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    movements_are_found_by_each_filter,
    adjustments_are_found_by_each_filter,
    levels_are_found_by_each_filter,
    bad_filters_are_refused,
    an_adjustment_of_the_history_shows_its_lines_and_movements,
);

async fn post(client: &Client, reason: &str, reference: &str, lines: Vec<Value>) -> Value {
    let input = json!({ "reason": reason, "reference": reference, "lines": lines });
    client.mutate(ADJUST, input).await.payload("stockAdjust")["adjustment"].clone()
}

/// Three adjustments over two variants and two locations.
async fn past(app: &TestApp, keeper: &Client) -> (Shop, Vec<Value>) {
    let shop = Shop::small(app, 2, 2).await;
    let past = vec![
        post(keeper, "RECEIVED", "PO-1", vec![line("SKU-0", "LOC-0", 9), line("SKU-1", "LOC-0", 4)]).await,
        post(keeper, "SOLD", "SO-1", vec![line("SKU-0", "LOC-0", -2)]).await,
        post(keeper, "RECEIVED", "PO-2", vec![line("SKU-1", "LOC-1", 6)]).await,
    ];
    (shop, past)
}

/// The number of rows of a list under a filter.
async fn count(client: &Client, list: &str, filter: Value) -> u64 {
    let kind = format!("S{}Filter", &list[1..list.len() - 1]);
    let document = format!("query($filter: {kind}) {{ {list}(filter: $filter) {{ totalCount nodes {{ id }} }} }}");
    let answer = client.query(&document, json!({ "filter": filter })).await;
    let found = answer.field(list);
    let total = found["totalCount"].as_u64().unwrap();
    assert_eq!(u64::try_from(found["nodes"].as_array().unwrap().len()).unwrap(), total, "{filter}");
    total
}

async fn movements_are_found_by_each_filter(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let (shop, past) = past(&app, &keeper).await;
    for (filter, rows) in [
        (json!({}), 4),
        (json!({ "variantIds": [shop.variants[0]] }), 2),
        (json!({ "skus": ["SKU-1"] }), 2),
        (json!({ "locationIds": [shop.locations[1]] }), 1),
        (json!({ "reasons": ["SOLD"] }), 1),
        (json!({ "references": ["PO-1", "PO-2"] }), 3),
        (json!({ "actorId": past[0]["actorId"] }), 4),
        (json!({ "actorId": "user_00000000000000000000000000" }), 0),
        (json!({ "adjustmentId": past[0]["id"] }), 2),
        (json!({ "from": "2020-01-01T00:00:00Z" }), 4),
        (json!({ "until": "2020-01-01T00:00:00Z" }), 0),
        (json!({ "skus": ["SKU-1"], "locationIds": [shop.locations[0]] }), 1),
    ] {
        assert_eq!(count(&keeper, "stockMovements", filter.clone()).await, rows, "{filter}");
    }
}

async fn adjustments_are_found_by_each_filter(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let (_, past) = past(&app, &keeper).await;
    for (filter, rows) in [
        (json!({}), 3),
        (json!({ "kinds": ["ADJUST"] }), 3),
        (json!({ "kinds": ["SET", "MOVE"] }), 0),
        (json!({ "reasons": ["RECEIVED"] }), 2),
        (json!({ "references": ["SO-1"] }), 1),
        (json!({ "actorId": past[0]["actorId"] }), 3),
        (json!({ "from": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z" }), 0),
    ] {
        assert_eq!(count(&keeper, "stockAdjustments", filter.clone()).await, rows, "{filter}");
    }
}

async fn levels_are_found_by_each_filter(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let (shop, _) = past(&app, &keeper).await;
    let variant = keeper.query("{ productVariant(sku: \"SKU-0\") { product { id } } }", json!({})).await;
    let product = variant.field("productVariant")["product"]["id"].clone();
    for (filter, rows) in [
        (json!({}), 3),
        (json!({ "variantIds": [shop.variants[1]] }), 2),
        (json!({ "skus": ["SKU-0", "NO-SUCH"] }), 1),
        (json!({ "productIds": [product] }), 3),
        (json!({ "locationIds": [shop.locations[0]] }), 2),
        (json!({ "onHand": { "min": 6 } }), 2),
        (json!({ "onHand": { "min": 5, "max": 6 } }), 1),
        (json!({ "available": { "max": 4 } }), 1),
        (json!({ "updatedSince": "2020-01-01T00:00:00Z" }), 3),
    ] {
        assert_eq!(count(&keeper, "stockLevels", filter.clone()).await, rows, "{filter}");
    }
}

async fn bad_filters_are_refused(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    let document = "query($filter: StockLevelFilter) { stockLevels(filter: $filter) { nodes { id } } }";
    for filter in [
        json!({ "variantIds": [shop.locations[0]] }),
        json!({ "variantIds": ["nonsense"] }),
        json!({ "skus": ["a\u{0}b"] }),
        json!({ "skus": vec!["x"; 101] }),
    ] {
        let answer = keeper.query(document, json!({ "filter": filter })).await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{filter}");
    }
}

async fn an_adjustment_of_the_history_shows_its_lines_and_movements(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    past(&app, &keeper).await;
    let document = "{ stockAdjustments(orderBy: CREATED_AT_ASC, first: 1) { nodes {
        reason reference lines { delta onHandAfter variant { sku } }
        movements { totalCount nodes { delta levelVersion reference adjustment { reference } } }
    } } }";
    let answer = keeper.query(document, json!({})).await;
    let expected = json!({
        "reason": "RECEIVED", "reference": "PO-1",
        "lines": [
            { "delta": 9, "onHandAfter": 9, "variant": { "sku": "SKU-0" } },
            { "delta": 4, "onHandAfter": 4, "variant": { "sku": "SKU-1" } },
        ],
        "movements": { "totalCount": 2, "nodes": [
            { "delta": 9, "levelVersion": 1, "reference": "PO-1", "adjustment": { "reference": "PO-1" } },
            { "delta": 4, "levelVersion": 1, "reference": "PO-1", "adjustment": { "reference": "PO-1" } },
        ] },
    });
    assert_eq!(answer.field("stockAdjustments")["nodes"][0], expected);
}
