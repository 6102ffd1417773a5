//! GraphQL over SSE: what is streamed, what is refused before, and what ends a stream.

use std::time::Duration;

use serde_json::json;

use super::give_roles;
use crate::inventory::shelves::{Shop, adjust, line};
use crate::support::client::{Answer, Client};
use crate::support::patience::in_time;
use crate::support::socket::Socket;
use crate::support::{TestApp, node};

const WATCH: &str = "subscription { stockLevelChanged { delta } }";

pub(super) fn streaming(client: &Client) -> Client {
    client.with_header("accept", "text/event-stream")
}

async fn post(client: &Client, document: &str) -> reqwest::Response {
    streaming(client).post("application/json", json!({ "query": document }).to_string()).await
}

/// What a stream says until it has said `word`.
async fn until_said(stream: &mut reqwest::Response, word: &str) -> String {
    let mut text = String::new();
    while !text.contains(word) {
        let chunk = in_time(stream.chunk(), "the stream said nothing").await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    text
}

/// What a stream says before it ends.
async fn rest(stream: reqwest::Response) -> String {
    in_time(stream.text(), "the stream did not end").await.unwrap()
}

#[tokio::test]
async fn a_query_is_answered_by_next_and_complete_by_post_and_by_get() {
    let app = TestApp::on_sqlite().await;
    let client = app.anonymous();
    let posted = post(&client, "{ __typename }").await;
    assert_eq!(posted.status(), 200);
    assert_eq!(posted.headers()["content-type"], "text/event-stream; charset=utf-8");
    assert_eq!(posted.headers()["cache-control"], "no-store");
    assert_eq!(posted.headers()["x-accel-buffering"], "no");
    let text = rest(posted).await;
    assert!(text.starts_with("event: next\ndata: {\"data\":{\"__typename\":\"Query\"}"), "{text}");
    assert!(text.ends_with("}\n\nevent: complete\ndata: \n\n"), "{text}");
    let got = streaming(&client).get("?query=%7B__typename%7D").await;
    assert!(rest(got).await.contains("event: next\ndata: {\"data\":{\"__typename\""));
}

#[tokio::test]
async fn a_document_that_does_not_fit_is_told_by_next_as_the_protocol_asks() {
    let app = TestApp::on_sqlite().await;
    for (document, code) in [("{", "GRAPHQL_PARSE_FAILED"), ("{ nothingOfThisName }", "GRAPHQL_VALIDATION_FAILED")] {
        let answer = post(&app.anonymous(), document).await;
        assert_eq!(answer.status(), 200);
        let text = rest(answer).await;
        assert!(text.starts_with("event: next\ndata: {\"errors\"") && text.contains(code), "{text}");
        assert!(text.ends_with("event: complete\ndata: \n\n"), "{text}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_with_json_before_a_stream() {
    let app = TestApp::on_sqlite().await;
    let client = streaming(&app.anonymous());
    let refused = |answer: Answer| (answer.status, answer.codes());
    assert_eq!(refused(Answer::read(client.post("application/json", "{").await).await).0, 400);
    assert_eq!(refused(Answer::read(client.post("text/plain", "{}").await).await).0, 415);
    let bad_token = Answer::read(post(&app.anonymous().with_token("x"), WATCH).await).await;
    assert_eq!(refused(bad_token), (401, vec!["UNAUTHENTICATED".to_owned()]));
    let mutation = "?query=mutation%7Blogout%7BuserErrors%7Bcode%7D%7D%7D";
    assert_eq!(refused(Answer::read(client.get(mutation).await).await).0, 405);
}

#[tokio::test]
async fn a_subscription_gets_events_and_ends_with_its_client() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.sse_keep_alive_ms = 20.try_into().unwrap()).await;
    Shop::small(&app, 1, 1).await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let mut stream = post(&keeper, WATCH).await;
    app.until_listening(1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 3)]).await.payload("stockAdjust");
    let text = until_said(&mut stream, "\"delta\":3").await;
    assert!(text.starts_with(":\n\n"), "{text}");
    drop(stream);
    app.until_listening(0).await;
}

#[tokio::test]
async fn a_subscription_may_lie_in_fragments_and_a_root_that_is_not_one_event_is_refused() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.sse_keep_alive_ms = 20.try_into().unwrap()).await;
    Shop::small(&app, 1, 1).await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    for document in [
        "subscription { ... { stockLevelChanged { delta } } }",
        "subscription { ...f } fragment f on Subscription { stockLevelChanged { delta } }",
    ] {
        let mut stream = post(&keeper, document).await;
        app.until_listening(1).await;
        adjust(&keeper, vec![line("SKU-0", "LOC-0", 3)]).await.payload("stockAdjust");
        until_said(&mut stream, "\"delta\":3").await;
        drop(stream);
        app.until_listening(0).await;
    }
    let two =
        post(&keeper, "subscription { ... { a: stockLevelChanged { delta } } b: stockLevelChanged { delta } }").await;
    let text = rest(two).await;
    assert!(text.contains("GRAPHQL_VALIDATION_FAILED") && text.contains("exactly one field"), "{text}");
}

#[tokio::test]
async fn a_subscription_by_get_is_streamed_too() {
    let app = TestApp::on_sqlite().await;
    let client = streaming(&app.as_role("SUPPORT").await);
    let stream = client.get("?query=subscription%7BstockLevelChanged%7Bdelta%7D%7D").await;
    assert_eq!(stream.status(), 200);
    app.until_listening(1).await;
}

#[tokio::test]
async fn a_stream_whose_token_expires_says_so_and_is_complete() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.session_check_ms = 50.try_into().unwrap()).await;
    let hand = app.stop_the_clock().await;
    let stream = post(&app.as_role("SUPPORT").await, WATCH).await;
    app.until_listening(1).await;
    hand.advance(Duration::from_mins(6));
    let text = rest(stream).await;
    assert!(text.contains("The access token has expired") && text.contains("UNAUTHENTICATED"), "{text}");
    assert!(text.ends_with("event: complete\ndata: \n\n"), "{text}");
}

#[tokio::test]
async fn a_stream_whose_session_is_ended_says_so_and_is_complete() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.session_check_ms = 50.try_into().unwrap()).await;
    let support = app.as_role("SUPPORT").await;
    let stream = post(&support, WATCH).await;
    app.until_listening(1).await;
    support.query("mutation { logout { userErrors { code } } }", json!({})).await.data();
    let text = rest(stream).await;
    assert!(text.contains("The session has ended") && text.contains("UNAUTHENTICATED"), "{text}");
    assert!(text.ends_with("event: complete\ndata: \n\n"), "{text}");
}

#[tokio::test]
async fn a_stream_ends_with_its_next_event_when_only_some_permissions_are_taken() {
    let app = TestApp::on_sqlite().await;
    Shop::small(&app, 1, 1).await;
    let administrator = app.as_role("ADMINISTRATOR").await;
    give_roles(&administrator, &app, &["SUPPORT", "CATALOG_MANAGER"]).await;
    let stream = post(&app.as_role("SUPPORT").await, WATCH).await;
    app.until_listening(1).await;
    give_roles(&administrator, &app, &["SUPPORT"]).await;
    adjust(&administrator, vec![line("SKU-0", "LOC-0", 7)]).await.payload("stockAdjust");
    let text = rest(stream).await;
    assert!(text.contains("FORBIDDEN") && text.contains("subscribe again") && !text.contains("\"delta\":7"), "{text}");
    assert!(text.ends_with("event: complete\ndata: \n\n"), "{text}");
}

#[tokio::test]
async fn streams_over_the_limit_are_told_to_come_back() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.streaming.streams = 1.try_into().unwrap()).await;
    let client = app.as_role("SUPPORT").await;
    let held = post(&client, WATCH).await;
    app.until_listening(1).await;
    let answer = Answer::read(post(&client, WATCH).await).await;
    assert_eq!((answer.status, answer.codes()), (503, vec!["UNAVAILABLE".to_owned()]));
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(Socket::refused(&app.url()).await, 503);
    // Whoever does not subscribe is served.
    assert!(rest(post(&client, "{ __typename }").await).await.contains("event: complete"));
    drop(held);
}

#[tokio::test]
async fn a_stream_lasts_only_so_long() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.sse_ms = 50.try_into().unwrap()).await;
    let text = rest(post(&app.as_role("SUPPORT").await, WATCH).await).await;
    assert!(text.contains("TIMEOUT") && text.ends_with("event: complete\ndata: \n\n"), "{text}");
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_told_so_and_its_stream_ends() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.streaming.event_buffer = 1.try_into().unwrap()).await;
    Shop::small(&app, 50, 1).await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let stream = post(&keeper, WATCH).await;
    app.until_listening(1).await;
    let lines = (0..50).map(|number| line(&format!("SKU-{number}"), "LOC-0", 1)).collect();
    adjust(&keeper, lines).await.payload("stockAdjust");
    let text = rest(stream).await;
    assert!(text.contains("LIMIT_EXCEEDED") && text.ends_with("event: complete\ndata: \n\n"), "{text}");
}

#[tokio::test]
async fn a_stopping_server_ends_a_stream_without_complete_so_that_its_client_comes_again() {
    let app = TestApp::on_sqlite().await;
    let stream = post(&app.as_role("SUPPORT").await, WATCH).await;
    app.until_listening(1).await;
    app.app.stop.cancel();
    assert!(!rest(stream).await.contains("complete"));
}

#[tokio::test]
async fn the_javascript_client_queries_writes_and_subscribes() {
    let app = TestApp::on_sqlite().await;
    Shop::small(&app, 1, 1).await;
    let manager = app.as_role("INVENTORY_MANAGER").await;
    let Some(mut script) = node::script("graphql-sse.mjs") else { return };
    script.arg(app.url()).arg(manager.header("authorization").unwrap());
    assert!(node::printed_by(script).await.contains("all is well"));
}
