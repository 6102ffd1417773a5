//! Products → variants → levels → location: the number of SQL statements does not depend on how many there are.

use serde_json::{Value, json};

use super::shelves::{Shop, Size, adjust};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_page_of_products_with_their_stock_costs_six_statements_for_ten_and_for_a_hundred,
    stock_is_listed_below_a_variant_and_below_a_location,
    what_a_list_fetches_ahead_is_what_its_rows_have,
    each_mutation_of_a_request_reads_what_it_left,
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

/// The same fields below a page of products, where they are fetched ahead, and below each product, where they are not.
async fn what_a_list_fetches_ahead_is_what_its_rows_have(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::open(&app, Size { products: 4, variants_each: 3, locations: 2 }).await;
    shop.receive(&keeper, 4).await;
    for (number, variant) in (1..).zip(&shop.variants).step_by(2) {
        let line = json!({ "variantId": variant, "locationId": shop.locations[1], "delta": number });
        adjust(&keeper, vec![line]).await.payload("stockAdjust");
    }
    let fields = "{ id ...Fields
        twice: variants(first: 2) { pageInfo { hasNextPage } nodes { sku stockLevels(first: $most) { nodes { onHand } } } }
        maybe: variants(first: 1) @include(if: $no) { nodes { id } }
        ... @skip(if: $no) { last: variants(last: 1) { nodes { sku stockLevels(orderBy: ON_HAND_DESC) { nodes { onHand } } } } } }";
    let fragment = "fragment Fields on Product { variants(first: 2) { pageInfo { hasNextPage } edges { cursor node {
        sku stockLevels(first: $most) { totalCount edges { node { onHand } } } } } } }";
    let variables = "$no: Boolean! = false, $most: Int = 1";
    let list = format!("query({variables}) {{ products(first: 10) {{ nodes {fields} }} }} {fragment}");
    let one = format!("query({variables}, $id: ID) {{ product(id: $id) {fields} }} {fragment}");
    let before = app.statements();
    let products = keeper.query(&list, json!({})).await.field("products")["nodes"].as_array().unwrap().clone();
    // Who asks; products; the first and the last variants; levels of these; and how many levels there are.
    assert_eq!(app.statements() - before, 7);
    assert_eq!(products.len(), 4);
    for product in products {
        assert_eq!(product, *keeper.query(&one, json!({ "id": product["id"] })).await.field("product"));
    }
    // What is wrong is told by the field that it is wrong in; what somebody may not see is not read.
    let wrong = "{ products { nodes { variants(first: 101) { nodes { id } } } } }";
    assert_eq!(keeper.query(wrong, json!({})).await.codes(), ["BAD_USER_INPUT"; 4]);
    let before = app.statements();
    let hidden = "{ products { nodes { variants { nodes { stockLevels { nodes { onHand } } } } } } }";
    let codes = app.anonymous().query(hidden, json!({})).await.codes();
    assert!(codes.iter().all(|code| code == "UNAUTHENTICATED"), "{codes:?}");
    assert_eq!(app.statements() - before, 2);
}

async fn each_mutation_of_a_request_reads_what_it_left(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::open(&app, Size { products: 2, variants_each: 1, locations: 1 }).await;
    shop.receive(&keeper, 4).await;
    // The same lists below two mutations: the second must not be shown what was fetched ahead for the first.
    let levels =
        "products(first: 2) { nodes { variants(first: 1) { nodes { stockLevels(first: 1) { nodes { onHand } } } } } }";
    let left_out = "products(first: 2) { nodes { ... @include(if: $no) { variants(first: 1) { nodes { stockLevels(first: 1) { nodes { onHand } } } } } id } }";
    let document = format!(
        "mutation($input: StockAdjustInput!, $no: Boolean! = false) {{
            one: stockAdjust(input: $input) {{ query {{ {left_out} }} }}
            other: stockAdjust(input: $input) {{ query {{ {levels} }} }}
        }}"
    );
    let line = json!({ "variantId": shop.variants[0], "locationId": shop.locations[0], "delta": 1 });
    let answer = keeper.mutate(&document, json!({ "reason": "OTHER", "lines": [line] })).await;
    let on_hand =
        |units: i64| json!({ "variants": { "nodes": [{ "stockLevels": { "nodes": [{ "onHand": units }] } }] } });
    assert_eq!(answer.body["data"]["other"]["query"]["products"]["nodes"], json!([on_hand(6), on_hand(4)]));
}
