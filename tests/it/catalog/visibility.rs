//! What is not on sale does not exist for customers, by any path; staff see it by all of them.

use serde_json::{Value, json};
use stockroom::catalog::entity::category::CategoryId;
use stockroom::catalog::entity::product::Status;

use crate::support::client::Client;
use crate::support::fixtures::{NewCategory, NewProduct, NewVariant};
use crate::support::{TestApp, both_databases};

both_databases!(
    customers_see_what_is_on_sale_and_nothing_else_by_any_path,
    staff_see_everything_by_every_path,
    a_product_taken_off_the_shop_is_gone_for_customers_at_once,
);

/// One product of each status, each with an option and a variant, all in one category.
async fn fill(app: &TestApp) -> CategoryId {
    let category = app.category(NewCategory::named("Tents")).await;
    for (name, status) in [("active", Status::Active), ("draft", Status::Draft), ("archived", Status::Archived)] {
        let variant = NewVariant::sku(&format!("SKU-{name}")).values(&[&format!("Value {name}")]);
        let product = NewProduct::titled(&format!("Tent {name}"))
            .status(status)
            .vendor("Nordwand")
            .category(category)
            .tags(&["tag"])
            .option("Kind", &[&format!("Value {name}")])
            .variant(NewVariant { barcode: Some(format!("BAR-{name}")), ..variant });
        app.product(product).await;
    }
    category
}

/// The ids of everything in the shop, as an administrator sees them.
async fn everything(app: &TestApp) -> Vec<String> {
    let document = "{ products { nodes { id options { id values { id } } variants { nodes { id } } } } }";
    let seen = app.as_role("ADMINISTRATOR").await.query(document, json!({})).await;
    let mut ids = Vec::new();
    collect_ids(seen.data(), &mut ids);
    assert_eq!(ids.len(), 12);
    ids
}

fn collect_ids(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
            Value::String(id) if name == "id" => ids.push(id.clone()),
            _ => collect_ids(value, ids),
        }),
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, ids)),
        _ => {}
    }
}

/// Every list through which products or variants can be seen.
const LISTS: &str = r#"query($category: ID!, $skus: [String!]) {
    all: products { totalCount nodes { title } }
    byStatus: products(filter: { status: [ACTIVE, DRAFT, ARCHIVED] }) { totalCount nodes { title } }
    byNot: products(filter: { not: { status: [ACTIVE] } }) { totalCount nodes { title } }
    byQuery: products(filter: { query: "sku-" }) { totalCount nodes { title } }
    byVendor: products(filter: { vendors: ["Nordwand"] }, orderBy: VENDOR_DESC) { totalCount nodes { title } }
    byTag: products(filter: { or: [{ tags: ["tag"] }, { status: [DRAFT] }] }) { totalCount nodes { title } }
    byHandle: products(filter: { handles: ["tent-active", "tent-draft", "tent-archived"] }) { totalCount nodes { title } }
    byCategory: products(filter: { categoryIds: [$category] }) { totalCount nodes { title } }
    byPrice: products(filter: { priceMin: { amount: "1", currency: "EUR" } }) { totalCount nodes { title } }
    category(id: $category) { products { totalCount nodes { title variants { totalCount } } } }
    node(id: $category) { ... on Category { products(last: 5) { totalCount nodes { title } } } }
    variants: productVariants { totalCount nodes { sku } }
    variantsBySku: productVariants(filter: { skus: $skus }) { totalCount nodes { sku } }
    variantsByQuery: productVariants(filter: { query: "bar-" }) { totalCount nodes { sku } }
}"#;

/// How many products or variants each list of [`LISTS`] shows and counts.
async fn seen(client: &Client, category: CategoryId) -> Vec<(String, u64, u64)> {
    let skus = ["SKU-active", "SKU-draft", "SKU-archived"];
    let answer = client.query(LISTS, json!({ "category": category.to_string(), "skus": skus })).await;
    let lists = answer.data().as_object().unwrap().iter().map(|(name, list)| {
        let list = list.get("products").unwrap_or(list);
        let shown = u64::try_from(list["nodes"].as_array().unwrap().len()).unwrap();
        (name.clone(), shown, list["totalCount"].as_u64().unwrap())
    });
    lists.collect()
}

async fn customers_see_what_is_on_sale_and_nothing_else_by_any_path(app: TestApp) {
    let category = fill(&app).await;
    let ids = everything(&app).await;
    for client in [app.anonymous(), app.as_role("CUSTOMER").await] {
        for (list, shown, counted) in seen(&client, category).await {
            let expected = u64::from(list != "byNot");
            assert_eq!((shown, counted), (expected, expected), "{list}");
        }
        let nodes = client.query("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
        let visible = nodes.field("nodes").as_array().unwrap().iter().filter(|node| !node.is_null()).count();
        assert_eq!(visible, 4, "a product, an option, its value and a variant");
        for id in &ids {
            let one = client.query("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            let listed = nodes.field("nodes").as_array().unwrap().iter().any(|node| node["id"] == json!(id));
            assert_eq!(!one.field("node").is_null(), listed, "node and nodes disagree about {id}");
            for (prefix, field) in [("product_", "product"), ("variant_", "productVariant")] {
                if id.starts_with(prefix) {
                    let document = format!("query($id: ID!) {{ {field}(id: $id) {{ id }} }}");
                    let found = client.query(&document, json!({ "id": id })).await;
                    assert_eq!(!found.field(field).is_null(), listed, "{field}(id:) of {id}");
                }
            }
        }
        for name in ["active", "draft", "archived"] {
            let document = format!(
                r#"{{ product(handle: "tent-{name}") {{ id }} productVariant(sku: "SKU-{name}") {{ id product {{ id }} }} }}"#
            );
            let found = client.query(&document, json!({})).await;
            for field in ["product", "productVariant"] {
                assert_eq!(found.field(field).is_null(), name != "active", "{field} {name}");
            }
        }
    }
}

async fn staff_see_everything_by_every_path(app: TestApp) {
    let category = fill(&app).await;
    let ids = everything(&app).await;
    for role in ["CATALOG_MANAGER", "INVENTORY_MANAGER", "SUPPORT"] {
        let client = app.as_role(role).await;
        for (list, shown, counted) in seen(&client, category).await {
            let expected = if list == "byNot" { 2 } else { 3 };
            assert_eq!((shown, counted), (expected, expected), "{list} as {role}");
        }
        let nodes = client.query("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
        let visible: Vec<_> = nodes.field("nodes").as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
        assert_eq!(json!(visible), json!(ids), "as {role}");
        let document = r#"{ product(handle: "tent-draft") { status } productVariant(sku: "SKU-archived") { sku } }"#;
        let found = client.query(document, json!({})).await;
        assert_eq!(found.field("product")["status"], json!("DRAFT"));
        assert_eq!(found.field("productVariant")["sku"], json!("SKU-archived"));
    }
}

async fn a_product_taken_off_the_shop_is_gone_for_customers_at_once(app: TestApp) {
    fill(&app).await;
    let (customer, staff) = (app.anonymous(), app.as_role("SUPPORT").await);
    let document = r#"{ product(handle: "tent-active") { variants { nodes { id product { title } } } } }"#;
    let before = customer.query(document, json!({})).await;
    let variant = before.field("product")["variants"]["nodes"][0]["id"].clone();
    app.set_product_status("tent-active", Status::Archived).await;
    let by_id = "query($id: ID!) { productVariant(id: $id) { product { status } } }";
    assert_eq!(customer.query(by_id, json!({ "id": variant })).await.field("productVariant"), &json!(null));
    let seen = staff.query(by_id, json!({ "id": variant })).await;
    assert_eq!(seen.field("productVariant")["product"]["status"], json!("ARCHIVED"));
    assert_eq!(customer.query(document, json!({})).await.field("product"), &json!(null));
}
