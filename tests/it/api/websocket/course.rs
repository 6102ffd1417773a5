//! The course of a connection that goes well.

use serde_json::json;

use super::{CREATE, WATCH, closes, creation};
use crate::inventory::shelves::{Shop, adjust, line};
use crate::support::TestApp;
use crate::support::node;
use crate::support::socket::{Received, Socket};

#[tokio::test]
async fn a_query_is_answered_by_next_and_complete_and_its_id_is_free_again() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(None).await;
    for _ in 0..2 {
        socket.subscribe("1", "{ __typename }", json!({})).await;
        assert_eq!(socket.event("1").await, json!({ "__typename": "Query" }));
        assert_eq!(socket.message().await, json!({ "type": "complete", "id": "1" }));
    }
}

#[tokio::test]
async fn operations_of_several_ids_run_beside_each_other() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    socket.subscribe("watch", WATCH, json!({})).await;
    app.until_listening(1).await;
    socket.subscribe("query", "{ __typename }", json!({})).await;
    socket.event("query").await;
}

#[tokio::test]
async fn a_logged_in_connection_writes_and_repeats_safely() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(Some("INVENTORY_MANAGER")).await;
    for (id, replayed) in [("1", false), ("2", true)] {
        let mut message = creation(id, "WS-1");
        message["payload"]["extensions"] = json!({ "idempotencyKey": "k-1" });
        socket.send(message).await;
        let answer = socket.message().await;
        assert_eq!(answer["payload"]["data"]["locationCreate"]["location"]["code"], "WS-1", "{answer:#}");
        let marked = answer["payload"]["extensions"]["idempotency"]["replayed"] == json!(true);
        assert_eq!(marked, replayed, "{answer:#}");
        assert_eq!(socket.message().await["type"], "complete");
    }
}

#[tokio::test]
async fn a_refused_operation_gets_an_error_and_no_complete_and_its_id_is_free_again() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(None).await;
    let nested = format!("{{f(x:{}{})}}", "[".repeat(1_600), "]".repeat(1_600));
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothingOfThisName }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothingOfThisName }", "GRAPHQL_VALIDATION_FAILED"),
        (" ", "BAD_REQUEST"),
        (nested.as_str(), "LIMIT_EXCEEDED"),
        (WATCH, "UNAUTHENTICATED"),
    ] {
        socket.subscribe("1", document, json!({})).await;
        let answer = socket.message().await;
        assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!("1")), "{answer:#}");
        assert_eq!(answer["payload"][0]["extensions"]["code"], code, "{answer:#}");
    }
    socket.subscribe("1", "{ __typename }", json!({})).await;
    socket.event("1").await;
}

#[tokio::test]
async fn an_error_inside_an_answer_is_part_of_next() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(None).await;
    socket.subscribe("1", "{ __typename node(id: \"x\") { id } }", json!({})).await;
    let answer = socket.message().await;
    assert_eq!((&answer["type"], answer["payload"]["errors"].is_array()), (&json!("next"), true), "{answer:#}");
    assert_eq!(socket.message().await["type"], "complete");
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload_at_any_stage() {
    let app = TestApp::on_sqlite().await;
    let mut socket = Socket::connect(&app.url()).await;
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.message().await, json!({ "type": "pong" }));
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.message().await, json!({ "type": "connection_ack" }));
    socket.send(json!({ "type": "ping", "payload": { "at": 1 } })).await;
    assert_eq!(socket.message().await, json!({ "type": "pong", "payload": { "at": 1 } }));
}

#[tokio::test]
async fn an_unsolicited_pong_and_a_complete_of_an_unknown_id_are_passed_over() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(None).await;
    socket.send(json!({ "type": "pong", "payload": { "a": 1 } })).await;
    socket.send(json!({ "type": "complete", "id": "none" })).await;
    socket.subscribe("1", "{ __typename }", json!({})).await;
    socket.event("1").await;
}

#[tokio::test]
async fn complete_from_the_client_ends_the_subscription_at_once_and_nothing_follows() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    socket.subscribe("1", WATCH, json!({})).await;
    app.until_listening(1).await;
    socket.send(json!({ "type": "complete", "id": "1" })).await;
    app.until_listening(0).await;
    socket.subscribe("2", "{ __typename }", json!({})).await;
    socket.event("2").await;
}

#[tokio::test]
async fn a_subscription_may_lie_in_fragments() {
    let app = TestApp::on_sqlite().await;
    Shop::small(&app, 1, 1).await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    for document in [
        "subscription { ... on Subscription { stockLevelChanged { delta onHand } } }",
        "subscription { ... { stockLevelChanged { delta } } stockLevelChanged { onHand } }",
        "subscription { ...f } fragment f on Subscription { stockLevelChanged { ...g } } fragment g on StockLevelEvent { delta onHand }",
        "subscription a { ...f } query b { __typename } fragment f on Subscription { stockLevelChanged { delta onHand } }",
    ] {
        let payload = json!({ "query": document, "operationName": document.contains("query b").then_some("a") });
        socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
        app.until_listening(1).await;
        let answer = adjust(&keeper, vec![line("SKU-0", "LOC-0", 1)]).await;
        let on_hand = &answer.payload("stockAdjust")["adjustment"]["lines"][0]["onHandAfter"];
        let event = socket.event("1").await;
        assert_eq!(event, json!({ "stockLevelChanged": { "delta": 1, "onHand": on_hand } }), "{document}");
        socket.send(json!({ "type": "complete", "id": "1" })).await;
        app.until_listening(0).await;
    }
}

#[tokio::test]
async fn a_root_that_is_not_one_event_is_refused_in_words() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    for (document, reason) in [
        ("subscription { a: stockLevelChanged { delta } ... { b: stockLevelChanged { delta } } }", "exactly one field"),
        ("subscription { __typename }", "introspection"),
        ("subscription { ... @include(if: true) { stockLevelChanged { delta } } }", "@include"),
        ("subscription { ...f } fragment f on Query { viewer { id } }", "Fragment"),
        ("subscription { ...missing }", "fragment"),
        (
            "subscription { stockLevelChanged { delta } ... on Subscription @odd { stockLevelChanged { onHand } } }",
            "odd",
        ),
    ] {
        socket.subscribe("1", document, json!({})).await;
        let answer = socket.message().await;
        assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!("1")), "{document}: {answer:#}");
        let error = &answer["payload"][0];
        assert_eq!(error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{document}: {error}");
        assert!(error["message"].as_str().unwrap().contains(reason), "{document}: {error}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_subscriptions() {
    let app = TestApp::on_sqlite().await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    socket.subscribe("1", WATCH, json!({})).await;
    app.until_listening(1).await;
    drop(socket);
    app.until_listening(0).await;
}

#[tokio::test]
async fn a_mutation_is_done_though_its_client_goes_away_or_completes_it() {
    let app = TestApp::on_sqlite().await;
    let manager = app.as_role("INVENTORY_MANAGER").await;
    for number in 0..5 {
        let mut socket = app.socket(Some("INVENTORY_MANAGER")).await;
        socket.send(creation("1", &format!("GONE-{number}"))).await;
        socket.send(json!({ "type": "complete", "id": "1" })).await;
        socket.say_goodbye().await;
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let answer = manager.query("{ locations(first: 100) { nodes { code } } }", json!({})).await;
        let written = answer.field("locations")["nodes"].as_array().unwrap().len();
        if written == 5 {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{written} of 5 writes were done: {CREATE}");
    }
}

#[tokio::test]
async fn a_client_that_offers_another_protocol_or_none_is_closed() {
    let app = TestApp::on_sqlite().await;
    for offer in [None, Some("graphql-ws"), Some("chat, superchat")] {
        assert_eq!(closes(&mut Socket::connect_with(&app.url(), offer).await).await, 4406, "{offer:?}");
    }
    let mut both = Socket::connect_with(&app.url(), Some("graphql-ws, graphql-transport-ws")).await;
    both.send(json!({ "type": "connection_init" })).await;
    assert_eq!(both.receive().await, Received::Message(json!({ "type": "connection_ack" })));
}

#[tokio::test]
async fn the_javascript_client_queries_writes_and_subscribes() {
    let app = TestApp::on_sqlite().await;
    Shop::small(&app, 1, 1).await;
    let manager = app.as_role("INVENTORY_MANAGER").await;
    let Some(mut script) = node::script("graphql-ws.mjs") else { return };
    script.arg(app.url()).arg(manager.header("authorization").unwrap());
    assert!(node::printed_by(script).await.contains("all is well"));
}
