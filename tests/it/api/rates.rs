//! What requests cost and how fast points may be spent, on a running server.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use stockroom::config::Rates;
use stockroom::kernel::clock::ManualClock;

use crate::support::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::socket::{Received, Socket};

const NOTHING: &str = "{ __typename }";

/// A server whose callers have these buckets, and the hand of its clock: points come back only when it moves.
async fn with_rates(change: impl FnOnce(&mut Rates)) -> (TestApp, Arc<ManualClock>) {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| {
        config.rates.enabled = true;
        config.rates.anonymous_burst = 10.try_into().unwrap();
        config.rates.anonymous_per_second = 2.try_into().unwrap();
        change(&mut config.rates);
    })
    .await;
    let hand = app.stop_the_clock().await;
    (app, hand)
}

async fn ask(client: &Client, query: &str) -> Answer {
    client.query(query, json!({})).await
}

fn cost(answer: &Answer) -> &Value {
    &answer.body["extensions"]["cost"]
}

#[tokio::test]
async fn the_cost_of_an_operation_is_known_by_its_pages() {
    let app = TestApp::on_sqlite().await;
    let staff = app.as_role("ADMINISTRATOR").await;
    for (query, requested) in [
        (NOTHING, 1),
        ("{ products(first: 100) { nodes { id } } }", 1),
        ("{ products(first: 100) { nodes { variants(first: 10) { nodes { id } } } } }", 6),
        ("{ products { nodes { variants { nodes { id } } } } }", 3),
        (
            "{ a: products(first: 100) { edges { node { id } } } b: products(first: 100) { nodes { id } } products(last: 1) { nodes { id } } }",
            2,
        ),
        ("mutation { roleDelete(input: { id: \"x\" }) { userErrors { code } } }", 2),
        ("mutation { login(input: { email: \"a@b.example\", password: \"x\" }) { userErrors { code } } }", 6),
    ] {
        let answer = ask(&staff, query).await;
        assert_eq!(
            cost(&answer),
            &json!({ "requested": requested, "limit": 250, "remaining": null }),
            "{query}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn a_page_size_in_a_variable_counts_like_one_in_the_text() {
    let app = TestApp::on_sqlite().await;
    let query = "query ($n: Int = 100) { products(first: $n) { nodes { variants(first: $n) { nodes { id } } } } }";
    for (variables, requested) in [(json!({}), 51), (json!({ "n": 20 }), 3)] {
        let answer = app.anonymous().query(query, variables).await;
        assert_eq!(cost(&answer)["requested"], requested, "{}", answer.body);
    }
}

#[tokio::test]
async fn an_operation_that_costs_too_much_is_refused_before_it_runs() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.graphql.cost = 5).await;
    let statements = app.statements();
    let answer =
        ask(&app.anonymous(), "{ products(first: 100) { nodes { variants(first: 10) { nodes { id } } } } }").await;
    assert_eq!((answer.status, answer.codes()), (400, vec!["LIMIT_EXCEEDED".to_owned()]));
    let facts = &answer.errors()[0]["extensions"];
    assert_eq!((&facts["limit"], &facts["requested"], &facts["allowed"]), (&json!("cost"), &json!(6), &json!(5)));
    assert_eq!(app.statements(), statements);
}

#[tokio::test]
async fn an_empty_bucket_answers_429_with_the_time_to_wait_and_fills_again() {
    let (app, hand) = with_rates(|_| {}).await;
    let client = app.anonymous();
    for left in (0..10).rev() {
        let answer = ask(&client, NOTHING).await;
        answer.data();
        assert_eq!(cost(&answer), &json!({ "requested": 1, "limit": 250, "remaining": left }));
        assert_eq!(answer.headers["x-ratelimit-remaining"], left.to_string());
    }
    let answer = ask(&client, NOTHING).await;
    assert_eq!((answer.status, answer.codes()), (429, vec!["RATE_LIMITED".to_owned()]));
    assert_eq!(answer.errors()[0]["extensions"]["retryAfter"], 1);
    assert!(answer.body.get("data").is_none(), "{}", answer.body);
    for (header, expected) in [
        ("retry-after", "1".to_owned()),
        ("ratelimit", "\"anonymous\";r=0;t=5".to_owned()),
        ("ratelimit-policy", "\"anonymous\";q=10;w=5".to_owned()),
        ("x-ratelimit-limit", "10".to_owned()),
        ("x-ratelimit-remaining", "0".to_owned()),
        ("x-ratelimit-reset", (app.app.services.clock.now().seconds() + 5).to_string()),
    ] {
        assert_eq!(answer.headers[header], expected, "{header}");
    }
    hand.advance(Duration::from_secs(1));
    ask(&client, NOTHING).await.data();
}

#[tokio::test]
async fn a_client_that_takes_plain_json_gets_429_too() {
    let (app, _) = with_rates(|_| {}).await;
    for _ in 0..10 {
        ask(&app.anonymous(), NOTHING).await.data();
    }
    let answer = ask(&app.anonymous().with_header("accept", "application/json"), NOTHING).await;
    assert_eq!((answer.status, answer.codes()), (429, vec!["RATE_LIMITED".to_owned()]));
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test]
async fn the_wait_is_as_long_as_the_operation_is_dear() {
    let (app, hand) = with_rates(|_| {}).await;
    let client = app.anonymous();
    let dear = "{ products(first: 100) { nodes { variants(first: 10) { nodes { id } } } } }";
    assert_eq!(cost(&ask(&client, dear).await)["remaining"], 4);
    // A point is gone for asking, three are left of the six that it takes.
    let answer = ask(&client, dear).await;
    assert_eq!(
        (answer.codes(), &answer.errors()[0]["extensions"]["retryAfter"]),
        (vec!["RATE_LIMITED".to_owned()], &json!(2))
    );
    hand.advance(Duration::from_secs(2));
    ask(&client, dear).await.data();
}

#[tokio::test]
async fn what_a_bucket_never_holds_is_refused_as_too_dear_and_not_for_later() {
    let (app, _) = with_rates(|_| {}).await;
    let answer =
        ask(&app.anonymous(), "{ products(first: 100) { nodes { variants(first: 100) { nodes { id } } } } }").await;
    assert_eq!((answer.status, answer.codes()), (400, vec!["LIMIT_EXCEEDED".to_owned()]));
    let facts = &answer.errors()[0]["extensions"];
    assert_eq!(facts["limit"], "rates.anonymous_burst");
    assert_eq!((&facts["requested"], &facts["allowed"]), (&json!(51), &json!(10)));
    assert!(answer.headers.get("retry-after").is_none());
}

#[tokio::test]
async fn documents_that_are_refused_and_tokens_that_are_not_valid_are_paid_for() {
    let (app, _) = with_rates(|_| {}).await;
    let client = app.anonymous();
    for (client, document) in
        [(&client, "{ nothing }"), (&client, "{"), (&app.anonymous().with_token("guess"), NOTHING)]
    {
        for _ in 0..3 {
            assert_ne!(ask(client, document).await.status, 429, "{document}");
        }
    }
    ask(&client, NOTHING).await.data();
    for (client, document) in
        [(&client, "{ nothing }"), (&client, "{"), (&app.anonymous().with_token("guess"), NOTHING)]
    {
        assert_eq!(ask(client, document).await.codes(), ["RATE_LIMITED"], "{document}");
    }
}

#[tokio::test]
async fn a_user_has_a_bucket_of_their_own_and_staff_a_larger_one() {
    let (app, _) = with_rates(|rates| {
        rates.user_burst = 20.try_into().unwrap();
        rates.staff_burst = 40.try_into().unwrap();
    })
    .await;
    let (customer, staff) = (app.as_role("CUSTOMER").await, app.as_role("ADMINISTRATOR").await);
    for _ in 0..10 {
        ask(&app.anonymous(), NOTHING).await.data();
    }
    assert_eq!(ask(&app.anonymous(), NOTHING).await.status, 429);
    assert_eq!(cost(&ask(&customer, NOTHING).await)["remaining"], 19);
    assert_eq!(cost(&ask(&staff, NOTHING).await)["remaining"], 39);
}

/// The whole answer to an operation that costs a point.
async fn run(socket: &mut Socket, id: &str) -> Value {
    socket.subscribe(id, NOTHING, json!({})).await;
    let answer = socket.message().await;
    if answer["type"] == "error" {
        return json!({ "errors": answer["payload"] });
    }
    assert_eq!(answer["type"], "next", "{answer}");
    assert_eq!(socket.message().await["type"], "complete");
    answer["payload"].clone()
}

#[tokio::test]
async fn operations_on_a_websocket_are_paid_for_in_the_same_way() {
    let (app, _) = with_rates(|_| {}).await;
    let mut socket = app.socket(None).await;
    for id in 0..10 {
        let answers = run(&mut socket, &id.to_string()).await;
        assert_eq!(answers["extensions"]["cost"]["remaining"], 9 - id, "{answers}");
    }
    let refused = run(&mut socket, "last").await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "RATE_LIMITED", "{refused}");
    assert_eq!(refused["errors"][0]["extensions"]["retryAfter"], 1);
}

/// How a connection closes whose `connection_init` has this payload.
async fn turned_away(app: &TestApp, payload: Value) -> u16 {
    let mut socket = Socket::connect(&app.url()).await;
    socket.send(json!({ "type": "connection_init", "payload": payload })).await;
    match socket.receive().await {
        Received::Closed { code, .. } => code,
        other => panic!("{payload}: {other:?}"),
    }
}

#[tokio::test]
async fn tokens_that_are_tried_on_a_websocket_are_paid_for_by_their_address() {
    let (app, hand) = with_rates(|_| {}).await;
    let guess = || json!({ "Authorization": "Bearer guess" });
    let no_token = || json!({ "Authorization": 1 });
    for _ in 0..5 {
        assert_eq!(turned_away(&app, guess()).await, 4403);
        assert_eq!(turned_away(&app, no_token()).await, 4403);
    }
    assert_eq!(ask(&app.anonymous(), NOTHING).await.status, 429);
    assert_eq!(turned_away(&app, guess()).await, 1013);
    assert_eq!(turned_away(&app, no_token()).await, 1013);
    hand.advance(Duration::from_secs(1));
    assert_eq!(turned_away(&app, guess()).await, 4403);
}

#[tokio::test]
async fn without_buckets_nobody_is_told_of_one() {
    let app = TestApp::on_sqlite().await;
    let answer = ask(&app.anonymous(), NOTHING).await;
    assert!(answer.headers.keys().all(|name| !name.as_str().contains("ratelimit")), "{:?}", answer.headers);
}
