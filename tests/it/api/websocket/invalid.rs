//! Each breach of the protocol closes with its code.

use serde_json::json;

use super::{WATCH, closed, closes};
use crate::support::TestApp;
use crate::support::socket::Socket;

#[tokio::test]
async fn whatever_is_no_message_of_the_protocol_closes_with_4400() {
    let app = TestApp::on_sqlite().await;
    for (name, text) in [
        ("an empty text", ""),
        ("no JSON", "nonsense"),
        ("a number", "1"),
        ("a list", "[]"),
        ("null", "null"),
        ("a text", "\"ping\""),
        ("no type", "{}"),
        ("a type that is null", r#"{"type":null}"#),
        ("a type that is a number", r#"{"type":1}"#),
        ("an unknown type", r#"{"type":"dance"}"#),
        ("a type of the old protocol", r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#),
        ("a key given twice", r#"{"type":"ping","type":"pong"}"#),
        ("a message of the server: ack", r#"{"type":"connection_ack"}"#),
        ("a message of the server: next", r#"{"type":"next","id":"1","payload":{}}"#),
        ("a message of the server: error", r#"{"type":"error","id":"1","payload":[{"message":"x"}]}"#),
        ("connection_init with a payload that is a text", r#"{"type":"connection_init","payload":"x"}"#),
        ("ping with a payload that is a list", r#"{"type":"ping","payload":[]}"#),
        ("pong with a payload that is a number", r#"{"type":"pong","payload":1}"#),
        ("subscribe without an id", r#"{"type":"subscribe","payload":{"query":"{a}"}}"#),
        ("subscribe with an empty id", r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#),
        ("subscribe with a number as id", r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#),
        ("subscribe without a payload", r#"{"type":"subscribe","id":"1"}"#),
        ("subscribe with a payload that is null", r#"{"type":"subscribe","id":"1","payload":null}"#),
        ("subscribe with a payload that is a number", r#"{"type":"subscribe","id":"1","payload":5}"#),
        ("subscribe without a query", r#"{"type":"subscribe","id":"1","payload":{}}"#),
        ("subscribe with a query that is null", r#"{"type":"subscribe","id":"1","payload":{"query":null}}"#),
        ("subscribe with a query that is a number", r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#),
        (
            "subscribe with a list of variables",
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
        ),
        (
            "subscribe with extensions that are a text",
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","extensions":""}}"#,
        ),
        (
            "subscribe with a number as operationName",
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":1}}"#,
        ),
        ("complete without an id", r#"{"type":"complete"}"#),
        ("complete with an empty id", r#"{"type":"complete","id":""}"#),
        ("complete with a number as id", r#"{"type":"complete","id":1}"#),
    ] {
        let mut socket = Socket::connect(&app.url()).await;
        socket.send_text(text).await;
        let (code, reason) = closed(&mut socket).await;
        assert_eq!(code, 4400, "{name}");
        assert!(reason.starts_with("Invalid message received"), "{name}: {reason}");
    }
}

#[tokio::test]
async fn a_binary_message_closes_with_4400() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(None).await;
    socket.send_binary(br#"{"type":"ping"}"#).await;
    assert_eq!(closes(&mut socket).await, 4400);
}

/// A frame of a client: its first byte, and its payload under a mask of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126).unwrap();
    [&[first, 0x80 | length, 0, 0, 0, 0], payload].concat()
}

#[tokio::test]
async fn what_is_no_frame_closes_with_1002() {
    let app = TestApp::on_sqlite().await;
    for (name, bytes) in [
        ("an opcode that is reserved", frame(0x83, b"")),
        ("a bit that is reserved", frame(0xc1, b"{}")),
        ("a ping in fragments", frame(0x09, b"")),
        ("a continuation of nothing", frame(0x80, b"{}")),
        ("a text within a text", [frame(0x01, b"{"), frame(0x81, b"}")].concat()),
        ("a frame without a mask", vec![0x81, 2, b'{', b'}']),
        ("a ping that is too long", [&[0x89, 0xfe, 0, 126, 0, 0, 0, 0][..], &[0; 126]].concat()),
    ] {
        let mut socket = app.socket(None).await;
        socket.send_raw(&bytes).await;
        assert_eq!(closed(&mut socket).await, (1002, "Not a WebSocket frame".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn a_text_that_is_not_utf_8_closes_with_1007() {
    let app = TestApp::on_sqlite().await;
    for bytes in [frame(0x81, b"\xff\xfe"), [frame(0x01, b"\xc3"), frame(0x80, b"(")].concat()] {
        let mut socket = app.socket(None).await;
        socket.send_raw(&bytes).await;
        assert_eq!(closed(&mut socket).await, (1007, "Not UTF-8".to_owned()), "{bytes:?}");
    }
}

#[tokio::test]
async fn subscribe_before_the_acknowledgement_closes_with_4401() {
    let app = TestApp::on_sqlite().await;
    let mut early = Socket::connect(&app.url()).await;
    early.subscribe("1", "{ __typename }", json!({})).await;
    assert_eq!(closed(&mut early).await, (4401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn an_id_that_is_in_use_closes_with_4409_naming_it() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    socket.subscribe("twice", WATCH, json!({})).await;
    app.until_listening(1).await;
    socket.subscribe("twice", "{ __typename }", json!({})).await;
    assert_eq!(closed(&mut socket).await, (4409, "Subscriber for twice already exists".to_owned()));
    app.until_listening(0).await;
}

#[tokio::test]
async fn a_second_connection_init_closes_with_4429() {
    let app = TestApp::on_sqlite().await;
    let mut late = app.socket(None).await;
    late.send(json!({ "type": "connection_init" })).await;
    assert_eq!(closed(&mut late).await, (4429, "Too many initialisation requests".to_owned()));
    let mut at_once = Socket::connect(&app.url()).await;
    at_once.send(json!({ "type": "connection_init" })).await;
    at_once.send(json!({ "type": "connection_init" })).await;
    assert_eq!(closes(&mut at_once).await, 4429);
}

#[tokio::test]
async fn a_connection_that_says_nothing_closes_with_4408() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.websocket_init_ms = 50.try_into().unwrap()).await;
    let (code, reason) = closed(&mut Socket::connect(&app.url()).await).await;
    assert_eq!((code, reason.as_str()), (4408, "Connection initialisation timeout"));
}
