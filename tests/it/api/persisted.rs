//! Documents that are named instead of sent: registered by clients under their hash, or trusted by the operator.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::tempdir;

use super::sse::streaming;
use crate::inventory::shelves::{Shop, adjust, line};
use crate::support::client::{Answer, Client};
use crate::support::fixtures::{NewProduct, NewVariant};
use crate::support::{TestApp, node, process};

const TEXT: &str = "query Named { __typename }";
const WATCH: &str = "subscription { stockLevelChanged { delta } }";

fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

fn named(hash: &str, version: u8) -> Value {
    json!({ "persistedQuery": { "version": version, "sha256Hash": hash } })
}

async fn by_hash(client: &Client, text: Option<&str>, hash: &str) -> Answer {
    client.send(&json!({ "query": text, "extensions": named(hash, 1) })).await
}

/// The query string that asks for a document by its hash.
fn url_of(text: &str) -> String {
    format!("?extensions={}", named(&hash(text), 1))
}

#[track_caller]
fn assert_refused(answer: &Answer, code: &str) {
    assert_eq!((answer.status, answer.codes()), (400, vec![code.to_owned()]), "{:#}", answer.body);
}

#[tokio::test]
async fn a_document_is_registered_under_its_hash_and_found_again() {
    let app = TestApp::on_sqlite().await;
    let client = app.anonymous();
    let missing = by_hash(&client, None, &hash(TEXT)).await;
    assert_refused(&missing, "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(missing.errors()[0]["message"], "PersistedQueryNotFound");
    by_hash(&client, Some(TEXT), &hash(TEXT)).await.data();
    assert_eq!(by_hash(&client, None, &hash(TEXT)).await.data()["__typename"], "Query");
    Answer::read(client.get(&url_of(TEXT)).await).await.data();
}

#[tokio::test]
async fn a_wrong_hash_registers_nothing_and_a_text_that_does_not_parse_neither() {
    let app = TestApp::on_sqlite().await;
    let client = app.anonymous();
    assert_refused(&by_hash(&client, Some("{ __typename }"), &hash(TEXT)).await, "PERSISTED_QUERY_MISMATCH");
    assert_refused(&by_hash(&client, None, &hash(TEXT)).await, "PERSISTED_QUERY_NOT_FOUND");
    assert_refused(&by_hash(&client, Some("{"), &hash("{")).await, "GRAPHQL_PARSE_FAILED");
    assert_refused(&by_hash(&client, None, &hash("{")).await, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn another_version_and_a_server_that_has_it_off_do_not_support_it() {
    let mut app = TestApp::on_sqlite().await;
    let client = app.anonymous();
    let second = client.send(&json!({ "query": TEXT, "extensions": named(&hash(TEXT), 2) })).await;
    assert_refused(&second, "PERSISTED_QUERY_NOT_SUPPORTED");
    app.reconfigure(|config| config.persisted.automatic = false).await;
    assert_refused(&by_hash(&client, Some(TEXT), &hash(TEXT)).await, "PERSISTED_QUERY_NOT_SUPPORTED");
}

#[tokio::test]
async fn where_only_trusted_documents_run_nothing_else_does() {
    let mut app = TestApp::on_sqlite().await;
    let file = app.folder().join("manifest.json");
    std::fs::write(&file, json!({ "typename": TEXT }).to_string()).unwrap();
    app.reconfigure(|config| {
        config.persisted.manifest = Some(file);
        config.persisted.only_trusted = true;
    })
    .await;
    let client = app.anonymous();
    for known in [
        json!({ "documentId": "typename" }),
        json!({ "doc_id": "typename" }),
        json!({ "id": "typename" }),
        json!({ "documentId": format!("sha256:{}", hash(TEXT)) }),
        json!({ "extensions": named(&hash(TEXT), 1) }),
        json!({ "query": TEXT }),
    ] {
        assert_eq!(client.send(&known).await.data()["__typename"], "Query", "{known}");
    }
    Answer::read(client.get("?documentId=typename").await).await.data();
    for other in ["{ __typename }", "{ __schema { types { name } } }", "{"] {
        assert_refused(&client.query(other, json!({})).await, "UNTRUSTED_DOCUMENT");
        assert_refused(&by_hash(&client, Some(other), &hash(other)).await, "UNTRUSTED_DOCUMENT");
    }
    assert_refused(&client.send(&json!({ "documentId": "other" })).await, "PERSISTED_QUERY_NOT_FOUND");
    let page = client.with_header("accept", "text/html").get("/graphql").await.text().await.unwrap();
    assert!(page.contains("This server executes trusted documents only"), "{page}");

    let mut socket = app.socket(None).await;
    socket.subscribe("1", "{ __typename }", json!({})).await;
    assert!(socket.message().await.to_string().contains("UNTRUSTED_DOCUMENT"));
    for payload in [json!({ "documentId": "typename" }), json!({ "extensions": named(&hash(TEXT), 1) })] {
        socket.send(json!({ "type": "subscribe", "id": "2", "payload": payload })).await;
        assert_eq!(socket.event("2").await["__typename"], "Query", "{payload}");
        assert_eq!(socket.message().await["type"], "complete");
    }
}

#[test]
fn a_manifest_with_a_document_that_does_not_fit_stops_the_start_and_names_it() {
    for bad in ["{ colour }", "{", "{ a: viewer { id } fragment }"] {
        let manifest = json!({
            "format": "apollo-persisted-query-manifest", "version": 1,
            "operations": [{ "id": "1", "name": "Bad", "type": "query", "body": bad }],
        });
        let error = refused_manifest(&manifest.to_string());
        assert!(error.contains("Bad (1)"), "{error}");
    }
}

/// What a server says that does not start with these trusted documents.
fn refused_manifest(manifest: &str) -> String {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    std::fs::write(folder.path().join("stockroom.toml"), "[persisted]\nmanifest = \"manifest.json\"\n").unwrap();
    let output = process::run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{error}");
    error
}

#[tokio::test]
async fn the_javascript_clients_register_a_document_once_and_then_send_its_hash() {
    let app = TestApp::on_sqlite().await;
    app.product(NewProduct::titled("Trail tent").variant(NewVariant::sku("SKU-0"))).await;
    let Some(mut script) = node::script("persisted.mjs") else { return };
    script.arg(app.url());
    assert!(node::printed_by(script).await.contains("all is well"));
}

#[tokio::test]
async fn the_store_is_bounded_and_what_was_pushed_out_can_be_registered_again() {
    let mut app = TestApp::on_sqlite().await;
    // Half of them are for users.
    app.reconfigure(|config| config.persisted.automatic_documents = 4).await;
    let client = app.anonymous();
    let texts: Vec<_> = (0..10).map(|n| format!("query Named{n} {{ __typename }}")).collect();
    for text in &texts {
        by_hash(&client, Some(text), &hash(text)).await.data();
    }
    let mut gone = Vec::new();
    for text in &texts {
        let answer = by_hash(&client, None, &hash(text)).await;
        if !answer.errors().is_empty() {
            assert_refused(&answer, "PERSISTED_QUERY_NOT_FOUND");
            gone.push(text);
        }
    }
    assert_eq!(texts.len() - gone.len(), 2);
    // A document that is asked for more often than others finds its place.
    let mut tries = 0;
    while !by_hash(&client, None, &hash(gone[0])).await.errors().is_empty() {
        by_hash(&client, Some(gone[0]), &hash(gone[0])).await.data();
        tries += 1;
        assert!(tries < 20, "it is never kept");
    }
}

#[tokio::test]
async fn an_answer_got_by_hash_may_be_kept_as_one_got_by_text() {
    let app = TestApp::on_sqlite().await;
    app.product(NewProduct::titled("Trail tent")).await;
    let client = app.anonymous();
    let (catalog, personal) = ("{ products { nodes { title } } }", "{ viewer { id } }");
    let kept = |answer: &reqwest::Response| answer.headers()["cache-control"].to_str().unwrap().to_owned();

    let unknown = client.get(&url_of(catalog)).await;
    assert_eq!((unknown.status().as_u16(), kept(&unknown).as_str()), (400, "no-store"));
    for text in [catalog, personal] {
        by_hash(&client, Some(text), &hash(text)).await.data();
    }
    let known = client.get(&url_of(catalog)).await;
    assert_eq!((known.status().as_u16(), kept(&known).as_str()), (200, "public, max-age=60"));
    let tag = known.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(Answer::read(known).await.data()["products"]["nodes"][0]["title"], "Trail tent");
    let again = client.with_header("if-none-match", &tag).get(&url_of(catalog)).await;
    assert_eq!((again.status().as_u16(), kept(&again).as_str()), (304, "public, max-age=60"));

    assert_eq!(kept(&client.get(&url_of(personal)).await), "no-store");
    assert_eq!(kept(&app.as_role("SUPPORT").await.get(&url_of(catalog)).await), "no-store");
}

#[tokio::test]
async fn a_document_runs_over_events_by_its_id_or_its_hash() {
    let mut app = TestApp::on_sqlite().await;
    let file = app.folder().join("manifest.json");
    std::fs::write(&file, json!({ "typename": TEXT, "watch": WATCH }).to_string()).unwrap();
    app.reconfigure(|config| config.persisted.manifest = Some(file)).await;
    let client = streaming(&app.anonymous());
    let posted =
        async |request: Value| client.post("application/json", request.to_string()).await.text().await.unwrap();
    by_hash(&app.anonymous(), Some("{ __typename }"), &hash("{ __typename }")).await.data();
    for text in [
        posted(json!({ "documentId": "typename" })).await,
        posted(json!({ "extensions": named(&hash("{ __typename }"), 1) })).await,
        client.get("?documentId=typename").await.text().await.unwrap(),
        client.get(&url_of("{ __typename }")).await.text().await.unwrap(),
    ] {
        assert!(text.starts_with("event: next\ndata: {\"data\":{\"__typename\":\"Query\"}"), "{text}");
        assert!(text.ends_with("event: complete\ndata: \n\n"), "{text}");
    }
    for unknown in [json!({ "documentId": "other" }), json!({ "extensions": named(&hash("{ other }"), 1) })] {
        let text = posted(unknown).await;
        assert!(
            text.starts_with("event: next\ndata: {\"errors\"") && text.contains("PERSISTED_QUERY_NOT_FOUND"),
            "{text}"
        );
    }

    Shop::small(&app, 1, 1).await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let mut stream = streaming(&keeper).post("application/json", json!({ "documentId": "watch" }).to_string()).await;
    app.until_listening(1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 3)]).await.payload("stockAdjust");
    let mut text = String::new();
    while !text.contains("\"delta\":3") {
        text.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
}

#[test]
fn a_manifest_that_gives_an_id_twice_stops_the_start_and_names_it() {
    let manifest =
        r#"{ "first": "{ __typename }", "again": "{ __typename }", "first": "{ products { totalCount } }" }"#;
    let error = refused_manifest(manifest);
    assert!(error.contains("first: its id is empty or given twice"), "{error}");
}
