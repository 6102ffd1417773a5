//! Finding orders: by each filter, in each order, with a number of SQL statements that does not depend on the number of rows.

use serde_json::{Value, json};

use super::{assert_sound, draft, ordered, packed, purchase, shipped, shop, sound, transfer, wanted};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    purchase_orders_are_found_by_each_filter,
    transfers_are_found_by_each_filter,
    orders_are_listed_in_each_order_both_ways,
    a_page_of_orders_with_everything_costs_the_same_statements_for_two_and_for_twelve,
);

async fn count(client: &Client, list: &str, filter: &Value) -> u64 {
    let kind = format!("{}{}Filter", list[..1].to_uppercase(), &list[1..list.len() - 1]);
    let document = format!("query($filter: {kind}) {{ {list}(filter: $filter) {{ totalCount nodes {{ id }} }} }}");
    let answer = client.query(&document, json!({ "filter": filter })).await;
    let found = answer.field(list);
    let total = found["totalCount"].as_u64().unwrap();
    assert_eq!(u64::try_from(found["nodes"].as_array().unwrap().len()).unwrap(), total, "{filter}");
    total
}

async fn purchase_orders_are_found_by_each_filter(app: TestApp) {
    let (keeper, shop) = shop(&app, 0).await;
    let create = |supplier: &str, location: &str, more: Value| {
        let mut input = json!({ "supplier": supplier, "locationCode": location, "currency": "EUR" });
        for (field, value) in more.as_object().unwrap() {
            input[field] = value.clone();
        }
        let keeper = keeper.clone();
        async move { purchase(&keeper, "Create", input).await.payload("purchaseOrderCreate")["purchaseOrder"]["id"].clone() }
    };
    let lines = json!([wanted("SKU-0", 1)]);
    create(
        "Acme",
        "LOC-0",
        json!({ "lines": lines, "externalReference": "A-1", "expectedAt": "2030-01-01T00:00:00Z" }),
    )
    .await;
    let id = create("Bolt", "LOC-1", json!({ "lines": [wanted("SKU-0", 1), wanted("SKU-1", 1)] })).await;
    create("Bolt", "LOC-0", json!({ "lines": lines, "expectedAt": "2031-01-01T00:00:00Z" })).await;
    purchase(&keeper, "Order", json!({ "id": id })).await.payload("purchaseOrderOrder");
    packed(&keeper, lines).await;
    for (filter, rows) in [
        (json!({}), 3),
        (json!({ "statuses": ["ORDERED"] }), 1),
        (json!({ "statuses": ["DRAFT", "CLOSED"] }), 2),
        (json!({ "suppliers": ["Bolt"] }), 2),
        (json!({ "locationIds": [shop.locations[1]] }), 1),
        (json!({ "locationCodes": ["loc-0"] }), 2),
        (json!({ "variantIds": [shop.variants[1]] }), 1),
        (json!({ "skus": ["SKU-0"] }), 3),
        (json!({ "externalReferences": ["A-1", "A-2"] }), 1),
        (json!({ "expectedBefore": "2030-06-01T00:00:00Z" }), 1),
        (json!({ "createdFrom": "2020-01-01T00:00:00Z" }), 3),
        (json!({ "createdUntil": "2020-01-01T00:00:00Z" }), 0),
        (json!({ "suppliers": ["Bolt"], "skus": ["SKU-1"], "statuses": ["ORDERED"] }), 1),
    ] {
        assert_eq!(count(&keeper, "purchaseOrders", &filter).await, rows, "{filter}");
    }
    let wrong = json!({ "filter": { "suppliers": vec!["x"; 101] } });
    let document = "query($filter: PurchaseOrderFilter) { purchaseOrders(filter: $filter) { totalCount } }";
    assert_eq!(keeper.query(document, wrong).await.codes(), ["BAD_USER_INPUT"]);
}

async fn transfers_are_found_by_each_filter(app: TestApp) {
    let (keeper, shop) = shop(&app, 10).await;
    shipped(&keeper, json!([wanted("SKU-0", 1)])).await;
    let back = json!({ "fromLocationCode": "LOC-1", "toLocationCode": "LOC-0", "externalReference": "T-1",
        "expectedAt": "2030-01-01T00:00:00Z", "lines": [wanted("SKU-1", 1)] });
    transfer(&keeper, "Create", back).await.payload("stockTransferCreate");
    draft(&keeper, json!([wanted("SKU-0", 1)])).await;
    for (filter, rows) in [
        (json!({}), 2),
        (json!({ "statuses": ["IN_TRANSIT"] }), 1),
        (json!({ "fromLocationIds": [shop.locations[0]] }), 1),
        (json!({ "fromLocationCodes": ["LOC-1"] }), 1),
        (json!({ "toLocationIds": [shop.locations[0], shop.locations[1]] }), 2),
        (json!({ "toLocationCodes": ["LOC-1"] }), 1),
        (json!({ "variantIds": [shop.variants[1]] }), 1),
        (json!({ "skus": ["SKU-0"] }), 1),
        (json!({ "externalReferences": ["T-1"] }), 1),
        (json!({ "expectedBefore": "2031-01-01T00:00:00Z" }), 1),
        (json!({ "createdFrom": "2020-01-01T00:00:00Z", "createdUntil": "2120-01-01T00:00:00Z" }), 2),
    ] {
        assert_eq!(count(&keeper, "stockTransfers", &filter).await, rows, "{filter}");
    }
}

async fn orders_are_listed_in_each_order_both_ways(app: TestApp) {
    let (keeper, _) = shop(&app, 0).await;
    for (number, expected) in [Some("2031-01-01T00:00:00Z"), None, Some("2030-01-01T00:00:00Z")].into_iter().enumerate()
    {
        let input = json!({ "supplier": "Acme", "locationCode": "LOC-0", "currency": "EUR", "expectedAt": expected,
            "note": number.to_string(), "lines": [wanted("SKU-0", 1)] });
        purchase(&keeper, "Create", input).await.payload("purchaseOrderCreate");
    }
    let first = "query { purchaseOrder(number: \"PO-000001\") { id } }";
    let id = keeper.query(first, json!({})).await.field("purchaseOrder")["id"].clone();
    purchase(&keeper, "Order", json!({ "id": id })).await.payload("purchaseOrderOrder");
    let document = "query($by: StockOrderSort!, $after: String) {
        purchaseOrders(orderBy: $by, first: 2, after: $after) { nodes { number } pageInfo { endCursor hasNextPage } } }";
    for (order, expected) in
        [("CREATED_AT", [1, 2, 3]), ("NUMBER", [1, 2, 3]), ("UPDATED_AT", [2, 3, 1]), ("EXPECTED_AT", [3, 1, 2])]
    {
        for (direction, reverse) in [("ASC", false), ("DESC", true)] {
            let (mut after, mut numbers) = (Value::Null, Vec::new());
            loop {
                let variables = json!({ "by": format!("{order}_{direction}"), "after": after });
                let answer = keeper.query(document, variables).await;
                let page = answer.field("purchaseOrders");
                numbers.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["number"].clone()));
                if page["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
                after = page["pageInfo"]["endCursor"].clone();
            }
            let mut expected: Vec<Value> = expected.iter().map(|number| json!(format!("PO-{number:06}"))).collect();
            if reverse {
                expected.reverse();
            }
            assert_eq!(numbers, expected, "{order}_{direction}");
        }
    }
}

async fn a_page_of_orders_with_everything_costs_the_same_statements_for_two_and_for_twelve(app: TestApp) {
    let (keeper, _) = shop(&app, 100).await;
    for _ in 0..12 {
        let id = ordered(&keeper, json!([wanted("SKU-0", 2), wanted("SKU-1", 2)])).await;
        for _ in 0..2 {
            let input = json!({ "id": id, "lines": [sound("SKU-0", 1)] });
            purchase(&keeper, "Receive", input).await.payload("purchaseOrderReceive");
        }
    }
    // Apart, because variants that are looked up below lines and below receipts are looked up together when both are known at the same moment.
    for selection in [
        "number location { code } lines { ordered variant { sku } }
        receipts(first: 2) { totalCount nodes { lines { accepted } document { number } adjustment { kind } } }",
        "receipts(first: 2) { totalCount nodes { lines { variant { sku } } } }",
    ] {
        let document = format!("query($first: Int!) {{ purchaseOrders(first: $first) {{ nodes {{ {selection} }} }} }}");
        let mut statements = Vec::new();
        for first in [2, 12] {
            let before = app.statements();
            let answer = keeper.query(&document, json!({ "first": first })).await;
            statements.push(app.statements() - before);
            let nodes = answer.field("purchaseOrders")["nodes"].as_array().unwrap().clone();
            assert_eq!(nodes.len(), first);
            assert!(nodes.iter().all(|node| node["receipts"]["totalCount"] == json!(2)), "{nodes:#?}");
        }
        assert_eq!(statements[0], statements[1], "{selection}");
    }
    assert_sound(&keeper).await;
}
