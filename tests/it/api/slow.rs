//! Clients that subscribe and never read, over real sockets whose buffers are full: they are dropped, others are served,
//! and what waits for them is bounded.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::inventory::shelves::{Shop, adjust, line};
use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::patience::in_time;
use crate::support::socket::{Received, Socket, narrow};

/// A subscription whose events are half a megabyte each, more than ten of which no socket holds.
const FAT: &str = "subscription { stockLevelChanged { delta variant { product {
    a: description b: description c: description d: description e: description f: description g: description h: description
} } } }";

const SHORT: u64 = 300;

/// A shop whose only product has so long a description, and someone who changes its stock.
async fn fat_shop(app: &TestApp, variants: usize) -> Client {
    Shop::small(app, variants, 1).await;
    let administrator = app.as_role("ADMINISTRATOR").await;
    let products = administrator.query("{ products(first: 1) { nodes { id } } }", json!({})).await;
    let id = &products.field("products")["nodes"][0]["id"];
    let update = "mutation($input: ProductUpdateInput!) { productUpdate(input: $input) { userErrors { code } } }";
    let input = json!({ "id": id, "description": "x".repeat(60_000) });
    administrator.mutate(update, input).await.payload("productUpdate");
    administrator
}

async fn change(client: &Client, variants: usize) {
    let lines = (0..variants).map(|number| line(&format!("SKU-{number}"), "LOC-0", 1)).collect();
    adjust(client, lines).await.payload("stockAdjust");
}

/// A WebSocket that has subscribed and of which nothing is read.
async fn silent_socket(app: &TestApp) -> Socket {
    let token = app.as_role("SUPPORT").await.header("authorization").unwrap().trim_start_matches("Bearer ").to_owned();
    let mut socket = Socket::open_narrow(&app.url(), Some(&token)).await;
    socket.subscribe("1", FAT, json!({})).await;
    app.until_listening(1).await;
    socket
}

/// The same over SSE.
async fn silent_stream(app: &TestApp) -> TcpStream {
    let client = app.as_role("SUPPORT").await;
    let body = json!({ "query": FAT }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n\
         authorization: {}\r\ncontent-length: {}\r\n\r\n{body}",
        client.header("authorization").unwrap(),
        body.len()
    );
    let mut stream = narrow(&app.url()).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    app.until_listening(1).await;
    stream
}

#[tokio::test]
async fn a_websocket_that_never_reads_is_dropped() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.websocket_send_ms = SHORT.try_into().unwrap()).await;
    let keeper = fat_shop(&app, 30).await;
    let mut socket = silent_socket(&app).await;
    change(&keeper, 30).await;
    app.until_listening(0).await;
    // The close may arrive or not: the server waits for it to be taken no longer than for anything else.
    let code = socket.close_code().await;
    assert!(matches!(code, None | Some(1013)), "{code:?}");
}

#[tokio::test]
async fn an_event_stream_that_is_never_read_is_dropped() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.send_ms = SHORT.try_into().unwrap()).await;
    let keeper = fat_shop(&app, 30).await;
    let mut stream = silent_stream(&app).await;
    change(&keeper, 30).await;
    app.until_listening(0).await;
    let mut text = Vec::new();
    in_time(stream.read_to_end(&mut text), "the connection did not end").await.ok();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("event: next") && !text.contains("event: complete"));
}

/// How a subscription ends whose client reads only after 60 changes, and how many of them it is told.
async fn told_late(app: &TestApp) -> (Value, usize) {
    let keeper = fat_shop(app, 1).await;
    let mut socket = silent_socket(app).await;
    for _ in 0..60 {
        change(&keeper, 1).await;
    }
    let mut told = 0;
    loop {
        match socket.receive().await {
            Received::Message(message) if message["type"] == "next" => told += 1,
            Received::Message(message) => return (message, told),
            other => panic!("{other:?}"),
        }
    }
}

fn fell_behind((last, told): &(Value, usize)) {
    assert_eq!((&last["type"], &last["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("LIMIT_EXCEEDED")));
    assert!(*told < 60, "{told} events waited for the client");
}

#[tokio::test]
async fn no_more_messages_wait_for_a_slow_client_than_its_queue_takes() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| {
        config.limits.websocket.send_queue = 1;
        config.limits.websocket.send_queue_bytes = 64 * 1024 * 1024;
        config.limits.streaming.event_buffer = 8.try_into().unwrap();
    })
    .await;
    fell_behind(&told_late(&app).await);
}

#[tokio::test]
async fn no_more_bytes_wait_for_a_slow_client_than_its_queue_takes() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| {
        config.limits.websocket.send_queue_bytes = 1024;
        config.limits.streaming.event_buffer = 8.try_into().unwrap();
    })
    .await;
    fell_behind(&told_late(&app).await);
}
