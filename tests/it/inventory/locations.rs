//! Locations: created, changed, listed, and refused to those who may not.

use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    a_location_is_created_once_under_its_code,
    every_problem_of_the_input_is_named,
    a_stale_version_writes_nothing,
    a_repeated_request_has_one_effect,
    the_same_key_with_other_arguments_is_refused,
    a_page_costs_the_same_number_of_statements_for_one_row_and_for_fifty,
    strangers_and_customers_see_and_change_nothing,
);

const CREATE: &str = "mutation($input: LocationCreateInput!) {
    locationCreate(input: $input) { location { id code name version } userErrors { code message field } }
}";

const UPDATE: &str = "mutation($input: LocationUpdateInput!) {
    locationUpdate(input: $input) {
        location { name version }
        userErrors { code field ... on StaleVersionError { currentVersion } }
    }
}";

const LIST: &str = "query($first: Int) { locations(first: $first) { nodes { id code name } } }";

async fn create(client: &Client, code: &str) -> Value {
    let input = json!({ "code": code, "name": format!("Warehouse {code}") });
    client.mutate(CREATE, input).await.payload("locationCreate")["location"].clone()
}

async fn a_location_is_created_once_under_its_code(app: TestApp) {
    let manager = app.as_role("INVENTORY_MANAGER").await;
    let created = create(&manager, "berlin-1").await;
    assert_eq!((&created["code"], &created["version"]), (&json!("BERLIN-1"), &json!(1)));

    let again = manager.mutate(CREATE, json!({ "code": "Berlin-1", "name": "Another" })).await;
    assert_eq!(again.user_error_codes("locationCreate"), ["TAKEN"]);
    assert_eq!(again.user_errors("locationCreate")[0]["field"], json!(["input", "code"]));
}

async fn every_problem_of_the_input_is_named(app: TestApp) {
    let manager = app.as_role("INVENTORY_MANAGER").await;
    let input = json!({ "code": "no spaces", "name": "a\u{0}b", "address": "x".repeat(1001) });
    let answer = manager.mutate(CREATE, input).await;
    let fields: Vec<_> = answer.user_errors("locationCreate").iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, [json!(["input", "code"]), json!(["input", "name"]), json!(["input", "address"])]);
    assert_eq!(manager.query(LIST, json!({})).await.field("locations")["nodes"], json!([]));
}

async fn a_stale_version_writes_nothing(app: TestApp) {
    let manager = app.as_role("INVENTORY_MANAGER").await;
    let id = create(&manager, "BERLIN").await["id"].clone();
    let rename = |version: i64, name: &str| json!({ "id": id, "expectedVersion": version, "name": name });
    manager.mutate(UPDATE, rename(1, "First")).await.payload("locationUpdate");

    let stale = manager.mutate(UPDATE, rename(1, "Second")).await;
    assert_eq!(stale.user_error_codes("locationUpdate"), ["STALE"]);
    assert_eq!(stale.user_errors("locationUpdate")[0]["currentVersion"], json!(2));
    let list = manager.query(LIST, json!({})).await;
    assert_eq!(list.field("locations")["nodes"][0]["name"], json!("First"));
}

async fn a_repeated_request_has_one_effect(app: TestApp) {
    let manager = app.as_role("INVENTORY_MANAGER").await.with_idempotency_key("once");
    let first = create(&manager, "BERLIN").await;
    let again = manager.mutate(CREATE, json!({ "code": "BERLIN", "name": "Warehouse BERLIN" })).await;
    assert_eq!(again.payload("locationCreate")["location"], first);
    assert_eq!(again.body["extensions"]["idempotency"]["replayed"], json!(true));
}

async fn the_same_key_with_other_arguments_is_refused(app: TestApp) {
    let manager = app.as_role("INVENTORY_MANAGER").await.with_idempotency_key("once");
    create(&manager, "BERLIN").await;
    let other = manager.mutate(CREATE, json!({ "code": "HAMBURG", "name": "Other" })).await;
    assert_eq!(other.codes(), ["IDEMPOTENCY_KEY_REUSED"]);
}

async fn a_page_costs_the_same_number_of_statements_for_one_row_and_for_fifty(app: TestApp) {
    let manager = app.as_role("INVENTORY_MANAGER").await;
    for number in 0..50 {
        create(&manager, &format!("SHELF-{number:02}")).await;
    }
    let mut costs = Vec::new();
    for first in [1, 50] {
        let before = app.statements();
        let page = manager.query(LIST, json!({ "first": first })).await;
        assert_eq!(page.field("locations")["nodes"].as_array().unwrap().len(), first);
        costs.push(app.statements() - before);
    }
    assert_eq!(costs[0], costs[1]);
}

async fn strangers_and_customers_see_and_change_nothing(app: TestApp) {
    let input = json!({ "code": "MINE", "name": "Mine" });
    let anonymous = app.anonymous();
    assert_eq!(anonymous.mutate(CREATE, input.clone()).await.codes(), ["UNAUTHENTICATED"]);
    assert_eq!(anonymous.query(LIST, json!({})).await.codes(), ["UNAUTHENTICATED"]);
    let customer = app.as_role("CUSTOMER").await;
    assert_eq!(customer.mutate(CREATE, input).await.codes(), ["FORBIDDEN"]);
    assert_eq!(customer.query(LIST, json!({})).await.codes(), ["FORBIDDEN"]);
}
