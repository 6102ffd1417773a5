//! Each order is the one that its name says, with what has no key at the end that the description says.

use proptest::collection::vec;
use proptest::option;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::fixtures::{NewProduct, NewVariant};
use crate::support::{TestApp, both_databases};

both_databases!(products_and_variants_come_in_the_order_that_was_asked_for, a_cursor_of_another_order_is_refused);

/// Products whose keys are drawn from few values, so that many are equal, and many missing.
fn drawn() -> Vec<NewProduct> {
    let key = (0..4_i64, option::weighted(0.6, "[A-Cb]"), 0..4_i64, 0..4_i64);
    let keys = vec(key, 40).new_tree(&mut TestRunner::default()).unwrap().current();
    let product = |(number, (title, vendor, moment, price)): (usize, (i64, Option<String>, i64, i64))| {
        let variant = NewVariant::sku(&format!("V-{number}")).price(price);
        let (product_type, changed_at) = (vendor.clone(), Some(moment * 1_000_000));
        let handle = format!("h-{number}");
        let product = NewProduct::titled(&format!("Title {title}")).variant(variant);
        NewProduct { handle, vendor, product_type, changed_at, ..product }
    };
    keys.into_iter().enumerate().map(product).collect()
}

/// The values of a field down a whole list.
async fn column(client: &Client, list: &str, order: &str, field: &str) -> Vec<Value> {
    let selection = if field == "price" { "price { amount }" } else { field };
    let document = format!("{{ list: {list}(first: 100, orderBy: {order}) {{ nodes {{ {selection} }} }} }}");
    let nodes = client.query(&document, json!({})).await.field("list")["nodes"].as_array().unwrap().clone();
    nodes.into_iter().map(|node| node[field].clone()).collect()
}

/// What to sort by: text byte by byte, what is missing last.
fn key(value: &Value) -> (bool, String) {
    let text = value.as_str().map(str::to_owned);
    (value.is_null(), text.unwrap_or_else(|| value.to_string()))
}

async fn products_and_variants_come_in_the_order_that_was_asked_for(app: TestApp) {
    let products = drawn();
    app.products(products.clone()).await;
    let client = app.anonymous();
    let orders = [
        ("products", "TITLE", "title"),
        ("products", "HANDLE", "handle"),
        ("products", "VENDOR", "vendor"),
        ("products", "PRODUCT_TYPE", "productType"),
        ("products", "CREATED_AT", "createdAt"),
        ("products", "UPDATED_AT", "updatedAt"),
        ("productVariants", "POSITION", "position"),
        ("productVariants", "SKU", "sku"),
        ("productVariants", "TITLE", "title"),
        ("productVariants", "PRICE", "price"),
        ("productVariants", "CREATED_AT", "createdAt"),
        ("productVariants", "UPDATED_AT", "updatedAt"),
    ];
    for (list, order, field) in orders {
        let ascending = column(&client, list, &format!("{order}_ASC"), field).await;
        let mut expected = ascending.clone();
        expected.sort_by_key(key);
        assert_eq!(ascending.len(), products.len(), "{list} by {order}");
        assert_eq!(ascending, expected, "{list} by {order} of {products:?}");
        let descending = column(&client, list, &format!("{order}_DESC"), field).await;
        expected.reverse();
        assert_eq!(descending, expected, "{list} by {order} from the end of {products:?}");
    }
}

async fn a_cursor_of_another_order_is_refused(app: TestApp) {
    app.products(drawn()).await;
    let client = app.anonymous();
    let page = "{ products(orderBy: VENDOR_ASC, first: 30) { pageInfo { endCursor } } }";
    let cursor = client.query(page, json!({})).await.field("products")["pageInfo"]["endCursor"].clone();
    let document = format!("{{ products(orderBy: VENDOR_DESC, after: {cursor}) {{ nodes {{ id }} }} }}");
    let answer = client.query(&document, json!({})).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
    let message = answer.errors()[0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("VENDOR_ASC") && message.contains("VENDOR_DESC"), "{message}");
}
