//! Only the columns that are asked for are read: each field of a row, asked for by itself, says what it says beside all the others.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use stockroom::inventory::error::InventoryError;
use stockroom::kernel::actor::{Actor, Denied};
use stockroom::kernel::error::Failure;
use stockroom::kernel::write::{Command, Cx, Meta};

use super::shelves::{Shop, Size};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    each_field_says_by_itself_what_it_says_beside_the_others,
    each_order_gives_its_cursors_whatever_is_asked_for,
    each_of_several_lists_has_what_it_asks_for,
);

/// Numbers and texts in every column, so that one that was not read shows.
const FILLED: [&str; 4] = [
    "UPDATE products SET description = '<p>So it is.</p>', vendor = 'Weaver', product_type = 'Tent', version = 3,
        category_id = (SELECT id FROM categories)",
    "UPDATE product_variants SET barcode = sku, compare_at_minor = 1500, weight_grams = 70, backorder_policy = 'ALLOW_UP_TO',
        backorder_limit = 8, version = 4",
    "UPDATE stock_levels SET reserved = 3, damaged = 2, quality_control = 4, incoming = 5, reorder_point = 90, reorder_quantity = 6,
        safety_stock = 1, settings_version = 2",
    "UPDATE stock_levels SET backordered = 2, reserved = on_hand - 4
        WHERE variant_id = (SELECT id FROM product_variants WHERE sku = 'SKU-1') AND location_id = (SELECT id FROM locations WHERE code = 'LOC-1')",
];

async fn shop(app: &TestApp) -> Client {
    let keeper = app.as_role("ADMINISTRATOR").await;
    let category = "mutation($input: CategoryCreateInput!) { categoryCreate(input: $input) { userErrors { code } } }";
    keeper.mutate(category, json!({ "name": "Camping" })).await.payload("categoryCreate");
    let shop = Shop::open(app, Size { products: 3, variants_each: 2, locations: 2 }).await;
    for location in &shop.locations {
        shop.receive_at(&keeper, location, 20).await;
    }
    let sold = "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { userErrors { code } } }";
    for location in &shop.locations {
        let of = |id: &String| json!({ "variantId": id, "locationId": location, "delta": -1 });
        let lines: Vec<Value> = shop.variants.iter().map(of).collect();
        keeper.mutate(sold, json!({ "reason": "SOLD", "lines": lines })).await.payload("stockAdjust");
    }
    let writer = &app.app.services.writer;
    writer.write(&Actor::system("test"), Meta::new("test"), Fill).await.unwrap().outcome.unwrap();
    // Rows without an event.
    writer.freshness().touch_all();
    keeper
}

struct Fill;

impl Command for Fill {
    type Output = ();
    type Error = InventoryError;

    fn authorize(&self, _: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<(), Failure<InventoryError>> {
        for statement in FILLED {
            cx.tx.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// A type of rows; lists of them, with `ROW` for what is asked of each; and fields that may well be empty or zero.
const LISTS: [(&str, &[&str], &[&str]); 3] = [
    (
        "Product",
        &[
            "products { nodes ROW }",
            "products { edges { node ROW } }",
            "categories { nodes { products { nodes ROW } } }",
            "product(handle: \"product-1\") ROW other: product(handle: \"product-2\") ROW",
        ],
        &["tags", "options"],
    ),
    (
        "ProductVariant",
        &[
            "productVariants { nodes ROW }",
            "products { nodes { variants { nodes ROW } } }",
            "product(handle: \"product-1\") { variants { edges { node ROW } } }",
        ],
        &["selectedOptions"],
    ),
    (
        "StockLevel",
        &[
            "stockLevels { nodes ROW }",
            "productVariants { nodes { stockLevels { nodes ROW } } }",
            "products { nodes { variants { nodes { stockLevels { nodes ROW } } } } }",
            "productVariant(sku: \"SKU-1\") { stockLevels { nodes ROW } }",
            "location(code: \"LOC-1\") { stockLevels { edges { node ROW } } }",
        ],
        &["incomingFrom"],
    ),
];

async fn each_field_says_by_itself_what_it_says_beside_the_others(app: TestApp) {
    let client = shop(&app).await;
    for (row, lists, often_empty) in LISTS {
        let fields = fields_of(&client, row).await;
        let all: Vec<&str> = fields.iter().map(|(_, asked)| asked.as_str()).collect();
        for list in lists {
            let whole = rows(&client, list, &all.join(" ")).await;
            assert!(whole.len() > 1, "{list}");
            for (name, asked) in &fields {
                let said: Vec<&Value> = whole.iter().map(|row| &row[name]).collect();
                let shows = said.iter().any(|value| ![json!(null), json!(0), json!(""), json!([])].contains(value));
                assert!(shows || often_empty.contains(&name.as_str()), "{list} shows nothing of {name}");
                let alone = rows(&client, list, asked).await;
                assert_eq!(alone.iter().map(|row| &row[name]).collect::<Vec<_>>(), said, "{name} of {list}");
            }
        }
    }
}

/// The fields of a type that take no argument which must be given, each with what can be asked of it.
async fn fields_of(client: &Client, of: &str) -> Vec<(String, String)> {
    let document = "query($name: String!) { __type(name: $name) { fields { name args { defaultValue type { kind } }
        type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } }";
    let answer = client.query(document, json!({ "name": of })).await;
    let mut fields = Vec::new();
    for field in answer.field("__type")["fields"].as_array().unwrap() {
        let must = |argument: &Value| argument["type"]["kind"] == "NON_NULL" && argument["defaultValue"].is_null();
        if field["args"].as_array().unwrap().iter().any(must) {
            continue;
        }
        let (name, mut of) = (field["name"].as_str().unwrap(), &field["type"]);
        while !of["ofType"].is_null() {
            of = &of["ofType"];
        }
        let asked = match (of["kind"].as_str().unwrap(), of["name"].as_str().unwrap()) {
            ("OBJECT", "Money") => format!("{name} {{ amount currency }}"),
            ("OBJECT", "PriceRange") => format!("{name} {{ min {{ amount }} max {{ amount }} }}"),
            ("OBJECT", list) if list.ends_with("Connection") => format!("{name} {{ totalCount nodes {{ id }} }}"),
            ("OBJECT", "Product" | "ProductVariant" | "Location" | "Category") => format!("{name} {{ id }}"),
            ("OBJECT" | "UNION" | "INTERFACE", _) => format!("{name} {{ __typename }}"),
            _ => name.to_owned(),
        };
        fields.push((name.to_owned(), asked));
    }
    assert!(fields.len() > 10, "{fields:?}");
    fields
}

/// The rows of all lists in an answer, one after the other, asked for this.
async fn rows(client: &Client, list: &str, asked: &str) -> Vec<Value> {
    let document = format!("{{ {} }}", list.replace("ROW", &format!("{{ place: id {asked} }}")));
    let answer = client.query(&document, json!({})).await;
    let mut found = Vec::new();
    gather(answer.data(), &mut found);
    found
}

fn gather(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(row) if row.contains_key("place") => found.push(value.clone()),
        Value::Object(members) => members.values().for_each(|member| gather(member, found)),
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        _ => {}
    }
}

async fn each_order_gives_its_cursors_whatever_is_asked_for(app: TestApp) {
    let client = shop(&app).await;
    for (orders, list) in [
        ("ProductOrder", "products(orderBy: ORDER)"),
        ("ProductVariantOrder", "productVariants(orderBy: ORDER)"),
        ("StockLevelOrder", "stockLevels(orderBy: ORDER)"),
    ] {
        let document = "query($name: String!) { __type(name: $name) { enumValues { name } } }";
        let answer = client.query(document, json!({ "name": orders })).await;
        for order in answer.field("__type")["enumValues"].as_array().unwrap() {
            let list = list.replace("ORDER", order["name"].as_str().unwrap());
            let cursors = async |row: &str| {
                let document = format!("{{ list: {list} {{ edges {{ cursor {row} }} }} }}");
                let edges = client.query(&document, json!({})).await.field("list")["edges"].clone();
                edges.as_array().unwrap().iter().map(|edge| edge["cursor"].clone()).collect::<Vec<_>>()
            };
            let fields = fields_of(&client, orders.trim_end_matches("Order")).await;
            let all: Vec<&str> = fields.iter().map(|(_, asked)| asked.as_str()).collect();
            assert_eq!(cursors("").await, cursors(&format!("node {{ {} }}", all.join(" "))).await, "{list}");
        }
    }
}

/// The same list of the same rows, asked for other things in other places of one operation.
async fn each_of_several_lists_has_what_it_asks_for(app: TestApp) {
    let client = shop(&app).await;
    let document = "query($yes: Boolean! = true) {
        products { nodes {
            variants { nodes { id stockLevels { nodes { damaged } } } }
            again: variants @include(if: $yes) { nodes { sku stockLevels { nodes { version } } } }
            ... @skip(if: $yes) { left: variants { nodes { barcode } } }
            ...Priced
        } }
        product(handle: \"product-0\") { variants { nodes { title ... @include(if: $yes) { weightGrams } } } }
    }
    fragment Priced on Product { priced: variants { edges { node { price { amount } ... on ProductVariant { position } } } } }";
    let answer = client.query(document, json!({})).await;
    let product = &answer.field("products")["nodes"][0];
    let pointed = |path: &str| product.pointer(path).cloned().unwrap_or_default();
    assert_eq!(pointed("/variants/nodes/0/stockLevels/nodes"), json!([{ "damaged": 2 }, { "damaged": 2 }]));
    let again = json!({ "sku": "SKU-0", "stockLevels": { "nodes": [{ "version": 2 }, { "version": 2 }] } });
    assert_eq!(pointed("/again/nodes/0"), again);
    assert_eq!(pointed("/priced/edges/1/node"), json!({ "price": { "amount": "10.00" }, "position": 2 }));
    let other = json!([{ "title": "Variant 0", "weightGrams": 70 }, { "title": "Variant 1", "weightGrams": 70 }]);
    assert_eq!(answer.field("product")["variants"]["nodes"], other);
}
