//! Tests of what holds for the whole API, whatever the slice: who may, how lists page, how the schema reads.

mod attacks;
mod bad_input;
mod bad_values;
mod batching;
mod broken;
mod caching;
mod conformance;
mod cross_site;
mod crowd;
mod directives;
mod encodings;
mod examples;
mod goodbye;
mod introspection;
mod limits;
mod pagination;
mod permissions;
mod persisted;
mod proxies;
mod rates;
mod raw;
mod read_after;
mod read_cache;
mod schema;
mod slow;
mod snapshots;
mod sse;
mod statuses;
mod transport;
mod websocket;

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Client;

/// Gives the user who has the role `SUPPORT` these roles and no others.
async fn give_roles(administrator: &Client, app: &TestApp, codes: &[&str]) {
    let support = app.as_role("SUPPORT").await;
    let id = support.query("{ viewer { id } }", json!({})).await.field("viewer")["id"].clone();
    let roles = administrator.query("{ roles(first: 100) { nodes { id code } } }", json!({})).await;
    let roles = roles.field("roles")["nodes"].as_array().unwrap().clone();
    let wanted = |role: &&Value| codes.contains(&role["code"].as_str().unwrap_or_default());
    let ids: Vec<Value> = roles.iter().filter(wanted).map(|role| role["id"].clone()).collect();
    let set = "mutation($input: UserRolesSetInput!) { userRolesSet(input: $input) { userErrors { code } } }";
    administrator.mutate(set, json!({ "userId": id, "roleIds": ids })).await.payload("userRolesSet");
}
