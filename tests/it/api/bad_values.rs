//! Quantities, prices and titles that are wrong: refused by name, with stock and catalog as they were.

use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::{TestApp, both_databases};

both_databases!(
    quantities_that_can_not_be_are_refused,
    prices_that_can_not_be_are_refused,
    titles_that_can_not_be_are_refused,
);

const ADJUST: &str = "mutation($input: StockAdjustInput!) {
    stockAdjust(input: $input) { adjustment { id } userErrors { code message field ... on InsufficientStockError { available requested } } }
}";
const SET: &str = "mutation($input: StockSetInput!) { stockSet(input: $input) { userErrors { code message field } } }";
const PRODUCT: &str = "mutation($input: ProductCreateInput!) { productCreate(input: $input) { product { id } userErrors { code message field } } }";
const LOCATION: &str =
    "mutation($input: LocationCreateInput!) { locationCreate(input: $input) { userErrors { code } } }";

/// A shop of one variant, of which ten lie in one place.
async fn shop(app: &TestApp) -> Client {
    let administrator = app.as_role("ADMINISTRATOR").await;
    administrator.mutate(LOCATION, json!({ "code": "A", "name": "A" })).await.payload("locationCreate");
    administrator
        .mutate(PRODUCT, product("Mug", &json!({ "amount": "12.50", "currency": "EUR" })))
        .await
        .payload("productCreate");
    administrator.mutate(ADJUST, lines(&[json!(10)])).await.payload("stockAdjust");
    administrator
}

fn product(title: &str, price: &Value) -> Value {
    json!({ "title": title, "variants": [{ "sku": title.chars().take(20).collect::<String>(), "price": price }] })
}

fn lines(deltas: &[Value]) -> Value {
    let line = |delta: &Value| json!({ "sku": "Mug", "locationCode": "A", "delta": delta });
    json!({ "reason": "CORRECTION", "lines": deltas.iter().map(line).collect::<Vec<_>>() })
}

/// What the shop has: its products, its movements of stock and its one level.
async fn all(shop: &Client) -> Value {
    let all = "{ products(first: 10) { totalCount } stockMovements(first: 10) { totalCount }
        stockLevels(first: 10) { nodes { onHand } } }";
    shop.query(all, json!({})).await.data().clone()
}

/// Refused as a whole, with codes and no fault of the server.
#[track_caller]
fn assert_refused(answer: &Answer, codes: &[&str], what: &str) {
    assert!(answer.status < 500, "{what}: {} {:#}", answer.status, answer.body);
    assert_eq!(answer.codes(), codes, "{what}: {:#}", answer.body);
}

/// Refused by the rules, at this place of the input.
#[track_caller]
fn assert_user_error(answer: &Answer, mutation: &str, field: &[&str], what: &str) {
    let errors = answer.user_errors(mutation);
    assert_eq!(errors.len(), 1, "{what}: {:#}", answer.body);
    assert_eq!(errors[0]["field"], json!(field), "{what}: {:#}", answer.body);
}

async fn quantities_that_can_not_be_are_refused(app: TestApp) {
    let shop = shop(&app).await;
    let before = all(&shop).await;
    let too_many = shop.mutate(ADJUST, lines(&[json!(-11)])).await;
    let errors = too_many.user_errors("stockAdjust");
    assert_eq!((&errors[0]["code"], &errors[0]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(10)));
    let together = shop.mutate(ADJUST, lines(&[json!(-6), json!(-5)])).await;
    assert_eq!(together.user_error_codes("stockAdjust"), ["INSUFFICIENT_STOCK"]);
    let nothing = shop.mutate(ADJUST, lines(&[json!(0)])).await;
    assert_user_error(&nothing, "stockAdjust", &["input", "lines", "0", "delta"], "a delta of zero");
    for delta in [json!(2_147_483_648_i64), json!(i64::MIN), json!(1_000_000_001)] {
        let answer = shop.mutate(ADJUST, lines(std::slice::from_ref(&delta))).await;
        assert_user_error(&answer, "stockAdjust", &["input", "lines", "0", "delta"], &delta.to_string());
    }
    for delta in [json!(1e20), json!(1.5), json!("1"), json!(null), json!(true)] {
        let answer = shop.mutate(ADJUST, lines(std::slice::from_ref(&delta))).await;
        assert_refused(&answer, &["GRAPHQL_VALIDATION_FAILED"], &delta.to_string());
    }
    let literal = ADJUST.replace("$input: StockAdjustInput!", "").replace("()", "").replace(
        "input: $input",
        "input: { reason: CORRECTION, lines: [{ sku: \"Mug\", locationCode: \"A\", delta: 99999999999999999999 }] }",
    );
    assert_refused(&shop.query(&literal, json!({})).await, &["GRAPHQL_VALIDATION_FAILED"], "a literal of 20 digits");
    let many: Vec<Value> = vec![json!(1); 101];
    assert_eq!(shop.mutate(ADJUST, lines(&many)).await.user_errors("stockAdjust").len(), 1);
    let negative = json!({ "reason": "COUNT", "lines": [{ "sku": "Mug", "locationCode": "A", "quantity": -1 }] });
    let answer = shop.mutate(SET, negative).await;
    assert_user_error(&answer, "stockSet", &["input", "lines", "0", "quantity"], "a negative count");
    assert_eq!(all(&shop).await, before);
}

async fn prices_that_can_not_be_are_refused(app: TestApp) {
    let shop = shop(&app).await;
    let before = all(&shop).await;
    for amount in ["-1.00", "1.005", "99999999999999999999.00", "abc", "", "1e3", "NaN"] {
        let answer = shop.mutate(PRODUCT, product("Cup", &json!({ "amount": amount, "currency": "EUR" }))).await;
        assert!(answer.status < 500, "{amount}: {:#}", answer.body);
        let refused = answer.codes() == ["BAD_USER_INPUT"] || answer.user_errors("productCreate").len() == 1;
        assert!(refused, "{amount}: {:#}", answer.body);
    }
    for currency in ["XXQ", "eur", "", "EURO", "\u{0}"] {
        let answer = shop.mutate(PRODUCT, product("Cup", &json!({ "amount": "1.00", "currency": currency }))).await;
        assert_user_error(&answer, "productCreate", &["input", "variants", "0", "price", "currency"], currency);
    }
    let number = shop.mutate(PRODUCT, product("Cup", &json!({ "amount": 1.0, "currency": "EUR" }))).await;
    assert!(!number.codes().is_empty() && number.status < 500, "{:#}", number.body);
    assert_eq!(all(&shop).await, before);
}

async fn titles_that_can_not_be_are_refused(app: TestApp) {
    let shop = shop(&app).await;
    let before = all(&shop).await;
    let price = json!({ "amount": "1.00", "currency": "EUR" });
    for (title, what) in
        [("a\u{0}b", "a NUL"), ("a\u{1b}[31m", "an escape"), (" ", "a blank"), (&"x".repeat(256), "256 characters")]
    {
        let mut input = product("Cup", &price);
        input["title"] = json!(title);
        let answer = shop.mutate(PRODUCT, input).await;
        assert_user_error(&answer, "productCreate", &["input", "title"], what);
    }
    let mut input = product("Cup", &price);
    input["title"] = json!("x".repeat(1 << 20));
    let answer = shop.mutate(PRODUCT, input).await;
    assert_refused(&answer, &["PAYLOAD_TOO_LARGE"], "a megabyte");
    assert_eq!(answer.status, 413);
    assert_eq!(all(&shop).await, before);
}
