//! Every code that can stand in `errors`, provoked over HTTP in each of the ways that its documentation names, for both
//! media types: the status, the form and the code of the answer are held to the enum that docs/error-codes.md is made from.

use std::collections::BTreeSet;

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use stockroom::graphql::error::ErrorCode;
use stockroom::graphql::error::code::Answered;

use super::broken::with_bugs;
use super::limits::talk;
use crate::accounts::execute;
use crate::support::TestApp;
use crate::support::client::{Answer, Client};

const NEW_FORM: &str = "application/graphql-response+json";
const OLD_FORM: &str = "application/json";
const NOTHING: &str = "{ __typename }";
/// One field that is always there and one that reads the database.
const PARTS: &str = "{ __typename product(handle: \"x\") { id } }";

/// An answer with the code that was to be provoked and the way in which it should be told.
type Provoked = (ErrorCode, Answered, Answer);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_code_is_answered_as_its_documentation_says() {
    let mut provoked = BTreeSet::new();
    for form in [NEW_FORM, OLD_FORM] {
        for (code, answered, answer) in everything(form).await {
            holds(code, answered, form, &answer);
            provoked.insert((code.name(), format!("{answered:?}"), form));
        }
    }
    let ways =
        |code: &ErrorCode| code.answered().iter().map(|way| (code.name(), format!("{way:?}"))).collect::<Vec<_>>();
    let documented: BTreeSet<_> = ErrorCode::ALL
        .iter()
        .flat_map(ways)
        .flat_map(|(code, way)| [NEW_FORM, OLD_FORM].map(|form| (code, way.clone(), form)))
        .collect();
    let untested: Vec<_> = documented.difference(&provoked).collect();
    let undocumented: Vec<_> = provoked.difference(&documented).collect();
    assert!(
        untested.is_empty() && undocumented.is_empty(),
        "not provoked: {untested:?}; not in the enum: {undocumented:?}"
    );
}

/// Holds an answer to what is documented of its code.
#[track_caller]
fn holds(code: ErrorCode, answered: Answered, form: &str, answer: &Answer) {
    let what = format!("{} for {form}: {} {:#}", code.name(), answer.status, answer.body);
    let status = match answered {
        Answered::Status(status) => status,
        Answered::Document if form == NEW_FORM => 400,
        Answered::Document | Answered::Field => 200,
    };
    assert_eq!(answer.status, status, "{what}");
    assert_eq!(answer.codes(), [code.name()], "{what}");
    assert!(
        answer.errors().iter().all(|error| error["message"].as_str().is_some_and(|text| !text.is_empty())),
        "{what}"
    );
    match (answered, answer.body.get("data")) {
        (Answered::Field, data) => assert!(data.is_some(), "{what}"),
        (Answered::Document, data) => assert_eq!(data, None, "{what}"),
        // An operation that began and could answer nothing has data that is null.
        (Answered::Status(_), data) => assert!(data.is_none_or(Value::is_null), "{what}"),
    }
    let sent = answer.headers["content-type"].to_str().unwrap();
    let known = if matches!(answered, Answered::Status(_)) { vec![NEW_FORM, OLD_FORM] } else { vec![form] };
    assert!(known.iter().any(|known| sent == format!("{known}; charset=utf-8")), "{sent}: {what}");
}

async fn everything(form: &str) -> Vec<Provoked> {
    let mut app = TestApp::on_sqlite().await;
    let mut answers = by_requests(&client(&app, form)).await;
    answers.extend(by_documents(&app, form).await);
    answers.extend(by_bugs(&app, form).await);
    answers.extend(by_small_limits(&mut app, form).await);
    answers.extend(by_trust(&mut app, form).await);
    answers.extend(by_haste(&mut app, form).await);
    answers.extend(by_faults(&app, form).await);
    answers
}

fn client(app: &TestApp, form: &str) -> Client {
    app.anonymous().with_header("accept", form)
}

async fn ask(client: &Client, document: &str) -> Answer {
    client.query(document, json!({})).await
}

async fn get(client: &Client, path: &str) -> Answer {
    Answer::read(client.get(path).await).await
}

/// Requests that HTTP alone is enough to refuse.
async fn by_requests(client: &Client) -> Vec<Provoked> {
    let long = "x".repeat(17_000);
    let foreign = client.with_header("origin", "https://evil.example");
    let logout = "?query=mutation%7Blogout%7BuserErrors%7Bcode%7D%7D%7D";
    vec![
        (ErrorCode::Unauthenticated, Answered::Status(401), ask(&client.with_token("x"), NOTHING).await),
        (ErrorCode::BadRequest, Answered::Status(400), client.send(&json!({})).await),
        (ErrorCode::BadRequest, Answered::Status(404), get(client, "/nowhere").await),
        (ErrorCode::CrossSiteRequest, Answered::Status(403), get(&foreign, "?query=%7B__typename%7D").await),
        (ErrorCode::MethodNotAllowed, Answered::Status(405), get(client, logout).await),
        (
            ErrorCode::NotAcceptable,
            Answered::Status(406),
            ask(&client.with_header("accept", "image/png"), NOTHING).await,
        ),
        (
            ErrorCode::UnsupportedMediaType,
            Answered::Status(415),
            Answer::read(client.post("text/plain", NOTHING).await).await,
        ),
        (
            ErrorCode::PayloadTooLarge,
            Answered::Status(413),
            client.send(&json!({ "query": "x".repeat(300 * 1024) })).await,
        ),
        (ErrorCode::UriTooLong, Answered::Status(414), get(client, &format!("?query={long}")).await),
        (ErrorCode::HeadersTooLarge, Answered::Status(431), ask(&client.with_header("x-long", &long), NOTHING).await),
        (
            ErrorCode::IdempotencyKeyInvalid,
            Answered::Status(400),
            ask(&client.with_idempotency_key(&"k".repeat(256)), NOTHING).await,
        ),
    ]
}

/// Documents that are not executed, or whose fields are refused.
async fn by_documents(app: &TestApp, form: &str) -> Vec<Provoked> {
    let client = client(app, form);
    let named = |version: u8, text: Option<&str>| json!({ "query": text, "extensions": { "persistedQuery": { "version": version, "sha256Hash": "0".repeat(64) } } });
    let customer = app.as_role("CUSTOMER").await.with_header("accept", form);
    let locations = "{ locations(first: 1) { totalCount } }";
    let deep = format!("{{ {} id {} }}", "viewer { ".repeat(12), "}".repeat(12));
    vec![
        (ErrorCode::GraphqlParseFailed, Answered::Document, ask(&client, "{").await),
        (ErrorCode::GraphqlValidationFailed, Answered::Document, ask(&client, "{ nothing }").await),
        (ErrorCode::LimitExceeded, Answered::Document, ask(&client, &deep).await),
        (ErrorCode::PersistedQueryNotFound, Answered::Document, client.send(&named(1, None)).await),
        (ErrorCode::PersistedQueryNotSupported, Answered::Document, client.send(&named(2, Some(NOTHING))).await),
        (ErrorCode::PersistedQueryMismatch, Answered::Document, client.send(&named(1, Some(NOTHING))).await),
        (ErrorCode::Unauthenticated, Answered::Field, ask(&client, locations).await),
        (ErrorCode::Forbidden, Answered::Field, ask(&customer, locations).await),
        (ErrorCode::BadUserInput, Answered::Field, ask(&client, "{ node(id: \"x\") { id } }").await),
        (ErrorCode::IdempotencyKeyReused, Answered::Field, a_key_twice(app, form).await),
    ]
}

async fn a_key_twice(app: &TestApp, form: &str) -> Answer {
    let create = "mutation($input: LocationCreateInput!) { locationCreate(input: $input) { userErrors { code } } }";
    let manager = app.as_role("INVENTORY_MANAGER").await.with_header("accept", form).with_idempotency_key("once");
    manager.mutate(create, json!({ "code": "A", "name": "a" })).await.payload("locationCreate");
    manager.mutate(create, json!({ "code": "B", "name": "b" })).await
}

/// Resolvers that panic or never end.
async fn by_bugs(app: &TestApp, form: &str) -> Vec<Provoked> {
    let url = with_bugs(app).await;
    let administrator = app.as_role("ADMINISTRATOR").await.with_header("accept", form).at(&url);
    vec![(ErrorCode::Internal, Answered::Status(500), ask(&administrator, "{ viewer { id } }").await)]
}

/// What goes beyond limits that are made small for it.
async fn by_small_limits(app: &mut TestApp, form: &str) -> Vec<Provoked> {
    app.reconfigure(|config| {
        config.limits.graphql.response_bytes = 1_000;
        config.limits.http.batch = 1;
        config.limits.time.body_read_ms = 50.try_into().unwrap();
        config.limits.time.execution_ms = 100.try_into().unwrap();
    })
    .await;
    let client = client(app, form);
    let endless = app.as_role("ADMINISTRATOR").await.with_header("accept", form).at(&with_bugs(app).await);
    let two = json!([{ "query": NOTHING }, { "query": NOTHING }]);
    vec![
        (ErrorCode::LimitExceeded, Answered::Field, ask(&client, "{ __schema { types { name } } }").await),
        (ErrorCode::LimitExceeded, Answered::Status(400), client.send(&two).await),
        (ErrorCode::RequestTimeout, Answered::Status(408), half_a_body(app, form).await),
        (ErrorCode::Timeout, Answered::Status(504), ask(&endless, "{ roles { nodes { id } } }").await),
    ]
}

async fn half_a_body(app: &TestApp, form: &str) -> Answer {
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\naccept: {form}\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{{"
    );
    let text = talk(app, head.as_bytes()).await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: HeaderMap = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    Answer { status, headers, body: serde_json::from_str::<Value>(body).unwrap() }
}

/// A document that is not among those that are trusted.
async fn by_trust(app: &mut TestApp, form: &str) -> Vec<Provoked> {
    let file = app.folder().join("manifest.json");
    std::fs::write(&file, json!({ "typename": "query Named { __typename }" }).to_string()).unwrap();
    app.reconfigure(|config| {
        config.persisted.manifest = Some(file);
        config.persisted.only_trusted = true;
    })
    .await;
    let refused = ask(&client(app, form), NOTHING).await;
    app.reconfigure(|config| {
        config.persisted.manifest = None;
        config.persisted.only_trusted = false;
    })
    .await;
    vec![(ErrorCode::UntrustedDocument, Answered::Document, refused)]
}

/// More requests than the bucket of points pays for.
async fn by_haste(app: &mut TestApp, form: &str) -> Vec<Provoked> {
    app.reconfigure(|config| {
        config.rates.enabled = true;
        config.rates.anonymous_burst = 10.try_into().unwrap();
        config.rates.anonymous_per_second = 1.try_into().unwrap();
    })
    .await;
    // Time gives points back, but fewer than this takes.
    for _ in 0..1_000 {
        let answer = ask(&client(app, form), NOTHING).await;
        if !answer.errors().is_empty() {
            app.reconfigure(|config| config.rates.enabled = false).await;
            return vec![(ErrorCode::RateLimited, Answered::Status(429), answer)];
        }
    }
    panic!("a thousand requests are paid from a bucket of ten points");
}

/// A database that lacks a table, and one that is gone.
async fn by_faults(app: &TestApp, form: &str) -> Vec<Provoked> {
    let client = client(app, form);
    execute(app, "ALTER TABLE products RENAME TO mislaid").await;
    let internal = ask(&client, PARTS).await;
    app.app.services.db.close().await;
    vec![
        (ErrorCode::Internal, Answered::Field, internal),
        (ErrorCode::Unavailable, Answered::Field, ask(&client, PARTS).await),
        (ErrorCode::Unavailable, Answered::Status(503), ask(&client, "{ products(first: 1) { totalCount } }").await),
    ]
}
