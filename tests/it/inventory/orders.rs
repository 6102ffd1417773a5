//! Purchase orders and transfers through the API, and what their tests share: the documents, and short ways through a life.

mod audit;
mod bad_input;
mod life;
mod lists;
mod purchase;
mod races;
mod transfer;

use serde_json::{Value, json};

use super::shelves::Shop;
use crate::support::TestApp;
use crate::support::client::{Answer, Client};

/// Everything that a payload can show of a purchase order.
const PURCHASE: &str = "id number status version supplier currency externalReference note location { code }
    lines { variant { sku } ordered received accepted damaged qualityControl cancelled outstanding unitCost { amount currency } }";

/// Everything that a payload can show of a transfer.
const TRANSFER: &str = "id number status version externalReference note fromLocation { code } toLocation { code }
    lines { variant { sku } quantity received accepted damaged qualityControl lost returned outstanding }";

const ERRORS: &str = "userErrors { __typename code message field
    ... on OverReceiptError { requested receivable } ... on StaleVersionError { currentVersion }
    ... on InsufficientStockError { available requested variant { sku } location { code } } }";

const RECEIPT: &str = "id deliveryNote note reversedAt reversal { kind } adjustment { kind reason reference note }
    document { number } lines { variant { sku } accepted damaged qualityControl lost }";

/// Sends one mutation of a purchase order: `purchase(&client, "Create", input)`.
async fn purchase(client: &Client, verb: &str, input: Value) -> Answer {
    let receipt = if verb == "Receive" { format!("receipt {{ {RECEIPT} }}") } else { String::new() };
    let document = format!(
        "mutation($input: PurchaseOrder{verb}Input!) {{ purchaseOrder{verb}(input: $input) {{
            purchaseOrder {{ {PURCHASE} }} {receipt} {ERRORS} }} }}"
    );
    client.mutate(&document, input).await
}

/// Sends one mutation of a transfer: `transfer(&client, "Ship", input)`.
pub(super) async fn transfer(client: &Client, verb: &str, input: Value) -> Answer {
    let receipts = if verb == "Receive" { format!("receipts {{ {RECEIPT} }}") } else { String::new() };
    let document = format!(
        "mutation($input: StockTransfer{verb}Input!) {{ stockTransfer{verb}(input: $input) {{
            stockTransfer {{ {TRANSFER} }} {receipts} {ERRORS} }} }}"
    );
    client.mutate(&document, input).await
}

/// Takes a receipt back.
async fn reverse(client: &Client, receipt: &Value) -> Answer {
    let document = format!(
        "mutation($input: StockReceiptReverseInput!) {{ stockReceiptReverse(input: $input) {{
            receipt {{ {RECEIPT} }} {ERRORS} }} }}"
    );
    client.mutate(&document, json!({ "id": receipt, "note": "counted twice" })).await
}

/// A line of a draft, by SKU.
fn wanted(sku: &str, quantity: i64) -> Value {
    json!({ "sku": sku, "quantity": quantity })
}

/// So many sound units of a variant that arrived.
fn sound(sku: &str, units: i64) -> Value {
    json!({ "sku": sku, "accepted": units })
}

/// The id of the draft of a purchase order to `LOC-0`.
async fn draft(client: &Client, lines: Value) -> Value {
    let input = json!({ "supplier": "Acme", "locationCode": "LOC-0", "currency": "EUR", "lines": lines });
    purchase(client, "Create", input).await.payload("purchaseOrderCreate")["purchaseOrder"]["id"].clone()
}

/// The id of a purchase order to `LOC-0` that has been ordered.
async fn ordered(client: &Client, lines: Value) -> Value {
    let id = draft(client, lines).await;
    purchase(client, "Order", json!({ "id": id })).await.payload("purchaseOrderOrder");
    id
}

/// The id of the draft of a transfer from `LOC-0` to `LOC-1`.
async fn packed(client: &Client, lines: Value) -> Value {
    let input = json!({ "fromLocationCode": "LOC-0", "toLocationCode": "LOC-1", "lines": lines });
    transfer(client, "Create", input).await.payload("stockTransferCreate")["stockTransfer"]["id"].clone()
}

/// The id of a transfer from `LOC-0` to `LOC-1` that has been shipped.
async fn shipped(client: &Client, lines: Value) -> Value {
    let id = packed(client, lines).await;
    transfer(client, "Ship", json!({ "id": id })).await.payload("stockTransferShip");
    id
}

/// A keeper of a shop of two variants and two locations, with so many units of each variant at `LOC-0`.
async fn shop(app: &TestApp, units: i64) -> (Client, Shop) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(app, 2, 2).await;
    if units > 0 {
        shop.receive(&keeper, units).await;
    }
    (keeper, shop)
}

/// What the levels of a variant hold, by location: on hand, damaged, in quality control, incoming.
async fn held(client: &Client, sku: &str) -> Value {
    let document = "query($sku: String!) { stockLevels(filter: { skus: [$sku] }, orderBy: CREATED_ASC) {
        nodes { location { code } onHand damaged qualityControl incoming } } }";
    let answer = client.query(document, json!({ "sku": sku })).await;
    let mut levels = serde_json::Map::new();
    for level in answer.field("stockLevels")["nodes"].as_array().unwrap() {
        let numbers = ["onHand", "damaged", "qualityControl", "incoming"].map(|number| level[number].clone());
        levels.insert(level["location"]["code"].as_str().unwrap().to_owned(), json!(numbers));
    }
    Value::Object(levels)
}

/// The stock audit, which must be clean.
pub(super) async fn assert_sound(client: &Client) {
    let document = "{ stockAudit { isClean differences { onHand ledger breaks }
        documentDifferences { document { number } state expected found } } }";
    let audit = client.query(document, json!({})).await.field("stockAudit").clone();
    assert_eq!(audit["isClean"], json!(true), "{audit:#}");
}
