//! Stock by location is for staff: customers and strangers reach it by no path, and still learn what can be bought.

use serde_json::{Value, json};

use super::shelves::{Shop, adjust, line};
use crate::support::{TestApp, both_databases};

both_databases!(levels_movements_and_adjustments_are_reached_by_no_path, everyone_learns_what_can_be_bought);

async fn levels_movements_and_adjustments_are_reached_by_no_path(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 3)]).await.payload("stockAdjust");
    let document = "{ stockLevels { nodes { id } } stockMovements { nodes { id } } stockAdjustments { nodes { id } } }";
    let answer = keeper.query(document, json!({})).await;
    let id = |list: &str| answer.field(list)["nodes"][0]["id"].clone();
    let ids = [id("stockLevels"), id("stockMovements"), id("stockAdjustments")];
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let seen = keeper.query(nodes, json!({ "ids": ids })).await;
    assert_eq!(seen.field("nodes"), &json!([{ "id": ids[0] }, { "id": ids[1] }, { "id": ids[2] }]));

    for (client, code) in [(app.anonymous(), "UNAUTHENTICATED"), (app.as_role("CUSTOMER").await, "FORBIDDEN")] {
        let hidden = client.query(nodes, json!({ "ids": ids })).await;
        assert_eq!(hidden.field("nodes"), &json!([null, null, null]));
        let below =
            client.query("{ productVariant(sku: \"SKU-0\") { stockLevels { nodes { onHand } } } }", json!({})).await;
        assert_eq!(below.codes(), [code]);
        assert_eq!(below.body["data"], json!({ "productVariant": null }));
    }
}

async fn everyone_learns_what_can_be_bought(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 2, 2).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 3), line("SKU-0", "LOC-1", 4)]).await.payload("stockAdjust");
    let document = "{ one: productVariant(sku: \"SKU-0\") { totalAvailable availableForSale }
        other: productVariant(sku: \"SKU-1\") { totalAvailable availableForSale } }";
    let answer = app.anonymous().query(document, json!({})).await;
    let expected: Value = json!({
        "one": { "totalAvailable": 7, "availableForSale": true },
        "other": { "totalAvailable": 0, "availableForSale": false },
    });
    assert_eq!(answer.data(), &expected);
}
