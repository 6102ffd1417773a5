//! Whole answers as they go over the wire, equal on both databases: a change of any byte of them is seen in review.

use serde_json::{Value, json};

use crate::support::{TestApp, both_databases};

both_databases!(whole_answers_are_as_recorded);

/// One request of the story: its name in the snapshots, the document, the variables.
type Step = (&'static str, &'static str, Value);

/// What an administrator sends, in this order.
fn story() -> Vec<Step> {
    let create = "mutation($input: LocationCreateInput!) {
        locationCreate(input: $input) { location { id code name address status version createdAt updatedAt } userErrors { code message field } }
    }";
    let update = "mutation($input: LocationUpdateInput!) {
        locationUpdate(input: $input) {
            location { code name version }
            userErrors { __typename code message field ... on StaleVersionError { currentVersion } }
        }
    }";
    vec![
        (
            "location_created",
            create,
            json!({ "input": { "code": "berlin-1", "name": "Berlin", "address": "Torstr. 1" } }),
        ),
        ("location_refused", create, json!({ "input": { "code": "BERLIN-1", "name": "" } })),
        (
            "stale_version",
            update,
            json!({ "input": { "id": "[the location]", "expectedVersion": 7, "name": "Other" } }),
        ),
        (
            "wrong_prefix",
            "query($id: ID!) { location(id: $id) { id } }",
            json!({ "id": "product_00000000000000000000000000" }),
        ),
        ("syntax_error", "query { locations( }", json!({})),
        ("unknown_field", "{ location(code: \"BERLIN-1\") { colour } }", json!({})),
        (
            "page_of_locations",
            "{ locations(first: 1) { totalCount edges { node { code } } pageInfo { hasNextPage hasPreviousPage } } }",
            json!({}),
        ),
        (
            "audit_log",
            "{ auditLog(first: 1, filter: { objectType: \"location\" }) {
                nodes { at action actorKind actorName objectType objectId changes { field before after } }
            } }",
            json!({}),
        ),
        ("roles", "{ roles { nodes { code name description permissions isBuiltIn version } } }", json!({})),
    ]
}

async fn whole_answers_are_as_recorded(mut app: TestApp) {
    app.make_foreseeable().await;
    let client = app.as_role("ADMINISTRATOR").await;
    let mut location = Value::Null;
    for (name, document, mut variables) in story() {
        if variables["input"]["id"] == "[the location]" {
            variables["input"]["id"] = location.clone();
        }
        let mut body = client.query(document, variables).await.body;
        if let Some(created) = body.pointer("/data/locationCreate/location/id") {
            location = created.clone();
        }
        forget_ids(&mut body);
        insta::assert_json_snapshot!(name, body);
    }
}

/// Ids depend on how much was made before: `location_[id]` says all that a reader of a snapshot needs.
fn forget_ids(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(forget_ids),
        Value::Array(items) => items.iter_mut().for_each(forget_ids),
        Value::String(text) => {
            if let Some((prefix, _)) = text.rsplit_once('_').filter(|(_, suffix)| suffix.len() == 26) {
                *text = format!("{prefix}_[id]");
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
