//! The token behind a connection, for as long as it lasts; and the end of the server.

use std::time::Duration;

use serde_json::json;

use super::{WATCH, closed, closes, creation, until_listening};
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
async fn a_stopping_server_closes_with_1001() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    socket.subscribe("1", WATCH, json!({})).await;
    until_listening(&app, 1).await;
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
