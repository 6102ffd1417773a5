//! Documents that are named instead of sent: registered by clients under their hash, or trusted by the operator.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::tempdir;

use crate::support::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::process::stockroom;

const TEXT: &str = "query Named { __typename }";

fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

fn named(hash: &str, version: u8) -> Value {
    json!({ "persistedQuery": { "version": version, "sha256Hash": hash } })
}

async fn by_hash(client: &Client, text: Option<&str>, hash: &str) -> Answer {
    client.send(&json!({ "query": text, "extensions": named(hash, 1) })).await
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
    let get = format!("?extensions={{\"persistedQuery\":{{\"version\":1,\"sha256Hash\":\"{}\"}}}}", hash(TEXT));
    Answer::read(client.get(&get).await).await.data();
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
    let folder = tempdir().unwrap();
    for bad in ["{ colour }", "{", "{ a: viewer { id } fragment }"] {
        let manifest = json!({
            "format": "apollo-persisted-query-manifest", "version": 1,
            "operations": [{ "id": "1", "name": "Bad", "type": "query", "body": bad }],
        });
        std::fs::write(folder.path().join("manifest.json"), manifest.to_string()).unwrap();
        let mut command = stockroom(folder.path());
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("STOCKROOM_PERSISTED__MANIFEST", "manifest.json");
        let output = command.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.contains("Bad (1)"), "{error}");
    }
}
