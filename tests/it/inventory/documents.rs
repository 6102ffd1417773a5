//! What is alike for every document that posts stock: the word of its changes, and the way from it to its movements.

use std::time::Duration;

use serde_json::{Value, json};

use super::shelves::Shop;
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    changes_of_documents_are_told_as_asked_for,
    each_kind_of_document_tells_of_its_changes_and_leads_to_it,
    movements_are_found_by_the_document_that_posted_them,
    the_audit_says_how_many_documents_it_compared,
);

/// Runs `stockCount<verb>` and returns the count.
async fn count(client: &Client, verb: &str, input: Value) -> Value {
    let document = format!(
        "mutation($input: StockCount{verb}Input!) {{ stockCount{verb}(input: $input) {{
            stockCount {{ id number status version }} userErrors {{ code field }} }} }}"
    );
    let field = format!("stockCount{verb}");
    client.mutate(&document, input).await.payload(&field)["stockCount"].clone()
}

async fn changes_of_documents_are_told_as_asked_for(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await.receive(&keeper, 5).await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    let document = "subscription($kinds: [StockDocumentKind!], $ids: [ID!]) {
        stockDocumentChanged(kinds: $kinds, documentIds: $ids) { kind documentId number status version } }";
    let mine = count(&keeper, "Create", json!({ "locationCode": "LOC-0" })).await;
    socket.subscribe("1", document, json!({ "kinds": ["COUNT"], "ids": [mine["id"]] })).await;
    socket.subscribe("2", document, json!({ "kinds": ["TRANSFER"] })).await;
    // Which change is told of first depends on when the subscription began to listen.
    let mut changes = Vec::new();
    for verb in ["Start", "Cancel"] {
        let change = count(&keeper, verb, json!({ "id": mine["id"] })).await;
        count(&keeper, "Create", json!({ "locationCode": "LOC-0" })).await;
        changes.push(json!({
            "kind": "COUNT", "documentId": change["id"], "number": change["number"], "status": change["status"],
            "version": change["version"],
        }));
    }
    let event = socket.event("1").await["stockDocumentChanged"].clone();
    assert!(changes.contains(&event), "{event:#} is none of {changes:#?}");
    let mut socket = app.socket(Some("SUPPORT")).await;
    let location = "location_00000000000000000000000000";
    socket.subscribe("3", document, json!({ "ids": [location] })).await;
    assert!(socket.message().await.to_string().contains("BAD_USER_INPUT"));
}

async fn each_kind_of_document_tells_of_its_changes_and_leads_to_it(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 2).await.receive(&keeper, 50).await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    let watch = "subscription { stockDocumentChanged { kind documentId number status version document { id number
        ... on PurchaseOrder { status } ... on StockTransfer { status } ... on StockCount { status }
        ... on StockReturn { status } ... on StockWriteOff { status } ... on Reservation { status } } } }";
    socket.subscribe("1", watch, json!({})).await;
    // One count after another until the first event has come: from then on the subscription is known to listen.
    loop {
        count(&keeper, "Create", json!({ "locationCode": "LOC-0" })).await;
        if tokio::time::timeout(Duration::from_millis(500), socket.event("1")).await.is_ok() {
            break;
        }
    }
    let units = json!({ "sku": "SKU-0", "quantity": 1 });
    let placed = json!({ "sku": "SKU-0", "locationCode": "LOC-0", "quantity": 1 });
    let kinds = [
        ("RESERVATION", "reservation", "reservation", json!({ "lines": [units] })),
        (
            "PURCHASE_ORDER",
            "purchaseOrder",
            "purchaseOrder",
            json!({ "supplier": "Mill & Sons", "currency": "EUR", "locationCode": "LOC-0", "lines": [units] }),
        ),
        (
            "TRANSFER",
            "stockTransfer",
            "stockTransfer",
            json!({ "fromLocationCode": "LOC-0", "toLocationCode": "LOC-1", "lines": [units] }),
        ),
        ("COUNT", "stockCount", "stockCount", json!({ "locationCode": "LOC-1" })),
        ("RETURN", "stockReturn", "stockReturn", json!({ "lines": [placed] })),
        ("WRITE_OFF", "stockWriteOff", "stockWriteOff", json!({ "lines": [placed] })),
    ];
    for (kind, mutation, field, input) in kinds {
        let (name, root) = (mutation[..1].to_uppercase() + &mutation[1..], format!("{mutation}Create"));
        let document = format!(
            "mutation($input: {name}CreateInput!) {{ {root}(input: $input) {{
                {field} {{ id number status version }} userErrors {{ code field message }} }} }}"
        );
        let made = keeper.mutate(&document, input).await.payload(&root)[field].clone();
        let mut event = socket.event("1").await["stockDocumentChanged"].clone();
        // Events of the first counts may still come.
        while event["number"] != made["number"] {
            event = socket.event("1").await["stockDocumentChanged"].clone();
        }
        let expected = json!({
            "kind": kind, "documentId": made["id"], "number": made["number"], "status": made["status"],
            "version": made["version"],
            "document": { "id": made["id"], "number": made["number"], "status": made["status"] },
        });
        assert_eq!(event, expected);
    }
}

async fn movements_are_found_by_the_document_that_posted_them(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    shop.receive(&keeper, 5).await;
    let id = count(&keeper, "Create", json!({ "locationCode": "LOC-0" })).await["id"].clone();
    count(&keeper, "Start", json!({ "id": id })).await;
    count(&keeper, "Record", json!({ "id": id, "lines": [{ "sku": "SKU-0", "quantity": 3 }] })).await;
    count(&keeper, "Finish", json!({ "id": id })).await;
    count(&keeper, "Approve", json!({ "id": id })).await;
    let document =
        "query($ids: [ID!]) { stockMovements(filter: { documentIds: $ids }) { nodes { delta adjustment { kind } } } }";
    let found = keeper.query(document, json!({ "ids": [id] })).await;
    assert_eq!(found.field("stockMovements")["nodes"], json!([{ "delta": -2, "adjustment": { "kind": "COUNT" } }]));
    let none = keeper.query(document, json!({ "ids": ["count_00000000000000000000000000"] })).await;
    assert_eq!(none.field("stockMovements")["nodes"], json!([]));
    assert_eq!(keeper.query(document, json!({ "ids": ["nonsense"] })).await.codes(), ["BAD_USER_INPUT"]);
}

async fn the_audit_says_how_many_documents_it_compared(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 2).await.receive(&keeper, 5).await;
    let at = json!({ "sku": "SKU-0", "locationCode": "LOC-0", "quantity": 1 });
    let of = json!({ "sku": "SKU-0", "quantity": 1 });
    let creations = [
        (
            "PurchaseOrder",
            "purchaseOrder",
            json!({ "supplier": "Acme", "locationCode": "LOC-0", "currency": "EUR", "lines": [of] }),
        ),
        (
            "StockTransfer",
            "stockTransfer",
            json!({ "fromLocationCode": "LOC-0", "toLocationCode": "LOC-1", "lines": [of] }),
        ),
        ("StockCount", "stockCount", json!({ "locationCode": "LOC-0" })),
        ("StockWriteOff", "stockWriteOff", json!({ "lines": [at] })),
        ("StockReturn", "stockReturn", json!({ "externalReference": "#1001", "lines": [at] })),
        ("Reservation", "reservation", json!({ "lines": [of] })),
    ];
    let mut documents = 0;
    for (kind, field, input) in creations {
        let document = format!(
            "mutation($input: {kind}CreateInput!) {{ {field}Create(input: $input) {{ {field} {{ id }} userErrors {{ code field }} }} }}"
        );
        keeper.mutate(&document, input).await.payload(&format!("{field}Create"));
        documents += 1;
        let audit = keeper.query("{ stockAudit { isClean checkedDocuments } }", json!({})).await;
        assert_eq!(*audit.field("stockAudit"), json!({ "isClean": true, "checkedDocuments": documents }), "{kind}");
    }
}
