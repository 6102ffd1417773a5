//! The token behind a connection, for as long as it lasts; and the end of the server.

use std::time::Duration;

use serde_json::json;

use super::{WATCH, closed, closes, creation};
use crate::api::give_roles;
use crate::inventory::shelves::{Shop, adjust, line};
use crate::support::TestApp;
use crate::support::socket::{Received, Socket};

#[tokio::test]
async fn a_bad_token_closes_with_4403_at_the_beginning() {
    let app = TestApp::on_sqlite().await;
    for payload in [
        json!({ "accessToken": "x" }),
        json!({ "authToken": "x" }),
        json!({ "authorization": "Basic x" }),
        json!({ "Authorization": 1 }),
        json!({ "headers": { "authorization": "Bearer x" } }),
    ] {
        let mut socket = Socket::connect(&app.url()).await;
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        let (code, reason) = closed(&mut socket).await;
        assert_eq!((code, reason.as_str()), (4403, "Forbidden: The access token is not valid"), "{payload}");
    }
}

#[tokio::test]
async fn a_connection_whose_token_can_not_be_checked_closes_with_1013() {
    let app = TestApp::on_sqlite().await;
    let support = app.as_role("SUPPORT").await;
    let mut socket = Socket::connect(&app.url()).await;
    app.app.services.db.close().await;
    let payload = json!({ "Authorization": support.header("authorization").unwrap() });
    socket.send(json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(closed(&mut socket).await, (1013, "Try again later".to_owned()));
}

#[tokio::test]
async fn a_connection_whose_token_expires_closes_with_4403_and_says_so() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.session_check_ms = 50.try_into().unwrap()).await;
    let hand = app.stop_the_clock().await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    hand.advance(Duration::from_mins(6));
    assert_eq!(closed(&mut socket).await, (4403, "Forbidden: The access token has expired".to_owned()));
}

#[tokio::test]
async fn a_connection_whose_session_is_ended_closes_with_4403() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.session_check_ms = 50.try_into().unwrap()).await;
    let support = app.as_role("SUPPORT").await;
    let token = support.header("authorization").unwrap().trim_start_matches("Bearer ").to_owned();
    let mut socket = Socket::open(&app.url(), Some(&token)).await;
    support.query("mutation { logout { userErrors { code } } }", json!({})).await.data();
    assert_eq!(closed(&mut socket).await, (4403, "Forbidden: The session has ended".to_owned()));
}

#[tokio::test]
async fn a_connection_whose_user_is_deactivated_closes_with_4403() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.session_check_ms = 50.try_into().unwrap()).await;
    let (support, administrator) = (app.as_role("SUPPORT").await, app.as_role("ADMINISTRATOR").await);
    let mut socket = app.socket(Some("SUPPORT")).await;
    socket.subscribe("1", WATCH, json!({})).await;
    app.until_listening(1).await;
    let id = support.query("{ viewer { id } }", json!({})).await.field("viewer")["id"].clone();
    let end = "mutation($input: UserDeactivateInput!) { userDeactivate(input: $input) { userErrors { code } } }";
    administrator.mutate(end, json!({ "id": id })).await.payload("userDeactivate");
    assert_eq!(closed(&mut socket).await, (4403, "Forbidden: The session has ended".to_owned()));
    app.until_listening(0).await;
}

#[tokio::test]
async fn a_subscription_ends_with_its_next_event_when_only_some_permissions_are_taken() {
    let app = TestApp::on_sqlite().await;
    Shop::small(&app, 1, 1).await;
    let administrator = app.as_role("ADMINISTRATOR").await;
    give_roles(&administrator, &app, &["SUPPORT", "CATALOG_MANAGER"]).await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    socket.subscribe("1", WATCH, json!({})).await;
    app.until_listening(1).await;
    adjust(&administrator, vec![line("SKU-0", "LOC-0", 1)]).await.payload("stockAdjust");
    socket.event("1").await;
    give_roles(&administrator, &app, &["SUPPORT"]).await;
    adjust(&administrator, vec![line("SKU-0", "LOC-0", 1)]).await.payload("stockAdjust");
    let last = socket.message().await;
    assert_eq!((&last["type"], &last["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("FORBIDDEN")));
    assert!(last.to_string().contains("subscribe again"), "{last:#}");
    socket.subscribe("2", WATCH, json!({})).await;
    app.until_listening(1).await;
    adjust(&administrator, vec![line("SKU-0", "LOC-0", 1)]).await.payload("stockAdjust");
    socket.event("2").await;
}

#[tokio::test]
async fn a_stopping_server_closes_with_1001() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    socket.subscribe("1", WATCH, json!({})).await;
    app.until_listening(1).await;
    app.app.stop.cancel();
    assert_eq!(closes(&mut socket).await, 1001);
}

#[tokio::test]
async fn a_stopping_server_answers_the_mutation_under_way_before_it_closes() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(Some("INVENTORY_MANAGER")).await;
    socket.send(creation("1", "LAST-1")).await;
    socket.send(json!({ "type": "ping" })).await;
    // The pong tells that the mutation before it has begun.
    let mut answered = false;
    loop {
        let message = socket.message().await;
        answered |= message["type"] == "next";
        if message["type"] == "pong" {
            break;
        }
    }
    app.app.stop.cancel();
    loop {
        match socket.receive().await {
            Received::Message(message) => answered |= message["type"] == "next",
            Received::Closed { code, .. } => break assert_eq!(code, 1001),
            Received::Gone => panic!("gone"),
        }
    }
    assert!(answered, "the mutation was not answered");
}
