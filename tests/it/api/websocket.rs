//! GraphQL over WebSocket: the protocol's course and close codes, limits, and the end of a session.

use std::time::Duration;

use serde_json::json;

use crate::support::TestApp;
use crate::support::socket::{Received, Socket};

async fn closes(socket: &mut Socket) -> u16 {
    loop {
        match socket.receive().await {
            Received::Closed { code, .. } => return code,
            Received::Message(_) => {}
            Received::Gone => panic!("the connection ended without a close"),
        }
    }
}

#[tokio::test]
async fn an_operation_is_answered_and_completed() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(None).await;
    socket.subscribe("1", "{ __typename }", json!({})).await;
    assert_eq!(socket.event("1").await, json!({ "__typename": "Query" }));
    assert_eq!(socket.message().await, json!({ "type": "complete", "id": "1" }));
    // The id is free again.
    socket.subscribe("1", "{ __typename }", json!({})).await;
    socket.event("1").await;
}

#[tokio::test]
async fn a_logged_in_connection_writes_and_repeats_safely() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(Some("INVENTORY_MANAGER")).await;
    let create = "mutation($input: LocationCreateInput!) { locationCreate(input: $input) { location { code } userErrors { code } } }";
    for (id, replayed) in [("1", false), ("2", true)] {
        let payload = json!({
            "query": create,
            "variables": { "input": { "code": "WS-1", "name": "By socket" } },
            "extensions": { "idempotencyKey": "k-1" },
        });
        socket.send(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
        let answer = socket.message().await;
        assert_eq!(answer["payload"]["data"]["locationCreate"]["location"]["code"], "WS-1", "{answer:#}");
        let marked = answer["payload"]["extensions"]["idempotency"]["replayed"] == json!(true);
        assert_eq!(marked, replayed, "{answer:#}");
        socket.message().await;
    }
}

#[tokio::test]
async fn attacks_are_refused_here_too() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(None).await;
    let document = format!("{{f(x:{}{})}}", "[".repeat(1_600), "]".repeat(1_600));
    socket.subscribe("1", &document, json!({})).await;
    let answer = socket.message().await;
    assert_eq!(answer["payload"]["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{answer:#}");
    socket.message().await;
    socket.subscribe("2", "{ __typename }", json!({})).await;
    socket.event("2").await;
}

#[tokio::test]
async fn each_breach_of_the_protocol_closes_with_its_code() {
    let app = TestApp::on_sqlite().await;
    let mut early = Socket::connect(&app.url()).await;
    early.subscribe("1", "{ __typename }", json!({})).await;
    assert_eq!(closes(&mut early).await, 4401);

    let mut twice = app.socket(None).await;
    twice.send(json!({ "type": "connection_init" })).await;
    assert_eq!(closes(&mut twice).await, 4429);

    for text in ["nonsense", "{}", r#"{"type":"dance"}"#, r#"{"type":"subscribe","id":"1","payload":5}"#] {
        let mut wrong = app.socket(None).await;
        wrong.send_text(text).await;
        assert_eq!(closes(&mut wrong).await, 4400, "{text}");
    }

    let mut large = app.socket(None).await;
    large.send_text(&"x".repeat(70 * 1024)).await;
    assert_eq!(closes(&mut large).await, 1009);
}

#[tokio::test]
async fn a_bad_token_is_refused_at_the_beginning() {
    let app = TestApp::on_sqlite().await;
    for payload in [json!({ "accessToken": "x" }), json!({ "authorization": "Basic x" })] {
        let mut socket = Socket::connect(&app.url()).await;
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(closes(&mut socket).await, 4403);
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.websocket_init_ms = 50.try_into().unwrap()).await;
    assert_eq!(closes(&mut Socket::connect(&app.url()).await).await, 4408);
}

#[tokio::test]
async fn a_connection_ends_soon_after_its_session() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.websocket_session_check_ms = 50.try_into().unwrap()).await;
    let hand = app.stop_the_clock().await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    hand.advance(Duration::from_hours(1));
    assert_eq!(closes(&mut socket).await, 4403);
}

#[tokio::test]
async fn a_stopping_server_says_goodbye() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(None).await;
    app.app.stop.cancel();
    assert_eq!(closes(&mut socket).await, 1001);
}

#[tokio::test]
async fn a_socket_must_offer_the_protocol() {
    let app = TestApp::on_sqlite().await;
    let client = app.anonymous();
    let client = client.with_header("upgrade", "websocket").with_header("connection", "upgrade");
    let client = client.with_header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let client = client.with_header("sec-websocket-version", "13").with_header("sec-websocket-protocol", "graphql-ws");
    assert_eq!(client.get("?").await.status(), 400);
}
