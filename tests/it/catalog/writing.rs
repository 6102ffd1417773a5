//! What the tests of the catalog's writes share: the mutations as documents, and inputs that are good as they are.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::{Answer, Client};

pub(super) const PRODUCT_CREATE: &str = "mutation($input: ProductCreateInput!) {
    productCreate(input: $input) {
        product { ...All }
        userErrors { code message field }
    }
}
fragment All on Product {
    id title handle description status vendor productType tags version category { name }
    options { name position values { value position } }
    variants { totalCount nodes {
        id sku title barcode weightGrams position version selectedOptions { name value }
        price { amount currency } compareAtPrice { amount currency }
    } }
}";

pub(super) const PRODUCT_UPDATE: &str = "mutation($input: ProductUpdateInput!) {
    productUpdate(input: $input) {
        product { title handle description status vendor productType tags version category { name } }
        userErrors { code field ... on StaleVersionError { currentVersion } }
    }
}";

pub(super) const VARIANT_CREATE: &str = "mutation($input: ProductVariantCreateInput!) {
    productVariantCreate(input: $input) {
        productVariant { id sku title version product { version options { values { value } } } }
        userErrors { code message field }
    }
}";

pub(super) const VARIANT_UPDATE: &str = "mutation($input: ProductVariantUpdateInput!) {
    productVariantUpdate(input: $input) {
        productVariant {
            sku title barcode weightGrams version price { amount currency } compareAtPrice { amount currency } product { version }
        }
        userErrors { code field ... on StaleVersionError { currentVersion } }
    }
}";

pub(super) const VARIANT_DELETE: &str = "mutation($input: ProductVariantDeleteInput!) {
    productVariantDelete(input: $input) {
        deletedProductVariantId product { version variants { nodes { sku } } } userErrors { code message field }
    }
}";

pub(super) const CATEGORY_CREATE: &str = "mutation($input: CategoryCreateInput!) {
    categoryCreate(input: $input) { category { id name handle position version parent { name } } userErrors { code message field } }
}";

pub(super) const CATEGORY_UPDATE: &str = "mutation($input: CategoryUpdateInput!) {
    categoryUpdate(input: $input) {
        category { name handle description position version parent { name } } userErrors { code message field }
    }
}";

/// A mutation that takes an id and perhaps a version, such as `productArchive`; `selection` is of its payload.
pub(super) fn by_id(mutation: &str, selection: &str) -> String {
    let input = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    format!(
        "mutation($input: {input}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code message field }} }} }}"
    )
}

/// Someone who may change the catalog.
pub(super) async fn manager(app: &TestApp) -> Client {
    app.as_role("CATALOG_MANAGER").await
}

/// An amount in euros.
pub(super) fn eur(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// A variant with these option values.
pub(super) fn variant(sku: &str, selected: &[(&str, &str)]) -> Value {
    let selected: Vec<_> = selected.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({ "sku": sku, "price": eur("10.00"), "selectedOptions": selected })
}

/// A product with one variant, whose SKU is the title.
pub(super) fn plain(title: &str) -> Value {
    json!({ "title": title, "variants": [variant(title, &[])] })
}

/// Creates a product, which must succeed.
pub(super) async fn create(client: &Client, input: Value) -> Value {
    client.mutate(PRODUCT_CREATE, input).await.payload("productCreate")["product"].clone()
}

/// Creates a category, which must succeed.
pub(super) async fn category(client: &Client, name: &str, parent: Option<&Value>) -> Value {
    let answer = client.mutate(CATEGORY_CREATE, json!({ "name": name, "parentId": parent })).await;
    answer.payload("categoryCreate")["category"].clone()
}

/// The user errors of an answer as `CODE path.to.field`.
#[track_caller]
pub(super) fn problems(answer: &Answer, mutation: &str) -> Vec<String> {
    let path = |error: &Value| {
        let path = error["field"].as_array().into_iter().flatten().map(|part| part.as_str().unwrap().to_owned());
        path.collect::<Vec<_>>().join(".")
    };
    let text = |error: &Value| format!("{} {}", error["code"].as_str().unwrap(), path(error));
    answer.user_errors(mutation).iter().map(text).collect()
}

/// The actions in the audit log about the catalog, the newest first.
pub(super) async fn actions(app: &TestApp) -> Vec<String> {
    let admin = app.as_role("ADMINISTRATOR").await;
    let answer = admin.query("{ auditLog(first: 100) { nodes { action } } }", json!({})).await;
    let all = answer.field("auditLog")["nodes"].as_array().unwrap().clone();
    let actions = all.iter().map(|entry| entry["action"].as_str().unwrap().to_owned());
    let ours = |action: &String| ["product.", "variant.", "category."].iter().any(|noun| action.starts_with(noun));
    actions.filter(ours).collect()
}
