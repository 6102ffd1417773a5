//! Every limit in front of the schema, hit on a running server that goes on serving afterwards.

mod table;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::patience::in_time;
use crate::support::process::Process;

/// A server in a process of its own: what stops it must fail a test, not end all of them.
fn server(folder: &Path) -> Process {
    Process::serve(folder, |command| {
        command.env("STOCKROOM_RATES__ENABLED", "false");
    })
}

/// Sends a document that could stop a server, and checks that another client is answered at once while and after it is.
async fn is_refused(client: &Client, document: &str, code: &str) {
    let attack = tokio::spawn({
        let (client, document) = (client.clone(), document.to_owned());
        async move { client.query(&document, json!({})).await }
    });
    let started = Instant::now();
    client.query("{ __typename }", json!({})).await.data();
    let answer = attack.await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(2), "answered after {:?}", started.elapsed());
    assert_eq!(answer.codes(), [code], "{}", answer.body);
    assert!(answer.body.to_string().len() < 1_000, "the answer repeats the document");
    client.query("{ __typename }", json!({})).await.data();
}

#[tokio::test]
async fn documents_that_overflow_a_parsers_stack_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let client = server.client();
    let lists = format!("{}{}", "[".repeat(1_600), "]".repeat(1_600));
    let objects = format!("{}1{}", "{a:".repeat(1_500), "}".repeat(1_500));
    is_refused(&client, &format!("{{f(x:{lists})}}"), "LIMIT_EXCEEDED").await;
    is_refused(&client, &format!("{{f(x:{objects})}}"), "LIMIT_EXCEEDED").await;
    is_refused(&client, &format!("query($a:X={lists}){{f}}"), "LIMIT_EXCEEDED").await;
    is_refused(&client, &format!("query @d(a:{lists}){{f}}"), "LIMIT_EXCEEDED").await;
}

#[tokio::test]
async fn a_fragment_bomb_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let bomb: Vec<String> = (0..27).map(|n| format!("fragment a{n} on Query{{...a{0} ...a{0}}}", n + 1)).collect();
    let document = format!("{{...a0}} {} fragment a27 on Query{{__typename}}", bomb.join(" "));
    is_refused(&server.client(), &document, "LIMIT_EXCEEDED").await;
}

#[tokio::test]
async fn floods_of_fragments_directives_aliases_and_fields_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let client = server.client();
    let many = |count: usize, part: fn(usize) -> String| (0..count).map(part).collect::<Vec<_>>().join(" ");
    let fragments = many(1_000, |n| format!("fragment a{n} on Query{{x}}"));
    is_refused(&client, &format!("{{__typename}} {fragments}"), "LIMIT_EXCEEDED").await;
    is_refused(&client, &format!("query {}{{__typename}}", "@a".repeat(900)), "LIMIT_EXCEEDED").await;
    let aliases = many(500, |n| format!("a{n}:__typename"));
    is_refused(&client, &format!("{{{aliases}}}"), "LIMIT_EXCEEDED").await;
    is_refused(&client, &format!("{{{}}}", "__typename ".repeat(500)), "LIMIT_EXCEEDED").await;
    let circle = "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}";
    is_refused(&client, circle, "LIMIT_EXCEEDED").await;
}

/// Each limit of `[limits.graphql]` by its key, with a document and variables that are just over it.
fn just_over() -> Vec<(&'static str, String, serde_json::Value)> {
    let many = |count: usize, part: &dyn Fn(usize) -> String| (0..count).map(part).collect::<Vec<_>>().join(" ");
    let rows = |levels: &str| format!("{{ products(first: 100) {levels} }}");
    let nested = |count: usize| (0..count).fold(json!(1), |inner, _| json!([inner]));
    let one = |text: &str| text.to_owned();
    vec![
        ("query_bytes", format!("{{ __typename }} #{}", " ".repeat(33_000)), json!({})),
        ("tokens", format!("{{ viewer {{ {} }} }}", many(2_000, &|_| one("id"))), json!({})),
        ("nesting", format!("{{ f(x: {}1{}) }}", "[".repeat(63), "]".repeat(63)), json!({})),
        ("operations", many(6, &|n| format!("query q{n} {{ __typename }}")), json!({})),
        (
            "fragments",
            format!("{{ __typename }} {}", many(33, &|n| format!("fragment f{n} on Query {{ x }}"))),
            json!({}),
        ),
        (
            "expanded_selections",
            format!(
                "{{ {} }} fragment a on Query {{ viewer {{ {} }} }}",
                many(19, &|_| one("...a")),
                many(600, &|_| one("id"))
            ),
            json!({}),
        ),
        ("depth", format!("{{ {} id {} }}", "viewer { ".repeat(12), "}".repeat(12)), json!({})),
        (
            "introspection_depth",
            format!("{{ __schema {{ {} name {} }} }}", "ofType { ".repeat(14), "}".repeat(14)),
            json!({}),
        ),
        ("aliases", format!("{{ viewer {{ {} }} }}", many(31, &|n| format!("a{n}: id"))), json!({})),
        ("root_fields", format!("{{ {} }}", many(21, &|_| one("__typename"))), json!({})),
        ("mutation_root_fields", format!("mutation {{ {} }}", many(6, &|_| one("__typename"))), json!({})),
        ("credential_fields", one("mutation { a: login { accessToken } b: register { accessToken } }"), json!({})),
        ("directives_per_field", format!("query {} {{ __typename }}", "@a".repeat(5)), json!({})),
        ("directives_per_field", format!("query ($v: Int {}) {{ __typename }}", "@a".repeat(5)), json!({})),
        (
            "directives_per_field",
            format!("{{ ...f }} fragment f on Query {} {{ __typename }}", "@a".repeat(5)),
            json!({}),
        ),
        ("directives_per_field", format!("{{ __typename {} }}", "@skip(if: false)".repeat(5)), json!({})),
        ("directives_per_document", format!("{{ viewer {{ {} }} }}", many(11, &|_| one("id @a @b"))), json!({})),
        (
            "complexity",
            format!("{{ viewer {{ ...a ...a ...a }} }} fragment a on User {{ {} }}", many(334, &|_| one("a { b }"))),
            json!({}),
        ),
        (
            "nodes",
            rows("{ nodes { variants(first: 100) { nodes { stockLevels(first: 100) { nodes { id } } } } } }"),
            json!({}),
        ),
        ("variables", format!("query ({}) {{ __typename }}", many(101, &|n| format!("$v{n}: Int"))), json!({})),
        ("variable_depth", one("{ __typename }"), json!({ "v": nested(33) })),
        ("list_items", one("{ __typename }"), json!({ "v": vec![0; 1_001] })),
        ("list_items", format!("{{ nodes(ids: [{}]) {{ id }} }}", many(1_001, &|_| one("1"))), json!({})),
        ("list_items", format!("query ($v: [Int] = [{}]) {{ __typename }}", many(1_001, &|_| one("1"))), json!({})),
        ("list_items", format!("{{ __typename @skip(if: [{}]) }}", many(1_001, &|_| one("1"))), json!({})),
        ("string_bytes", one("{ __typename }"), json!({ "v": "x".repeat(65_537) })),
    ]
}

#[tokio::test]
async fn each_limit_on_documents_is_enforced_and_named() {
    let app = TestApp::on_sqlite().await;
    for (key, document, variables) in just_over() {
        let shown: String = document.chars().take(80).collect();
        let answer = app.anonymous().query(&document, variables).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["LIMIT_EXCEEDED".to_owned()]), "{key}: {shown}");
        assert_eq!(answer.errors()[0]["extensions"]["limit"], key, "{shown}: {}", answer.body);
    }
}

#[tokio::test]
async fn fields_that_are_repeated_a_thousand_times_are_counted_each_time() {
    let app = TestApp::on_sqlite().await;
    let statements = app.statements();
    let repeated = format!("{{ {} }}", "products(first: 100) { totalCount } ".repeat(20));
    app.anonymous().query(&repeated, json!({})).await.data();
    assert!(app.statements() > statements, "nothing was executed");
    let statements = app.statements();
    for (document, limit) in [
        (format!("{{ {} }}", "viewer { id } ".repeat(300)), "root_fields"),
        (format!("{{ ...a }} fragment a on Query {{ {} }}", "viewer { id } ".repeat(300)), "root_fields"),
        (format!("{{ viewer {{ {} }} }}", "id ".repeat(1_998)), "tokens"),
    ] {
        let answer = app.anonymous().query(&document, json!({})).await;
        assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
        assert_eq!(answer.errors()[0]["extensions"]["limit"], limit);
    }
    assert_eq!(app.statements(), statements);
}

#[tokio::test]
async fn the_whole_schema_may_be_asked_for_at_its_price_and_circles_may_not() {
    let app = TestApp::on_sqlite().await;
    let field = "fields { args { type { fields { args { type { name } } } } } }";
    let dear = format!("{{ __schema {{ types {{ {field} }} }} }}");
    let answer = app.anonymous().query(&dear, json!({})).await;
    assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
    assert_eq!(answer.errors()[0]["extensions"]["limit"], "cost", "{}", answer.body);
    let usual =
        "{ __schema { types { name fields { name args { name } } inputFields { name } enumValues { name } } } }";
    let answer = app.anonymous().query(usual, json!({})).await;
    let requested = answer.body["extensions"]["cost"]["requested"].as_u64().unwrap();
    assert!((5..30).contains(&requested), "{requested}");
}

#[tokio::test]
async fn a_connection_beyond_those_that_may_be_open_is_closed_at_once() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.http.connections = 2.try_into().unwrap()).await;
    let address = app.url().trim_start_matches("http://").trim_end_matches("/graphql").to_owned();
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        in_time(stream.read_exact(&mut [0; 12]), "the server did not answer").await.unwrap();
        held.push(stream);
    }
    let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut third = TcpStream::connect(&address).await.unwrap();
    third.write_all(request).await.ok();
    let mut text = Vec::new();
    in_time(third.read_to_end(&mut text), "the connection did not end").await.ok();
    assert_eq!(text, b"");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let app = TestApp::on_sqlite().await;
    let body = json!({ "query": "{ __typename }", "variables": { "x": "x".repeat(300 * 1024) } });
    let answer = app.anonymous().send(&body).await;
    assert_eq!((answer.status, answer.codes()), (413, vec!["PAYLOAD_TOO_LARGE".to_owned()]));
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let app = TestApp::on_sqlite().await;
    let body = r#"{"query":"{ __typename }"}"#;
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql"]
    {
        let answer = Answer::read(app.anonymous().post(content_type, body).await).await;
        assert_eq!((answer.status, answer.codes()), (415, vec!["UNSUPPORTED_MEDIA_TYPE".to_owned()]));
    }
}

#[tokio::test]
async fn a_batch_of_requests_is_refused() {
    let app = TestApp::on_sqlite().await;
    let answer = app.anonymous().send(&json!([{ "query": "{ __typename }" }])).await;
    assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_REQUEST".to_owned()]));
}

/// Sends the bytes on a connection of its own and reads until the server closes it.
pub(super) async fn talk(app: &TestApp, bytes: &[u8]) -> String {
    let address = app.url().trim_start_matches("http://").trim_end_matches("/graphql").to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut text = Vec::new();
    in_time(stream.read_to_end(&mut text), "the connection did not end").await.ok();
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| {
        config.limits.time.header_read_ms = 50.try_into().unwrap();
        // Longer than anybody waits here, so that it cannot be what ends the connection.
        config.limits.time.idle_ms = 300_000.try_into().unwrap();
    })
    .await;
    assert_eq!(talk(&app, b"POST /graphql HTTP/1.1\r\nhost: x\r\n").await, "");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.idle_ms = 50.try_into().unwrap()).await;
    let answer = talk(&app, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_body_that_never_comes_is_given_up_with_an_answer() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| {
        config.limits.time.body_read_ms = 50.try_into().unwrap();
        config.limits.time.idle_ms = 500.try_into().unwrap();
    })
    .await;
    let head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{";
    let answer = talk(&app, head).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("REQUEST_TIMEOUT"), "{answer}");
}

#[tokio::test]
async fn a_request_beyond_those_that_may_be_served_at_once_is_told_to_come_back() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.http.requests_in_flight = 1.try_into().unwrap()).await;
    let address = app.url().trim_start_matches("http://").trim_end_matches("/graphql").to_owned();
    let mut slow = TcpStream::connect(address).await.unwrap();
    // `100-continue` tells when the request has its place: the server asks for the body only then.
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n\
                content-length: 50\r\n\r\n";
    slow.write_all(head.as_bytes()).await.unwrap();
    in_time(slow.read_exact(&mut [0; 12]), "the server did not ask for the body").await.unwrap();
    let answer = app.anonymous().query("{ __typename }", json!({})).await;
    assert_eq!((answer.status, answer.codes()), (503, vec!["UNAVAILABLE".to_owned()]));
    assert_eq!(answer.headers["retry-after"], "1");
    drop(slow);
}

#[tokio::test]
async fn an_answer_over_the_limit_is_refused() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.graphql.response_bytes = 1_000).await;
    let answer = app.anonymous().query("{ __schema { types { name } } }", json!({})).await;
    assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
}
