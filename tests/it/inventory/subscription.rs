//! `stockLevelChanged`: told after commit, only what was asked for, only to those who may see it, and only while they may.

use std::time::Duration;

use serde_json::{Value, json};

use super::shelves::{Shop, adjust, line};
use crate::support::client::Client;
use crate::support::socket::{Received, Socket};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_change_is_told_after_commit_and_only_if_asked_for,
    nothing_is_told_without_the_permission,
    whoever_loses_the_permission_is_told_no_more,
);

const WATCH: &str = "subscription($variants: [ID!], $locations: [ID!]) {
    stockLevelChanged(variantIds: $variants, locationIds: $locations) {
        delta onHand available version variant { sku } location { code } adjustment { reason }
    }
}";

/// Receives one unit after another of the first variant until the first event has come: from then on the subscription is known to listen.
async fn first_event(keeper: &Client, socket: &mut Socket) -> Value {
    loop {
        adjust(keeper, vec![line("SKU-0", "LOC-0", 1)]).await.payload("stockAdjust");
        if let Ok(event) = tokio::time::timeout(Duration::from_millis(500), socket.event("1")).await {
            return event["stockLevelChanged"].clone();
        }
    }
}

async fn a_change_is_told_after_commit_and_only_if_asked_for(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 2, 2).await;
    let mut socket = app.socket(Some("INVENTORY_MANAGER")).await;
    let variables = json!({ "variants": [shop.variants[0]], "locations": [shop.locations[0]] });
    socket.subscribe("1", WATCH, variables).await;
    let mut last = first_event(&keeper, &mut socket).await;

    // Neither the other variant, nor the other location, nor what was refused or only tried.
    adjust(&keeper, vec![line("SKU-1", "LOC-0", 5), line("SKU-0", "LOC-1", 5)]).await.payload("stockAdjust");
    assert!(!adjust(&keeper, vec![line("SKU-0", "LOC-0", -1_000)]).await.user_errors("stockAdjust").is_empty());
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 7)]).await.payload("stockAdjust");
    // Events of the first receipts may still come.
    while last["delta"] == json!(1) {
        last = socket.event("1").await["stockLevelChanged"].clone();
    }
    let units = last["onHand"].as_i64().unwrap();
    let expected = json!({
        "delta": 7, "onHand": units, "available": units, "version": units - 6,
        "variant": { "sku": "SKU-0" }, "location": { "code": "LOC-0" }, "adjustment": { "reason": "OTHER" },
    });
    assert_eq!(last, expected);
}

async fn nothing_is_told_without_the_permission(app: TestApp) {
    for (role, code) in [(None, "UNAUTHENTICATED"), (Some("CUSTOMER"), "FORBIDDEN")] {
        let mut socket = app.socket(role).await;
        socket.subscribe("1", WATCH, json!({})).await;
        let message = socket.message().await;
        assert!(message.to_string().contains(code), "{message:#}");
        assert!(message["payload"]["data"].is_null(), "{message:#}");
    }
}

async fn whoever_loses_the_permission_is_told_no_more(app: TestApp) {
    let (keeper, administrator) = (app.as_role("INVENTORY_MANAGER").await, app.as_role("ADMINISTRATOR").await);
    Shop::small(&app, 1, 1).await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    socket.subscribe("1", WATCH, json!({})).await;
    first_event(&keeper, &mut socket).await;

    let id = app.as_role("SUPPORT").await.query("{ viewer { id } }", json!({})).await.field("viewer")["id"].clone();
    let take = "mutation($input: UserRolesSetInput!) { userRolesSet(input: $input) { userErrors { code } } }";
    administrator.mutate(take, json!({ "userId": id, "roleIds": [] })).await.payload("userRolesSet");
    // Nothing happens to the stock: the subscription looks by itself.
    let last = loop {
        match socket.receive().await {
            Received::Message(message) if message["payload"]["errors"].is_null() && message["type"] == "next" => {}
            other => break other,
        }
    };
    assert!(format!("{last:?}").contains("FORBIDDEN"), "{last:?}");
}
