//! Products → variants → levels → location: the number of SQL statements does not depend on how many there are.

use serde_json::{Value, json};

use super::shelves::{Shop, Size};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_page_of_products_with_their_stock_costs_six_statements_for_ten_and_for_a_hundred,
    stock_is_listed_below_a_variant_and_below_a_location,
);

/// Who asks, products, variants, available units, levels, locations.
const STATEMENTS: u64 = 6;

async fn a_page_of_products_with_their_stock_costs_six_statements_for_ten_and_for_a_hundred(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::open(&app, Size { products: 100, variants_each: 2, locations: 2 }).await;
    shop.receive(&keeper, 4).await;
    let document = "query($first: Int) { products(first: $first) { nodes { title variants(first: 2) { nodes {
        sku totalAvailable availableForSale
        stockLevels(first: 2) { nodes { onHand available location { code } } }
    } } } } }";
    for first in [10, 100] {
        let before = app.statements();
        let answer = keeper.query(document, json!({ "first": first })).await;
        let statements = app.statements() - before;
        let products = answer.field("products")["nodes"].as_array().unwrap();
        assert_eq!(products.len(), first);
        let levels = json!([{ "onHand": 4, "available": 4, "location": { "code": "LOC-0" } }]);
        for variant in products.iter().flat_map(|product| product["variants"]["nodes"].as_array().unwrap()) {
            assert_eq!(variant["stockLevels"]["nodes"], levels);
            assert_eq!((&variant["totalAvailable"], &variant["availableForSale"]), (&json!(4), &json!(true)));
        }
        assert_eq!(statements, STATEMENTS, "for {first} products");
    }
}

async fn stock_is_listed_below_a_variant_and_below_a_location(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 3, 2).await;
    shop.receive(&keeper, 2).await;
    let document = "query($id: ID!) {
        location(code: \"LOC-0\") { stockLevels(first: 2) { totalCount pageInfo { hasNextPage } nodes { variant { sku } } } }
        productVariant(id: $id) { stockLevels { totalCount nodes { location { code } } } }
    }";
    let answer = keeper.query(document, json!({ "id": shop.variants[0] })).await;
    let below_location = &answer.field("location")["stockLevels"];
    assert_eq!((&below_location["totalCount"], &below_location["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
    let below_variant: &Value = &answer.field("productVariant")["stockLevels"];
    assert_eq!(below_variant, &json!({ "totalCount": 1, "nodes": [{ "location": { "code": "LOC-0" } }] }));
}
