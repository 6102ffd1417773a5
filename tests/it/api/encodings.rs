//! Compressed bodies, both ways, within their bounds.

use async_compression::tokio::bufread::{
    BrotliDecoder, BrotliEncoder, GzipDecoder, GzipEncoder, ZstdDecoder, ZstdEncoder,
};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use crate::support::TestApp;
use crate::support::client::Answer;

const ENCODINGS: [&str; 3] = ["gzip", "br", "zstd"];

async fn encoded(encoding: &str, text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    match encoding {
        "gzip" => GzipEncoder::new(text).read_to_end(&mut bytes).await,
        "br" => BrotliEncoder::new(text).read_to_end(&mut bytes).await,
        "zstd" => ZstdEncoder::new(text).read_to_end(&mut bytes).await,
        other => panic!("{other}"),
    }
    .unwrap();
    bytes
}

async fn decoded(encoding: &str, bytes: &[u8]) -> String {
    let mut text = String::new();
    match encoding {
        "gzip" => GzipDecoder::new(bytes).read_to_string(&mut text).await,
        "br" => BrotliDecoder::new(bytes).read_to_string(&mut text).await,
        "zstd" => ZstdDecoder::new(bytes).read_to_string(&mut text).await,
        other => panic!("{other}"),
    }
    .unwrap();
    text
}

/// Sends a body that claims to be encoded so.
async fn send(app: &TestApp, encoding: &str, body: Vec<u8>) -> Answer {
    let client = app.anonymous().with_header("content-encoding", encoding);
    Answer::read(client.post("application/json", body).await).await
}

#[tokio::test]
async fn a_compressed_request_is_read() {
    let app = TestApp::on_sqlite().await;
    for encoding in ENCODINGS {
        let body = encoded(encoding, br#"{"query":"{ __typename }"}"#).await;
        assert_eq!(send(&app, encoding, body).await.data(), &json!({ "__typename": "Query" }), "{encoding}");
    }
}

#[tokio::test]
async fn a_bomb_is_refused_and_not_unpacked() {
    let app = TestApp::on_sqlite().await;
    let text = json!({ "query": "{ __typename }", "variables": { "x": "x".repeat(50 * 1024 * 1024) } }).to_string();
    for encoding in ENCODINGS {
        let bomb = encoded(encoding, text.as_bytes()).await;
        assert!(bomb.len() < 256 * 1024, "{encoding}: {} bytes", bomb.len());
        let answer = send(&app, encoding, bomb).await;
        assert_eq!((answer.status, answer.codes()), (413, vec!["PAYLOAD_TOO_LARGE".to_owned()]), "{encoding}");
    }
}

#[tokio::test]
async fn other_and_broken_encodings_are_refused() {
    let app = TestApp::on_sqlite().await;
    for encoding in ["deflate", "compress", "gzip, gzip"] {
        let answer = send(&app, encoding, b"{}".to_vec()).await;
        assert_eq!((answer.status, answer.codes()), (415, vec!["UNSUPPORTED_MEDIA_TYPE".to_owned()]), "{encoding}");
        assert_eq!(answer.headers["accept-encoding"], "gzip, br, zstd");
    }
    for encoding in ENCODINGS {
        let answer = send(&app, encoding, br#"{"query":"{ __typename }"}"#.to_vec()).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_REQUEST".to_owned()]), "{encoding}");
    }
}

/// Asks for the schema's types, a long answer, or for a short one.
async fn ask(app: &TestApp, accept: &str, document: &str) -> reqwest::Response {
    let client = app.anonymous().with_header("accept-encoding", accept);
    client.post("application/json", json!({ "query": document }).to_string()).await
}

/// By which headers of a request the answer differs.
fn varies(answer: &reqwest::Response) -> String {
    let lines = answer.headers().get_all("vary").iter().map(|line| line.to_str().unwrap().to_owned());
    lines.collect::<Vec<_>>().join(",")
}

const LONG: &str = "{ __schema { types { name description } } }";

#[tokio::test]
async fn a_long_answer_is_compressed_as_the_client_takes_it() {
    let app = TestApp::on_sqlite().await;
    let plain = ask(&app, "identity", LONG).await;
    assert!(!plain.headers().contains_key("content-encoding"));
    assert!(varies(&plain).contains("accept-encoding"));
    // A client that names none may be followed by one that does.
    assert!(
        varies(&app.anonymous().post("application/json", json!({ "query": LONG }).to_string()).await)
            .contains("accept-encoding")
    );
    let plain = plain.text().await.unwrap();
    for encoding in ENCODINGS {
        let answer = ask(&app, encoding, LONG).await;
        assert_eq!(answer.headers()["content-encoding"], encoding);
        assert!(varies(&answer).contains("accept-encoding"));
        let bytes = answer.bytes().await.unwrap();
        assert!(bytes.len() * 3 < plain.len(), "{encoding}: {} of {}", bytes.len(), plain.len());
        assert_eq!(decoded(encoding, &bytes).await, plain);
    }
    let preferred = ask(&app, "gzip;q=0.5, br;q=0.9", LONG).await;
    assert_eq!(preferred.headers()["content-encoding"], "br");
}

#[tokio::test]
async fn a_short_answer_is_not_compressed() {
    let app = TestApp::on_sqlite().await;
    let answer = ask(&app, "gzip, br, zstd", "{ __typename }").await;
    assert!(!answer.headers().contains_key("content-encoding"));
    assert_eq!(answer.json::<Value>().await.unwrap()["data"], json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn compression_can_be_left_to_a_proxy() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.http.compression = false).await;
    assert!(!ask(&app, "gzip", LONG).await.headers().contains_key("content-encoding"));
}
