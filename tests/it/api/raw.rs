//! Requests that no well-behaved client sends, written byte by byte: the answer is JSON in GraphQL's form wherever one
//! can be given at all.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::TestApp;
use crate::support::patience::in_time;

/// Sends `bytes`, closes that half, and returns the status and the body of the answer.
async fn talk(app: &TestApp, bytes: &str) -> (u16, String) {
    let address = app.url().trim_start_matches("http://").trim_end_matches("/graphql").to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    in_time(stream.read_to_string(&mut answer), "the connection did not end").await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer to {bytes:?}: {answer}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(!head.to_lowercase().contains("\r\nserver:"), "{head}");
    (status, body.to_owned())
}

/// The same for an answer whose body must be a GraphQL error with a code.
async fn refused(app: &TestApp, bytes: &str) -> (u16, String) {
    let (status, body) = talk(app, bytes).await;
    let body: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status} to {bytes:?}: {body:?}"));
    (status, body["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned())
}

fn post(head: &str) -> String {
    format!("POST /graphql HTTP/1.1\r\nconnection: close\r\n{head}\r\n\r\n{{\"query\":\"{{__typename}}\"}}")
}

#[tokio::test]
async fn a_head_that_says_two_things_at_once_is_refused() {
    let app = TestApp::on_sqlite().await;
    for head in [
        "content-type: application/json\r\ncontent-length: 24",
        "host: a\r\nhost: b\r\ncontent-type: application/json\r\ncontent-length: 24",
        "host: a\r\ncontent-type: application/json\r\ncontent-type: text/plain\r\ncontent-length: 24",
    ] {
        assert_eq!(refused(&app, &post(head)).await, (400, "BAD_REQUEST".to_owned()), "{head}");
    }
}

#[tokio::test]
async fn a_body_of_two_lengths_is_refused_and_one_in_chunks_ends_where_the_last_does() {
    let app = TestApp::on_sqlite().await;
    let different = post("host: a\r\ncontent-type: application/json\r\ncontent-length: 24\r\ncontent-length: 25");
    assert_eq!(talk(&app, &different).await.0, 400);
    let chunks = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\
                  transfer-encoding: chunked\r\nconnection: close\r\n\r\n18\r\n{\"query\":\"{__typename}\"}\r\n0\r\n\r\n";
    let (status, body) = talk(&app, chunks).await;
    assert!(status == 200 && body.contains("__typename"), "{status} {body}");
}

/// A GET of the endpoint with these lines in its head.
fn get(target: &str, lines: &[String]) -> String {
    let lines: String = lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
    format!("GET {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{lines}\r\n")
}

/// A URI of so many bytes that asks for the name of the root.
fn uri(bytes: usize) -> String {
    let asking = "/graphql?query={__typename}&other=";
    format!("{asking}{}", "x".repeat(bytes - asking.len()))
}

#[tokio::test]
async fn a_uri_that_is_too_long_is_refused_with_414() {
    let app = TestApp::on_sqlite().await;
    let (status, body) = talk(&app, &get(&uri(16 * 1024), &[])).await;
    assert!(status == 200 && body.contains("Query"), "{status} {body}");
    for bytes in [16 * 1024 + 1, 40_000] {
        assert_eq!(refused(&app, &get(&uri(bytes), &[])).await, (414, "URI_TOO_LONG".to_owned()), "{bytes}");
    }
    let absolute = format!("http://{}{}", "a".repeat(63), uri(16 * 1024));
    assert_eq!(refused(&app, &get(&absolute, &[])).await, (414, "URI_TOO_LONG".to_owned()));
}

#[tokio::test]
async fn more_headers_than_allowed_are_refused_with_431() {
    let app = TestApp::on_sqlite().await;
    // Two are there already.
    let lines = |count: usize| (0..count - 2).map(|number| format!("x-{number}: y")).collect::<Vec<_>>();
    assert_eq!(talk(&app, &get(&uri(100), &lines(64))).await.0, 200);
    for count in [65, 100] {
        let refused = refused(&app, &get(&uri(100), &lines(count))).await;
        assert_eq!(refused, (431, "HEADERS_TOO_LARGE".to_owned()), "{count}");
    }
    let same = vec!["cookie: a=b".to_owned(); 98];
    assert_eq!(refused(&app, &get(&uri(100), &same)).await, (431, "HEADERS_TOO_LARGE".to_owned()));
}

#[tokio::test]
async fn headers_that_are_too_large_together_are_refused_with_431() {
    let app = TestApp::on_sqlite().await;
    let there = "host: a\r\nconnection: close\r\n".len();
    let line = |bytes: usize| vec![format!("x: {}", "y".repeat(bytes - there - "x: \r\n".len()))];
    assert_eq!(talk(&app, &get(&uri(100), &line(16 * 1024))).await.0, 200);
    for bytes in [16 * 1024 + 1, 30_000] {
        let refused = refused(&app, &get(&uri(100), &line(bytes))).await;
        assert_eq!(refused, (431, "HEADERS_TOO_LARGE".to_owned()), "{bytes}");
    }
}

#[tokio::test]
async fn a_head_far_beyond_the_limits_is_refused_before_it_is_read() {
    let app = TestApp::on_sqlite().await;
    for lines in [vec![format!("x: {}", "y".repeat(300_000))], vec!["x: y".to_owned(); 5_000]] {
        assert_eq!(talk(&app, &get(&uri(100), &lines)).await, (431, String::new()));
    }
    assert_eq!(talk(&app, &get(&uri(60_000), &[])).await.0, 414);
}

#[tokio::test]
async fn targets_of_every_form_are_answered() {
    let app = TestApp::on_sqlite().await;
    let get = |target: &str, version: &str| get(target, &[]).replace("HTTP/1.1", &format!("HTTP/{version}"));
    for (target, version) in
        [("/graphql?query={__typename}", "1.0"), ("http://elsewhere.example/graphql?query={__typename}", "1.1")]
    {
        let (status, body) = talk(&app, &get(target, version)).await;
        assert_eq!(status, 200, "{target}");
        assert!(body.starts_with(r#"{"data":{"__typename":"Query"}"#), "{target}: {body}");
    }
    for target in ["/nowhere", "/graphql/", "//graphql", "/../graphql", "http://a"] {
        assert_eq!(refused(&app, &get(target, "1.1")).await, (404, "BAD_REQUEST".to_owned()), "{target}");
    }
    let asterisk = "OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert_eq!(refused(&app, asterisk).await, (404, "BAD_REQUEST".to_owned()));
    let connect = "CONNECT a:443 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert_eq!(refused(&app, connect).await, (404, "BAD_REQUEST".to_owned()));
}

#[tokio::test]
async fn other_paths_answer_in_the_same_form() {
    let app = TestApp::on_sqlite().await;
    let send = |start: &str| format!("{start} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    for path in ["/healthz", "/readyz", "/.well-known/jwks.json", "/playground/main.js"] {
        let request = send(&format!("DELETE {path}"));
        assert_eq!(refused(&app, &request).await, (405, "METHOD_NOT_ALLOWED".to_owned()), "{path}");
    }
    for path in ["/playground/other.js", "/playground/%ff", "/playground/"] {
        assert_eq!(refused(&app, &send(&format!("GET {path}"))).await, (404, "BAD_REQUEST".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn what_is_no_http_ends_with_a_word_or_without_one_and_leaves_the_server_running() {
    let app = TestApp::on_sqlite().await;
    for bytes in
        ["\r\n\r\n\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\u{e9}\u{0} HTTP/1.1\r\n\r\n"]
    {
        let (status, body) = talk(&app, bytes).await;
        assert_eq!((status, body.as_str()), (400, ""), "{bytes:?}");
    }
    let (status, _) = talk(&app, "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert_eq!(status, 200);
}
