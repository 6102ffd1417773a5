//! What one connection may take.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{WATCH, closed, closes};
use crate::inventory::shelves::{Shop, adjust, line};
use crate::support::TestApp;
use crate::support::socket::Socket;

#[tokio::test]
async fn a_message_over_the_limit_closes_with_1009() {
    let app = TestApp::on_sqlite().await;
    for length in [70 * 1024, 10 * 1024 * 1024] {
        let mut large = app.socket(None).await;
        large.send_what_is_taken(&"x".repeat(length)).await;
        assert_eq!(closes(&mut large).await, 1009, "{length} bytes");
    }
}

#[tokio::test]
async fn more_operations_at_once_than_allowed_get_an_error_until_one_ends() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.websocket.operations = 2).await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    for id in ["1", "2"] {
        socket.subscribe(id, WATCH, json!({})).await;
    }
    app.until_listening(2).await;
    socket.subscribe("3", WATCH, json!({})).await;
    let answer = socket.message().await;
    assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!("3")), "{answer:#}");
    assert_eq!(answer["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    socket.send(json!({ "type": "complete", "id": "1" })).await;
    socket.subscribe("4", "{ __typename }", json!({})).await;
    socket.event("4").await;
}

#[tokio::test]
async fn more_messages_a_second_than_allowed_close_with_1008() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| {
        config.limits.websocket.messages_per_second = 1.try_into().unwrap();
        config.limits.websocket.message_burst = 3.try_into().unwrap();
    })
    .await;
    let mut socket = app.socket(None).await;
    for _ in 0..8 {
        socket.send(json!({ "type": "ping" })).await;
    }
    assert_eq!(closes(&mut socket).await, 1008);
}

#[tokio::test]
async fn an_answer_over_the_limit_is_an_error() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.graphql.response_bytes = 1_000).await;
    let mut socket = app.socket(None).await;
    socket.subscribe("1", "{ __schema { types { name } } }", json!({})).await;
    let answer = socket.message().await;
    assert_eq!(answer["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{answer:#}");
}

#[tokio::test]
async fn a_subscriber_that_falls_behind_is_told_so_and_its_subscription_ends() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.streaming.event_buffer = 1.try_into().unwrap()).await;
    Shop::small(&app, 50, 1).await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    socket.subscribe("1", WATCH, json!({})).await;
    app.until_listening(1).await;
    let lines = (0..50).map(|number| line(&format!("SKU-{number}"), "LOC-0", 1)).collect();
    adjust(&keeper, lines).await.payload("stockAdjust");
    let last = loop {
        let message = socket.message().await;
        if message["type"] != "next" {
            break message;
        }
    };
    assert_eq!((&last["type"], &last["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("LIMIT_EXCEEDED")));
    app.until_listening(0).await;
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_closed() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.websocket_ping_ms = 50.try_into().unwrap()).await;
    let mut silent = app.socket(Some("SUPPORT")).await;
    silent.subscribe("1", WATCH, json!({})).await;
    app.until_listening(1).await;
    // Nobody reads here, so that no pong is sent.
    app.until_listening(0).await;
    assert_eq!(closed(&mut silent).await, (1001, "The client answers no ping".to_owned()));
}

#[tokio::test]
async fn connections_over_the_limit_are_told_to_come_back() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.streaming.streams = 1.try_into().unwrap()).await;
    let held = app.socket(None).await;
    assert_eq!(Socket::refused(&app.url()).await, 503);
    held.say_goodbye().await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while Socket::try_connect(&app.url()).await.is_none() {
        assert!(Instant::now() < deadline, "the place is not given back");
    }
}

#[tokio::test]
async fn a_websocket_keeps_the_place_of_its_connection() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.http.connections = 1.try_into().unwrap()).await;
    let socket = app.socket(None).await;
    let request = json!({ "query": "{ __typename }" });
    assert!(app.anonymous().attempt(&request).await.is_none(), "a second connection is served");
    socket.say_goodbye().await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while app.anonymous().attempt(&request).await.is_none() {
        assert!(Instant::now() < deadline, "the place is not given back");
    }
}
