//! The attacks of OWASP's GraphQL cheat sheet and of graphql-cop against a server in a process of its own, while a
//! healthy client goes on reading: it must hardly notice, and the server must not grow.

use std::time::{Duration, Instant};

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::support::client::{Client, patient};
use crate::support::patience::in_time;
use crate::support::process::Process;

/// How much slower the healthy client may become, and the shortest time that counts as quiet: what a server blocked by one
/// of these attacks takes is seconds, what a busy machine adds is less than this.
const SLOWER: u32 = 10;
const QUIET_FLOOR: Duration = Duration::from_millis(100);

/// How much larger the server may become, at any moment of all attacks at once.
const GROWTH: u64 = 64 * 1024 * 1024;

/// The same of the documents that would unfold without end, sent a hundred times each.
const UNFOLDED: u64 = 32 * 1024 * 1024;

/// What no answer may tell.
const SECRETS: [&str; 11] = [
    "panicked",
    "src/",
    ".rs",
    "SELECT ",
    "sqlx",
    "sea_orm",
    "async-graphql",
    "async_graphql",
    "axum",
    "hyper",
    "backtrace",
];

/// A request that harms, or tries to.
struct Attack {
    name: &'static str,
    content_type: &'static str,
    body: String,
}

fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(" ")
}

fn document(name: &'static str, query: &str) -> Attack {
    with_variables(name, query, json!({}))
}

fn with_variables(name: &'static str, query: &str, variables: Value) -> Attack {
    let body = json!({ "query": query, "variables": variables }).to_string();
    Attack { name, content_type: "application/json", body }
}

fn body(name: &'static str, content_type: &'static str, body: impl Into<String>) -> Attack {
    Attack { name, content_type, body: body.into() }
}

/// Documents that cost out of proportion to their length.
fn documents() -> Vec<Attack> {
    let bomb = many(28, |n| format!("fragment a{n} on Query {{ ...a{0} ...a{0} }}", n + 1));
    let lists = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let objects = format!("{}1{}", "{a:".repeat(1_500), "}".repeat(1_500));
    let deep = format!("{{ products {}id{} }}", "{ nodes { variants ".repeat(30), "}".repeat(60));
    let wide = "{ products(first: 100) { nodes { variants(first: 100) { nodes { product { variants(first: 100) { nodes { id } } } } } } } }";
    let guess =
        |n| format!("a{n}: login(input: {{ email: \"admin@example.com\", password: \"{n}\" }}) {{ accessToken }}");
    let cycle = "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }";
    vec![
        document("aliases", &format!("{{ {} }}", many(1_000, |n| format!("a{n}: __typename")))),
        document("field duplication", &format!("{{ {} }}", "__typename ".repeat(1_000))),
        document("directive overload", &format!("{{ __typename {} }}", "@aa".repeat(900))),
        document("directives on the operation", &format!("query {} {{ __typename }}", "@aa".repeat(900))),
        document("circular fragments", "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"),
        document("a fragment bomb", &format!("{{ ...a0 }} {bomb} fragment a28 on Query {{ __typename }}")),
        document(
            "a chain of unused fragments",
            &format!("{{ __typename }} {}", many(900, |n| format!("fragment a{n} on Query {{ x }}"))),
        ),
        document("circular introspection", cycle),
        document("deep selections", &deep),
        document("pages of pages", wide),
        document("nested lists", &format!("{{ f(x: {}) }}", lists(1_600))),
        document("nested objects", &format!("{{ f(x: {objects}) }}")),
        document("a nested default", &format!("query($a: X = {}) {{ f }}", lists(2_000))),
        document("guesses of a password", &format!("mutation {{ {} }}", many(50, guess))),
        document(
            "many mutations",
            &format!("mutation {{ {} }}", many(29, |n| format!("a{n}: logout {{ userErrors {{ code }} }}"))),
        ),
        document("unused variables", &format!("query({}) {{ __typename }}", many(400, |n| format!("$v{n}: Int")))),
        document("a long document", &format!("{{ __typename }} #{}", "x".repeat(200_000))),
        document("a syntax error that repeats itself", &format!("{{ {}", "a ".repeat(900))),
        document("null bytes", "{ product(handle: \"\u{0}\") { id } \u{0} }"),
        document("a huge number", &format!("{{ products(first: 1{}) {{ nodes {{ id }} }} }}", "0".repeat(400))),
        document("a field that is not there", "{ produkts { nodes { id } } }"),
        with_variables(
            "nested variables",
            "query($a: ID) { node(id: $a) { id } }",
            (0..100).fold(json!(1), |inner, _| json!([inner])),
        ),
        with_variables("a long text", "query($a: ID!) { node(id: $a) { id } }", json!({ "a": "x".repeat(200_000) })),
        with_variables("a long list", "query($a: [ID!]!) { nodes(ids: $a) { id } }", json!({ "a": vec!["x"; 5_000] })),
        with_variables("many variables", "{ __typename }", (0..5_000).map(|n| (format!("v{n}"), json!(n))).collect()),
    ]
}

/// Bodies that are not a request as clients send it.
fn bodies() -> Vec<Attack> {
    let logout = r#"{"query":"mutation { logout { userErrors { code } } }"}"#;
    vec![
        body("a batch", "application/json", format!("[{}]", vec![r#"{"query":"{__typename}"}"#; 1_000].join(","))),
        body("a form", "application/x-www-form-urlencoded", "query=mutation%7Blogout%7BuserErrors%7Bcode%7D%7D%7D"),
        body("plain text", "text/plain", logout),
        body(
            "a multipart upload",
            "multipart/form-data; boundary=x",
            "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{}\r\n--x--",
        ),
        body("XML", "application/xml", "<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>"),
        body("no JSON", "application/json", "{\"query\": {{{{"),
        body("JSON without end", "application/json", "[".repeat(200_000)),
        body("a key twice", "application/json", r#"{"query":"{__typename}","query":"{viewer{id}}"}"#),
        body("no text", "application/json", r#"{"query":["{__typename}"]}"#),
        body("nothing", "application/json", ""),
    ]
}

/// Checks that an answer is GraphQL's, is no fault of the server, and says nothing of its inside.
fn is_decent(name: &str, status: u16, text: &str) {
    assert!((400..500).contains(&status) || status == 200, "{name}: {status} {text}");
    let answer: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{name}: {status} without JSON: {text}"));
    let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("{name} was let through: {text}"));
    for error in errors {
        assert!(error["extensions"]["code"].is_string() && error["message"].is_string(), "{name}: {error}");
    }
    for secret in SECRETS {
        assert!(!text.contains(secret), "{name} learns of {secret:?}: {text}");
    }
    assert!(text.len() < 10_000, "{name} is answered with {} bytes", text.len());
}

/// Reads the catalog over and over until `stop`; every answer must be right. Returns how long each took.
async fn probe(client: Client, mut stop: watch::Receiver<bool>) -> Vec<Duration> {
    let mut took = Vec::new();
    while !*stop.borrow_and_update() || took.len() < 100 {
        let started = Instant::now();
        let answer = client.query("{ __typename products(first: 5) { nodes { title } } }", json!({})).await;
        took.push(started.elapsed());
        assert_eq!(answer.data()["products"]["nodes"].as_array().unwrap().len(), 5);
    }
    took
}

fn p99(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[(took.len() * 99 / 100).min(took.len() - 1)]
}

/// Sends `head` and then nothing more; returns what the server says before it hangs up.
async fn slow(address: &str, head: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    in_time(stream.read_to_end(&mut answer), "the connection did not end").await.ok();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Clients that send a part of a request and then wait.
async fn slow_clients(address: &str) {
    let post = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let waiting = (0..50).map(|_| async { (slow(address, post).await, slow(address, "POST /graphql HT").await) });
    for (body, head) in futures_util::future::join_all(waiting).await {
        assert!(body.starts_with("HTTP/1.1 408 "), "a slow body: {body}");
        assert!(head.is_empty() || head.starts_with("HTTP/1.1 408 "), "a slow head: {head}");
    }
}

/// 10 MB are refused long before their end; whether the client then still hears why is up to its operating system.
async fn a_large_body(client: &Client, url: &str) {
    let large = vec![b' '; 10_000_000];
    let sent = patient().post(url).header(CONTENT_TYPE, "application/json").body(large).send().await;
    if let Ok(response) = sent {
        assert_eq!(response.status(), 413);
    }
    client.query("{ __typename }", json!({})).await.data();
}

async fn attack(client: &Client, server: &Process) {
    let send = |attack: Attack| async move {
        let response = client.post(attack.content_type, attack.body).await;
        let status = response.status().as_u16();
        is_decent(attack.name, status, &response.text().await.unwrap());
    };
    let attacks = documents().into_iter().chain(bodies());
    futures_util::future::join_all(attacks.map(send)).await;
    let mutation = client.get("?query=mutation%7Blogout%7BuserErrors%7Bcode%7D%7D%7D").await;
    assert_eq!(mutation.status(), 405);
    is_decent("a mutation by GET", 405, &mutation.text().await.unwrap());
    a_large_body(client, &server.url).await;
    slow_clients(server.url.trim_start_matches("http://").trim_end_matches("/graphql")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_client_hardly_notices_any_known_attack() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::serve(folder.path(), |command| {
        // Without the bucket of points, which would spare the server most of this; slow clients need not wait long.
        command.arg("--demo").env("STOCKROOM_RATES__ENABLED", "false");
        command.env("STOCKROOM_LIMITS__TIME__BODY_READ_MS", "1000");
        command.env("STOCKROOM_LIMITS__TIME__HEADER_READ_MS", "1000");
    });
    let client = server.client();
    let (stop, stopped) = watch::channel(true);
    let quiet = p99(probe(server.client(), stopped.clone()).await).max(QUIET_FLOOR);
    let before = server.resident_bytes();
    server.forget_peak();
    stop.send(false).unwrap();
    let probing = tokio::spawn(probe(server.client(), stopped));
    for _ in 0..3 {
        attack(&client, &server).await;
    }
    stop.send(true).unwrap();
    let busy = p99(probing.await.unwrap());
    assert!(busy < quiet * SLOWER, "the healthy client waits {busy:?} instead of {quiet:?}");
    if let (Some(before), Some(peak)) = (before, server.peak_bytes()) {
        assert!(peak < before + GROWTH, "the server grew from {before} to {peak} bytes");
    }
}

#[tokio::test]
async fn documents_that_would_unfold_without_end_take_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::serve(folder.path(), |command| {
        command.env("STOCKROOM_RATES__ENABLED", "false");
    });
    let client = server.client();
    let bombs = ["a fragment bomb", "nested lists", "nested objects", "a nested default", "deep selections"];
    let attacks: Vec<Attack> = documents().into_iter().filter(|attack| bombs.contains(&attack.name)).collect();
    assert_eq!(attacks.len(), bombs.len());
    client.query("{ __typename }", json!({})).await.data();
    let before = server.resident_bytes();
    server.forget_peak();
    for attack in &attacks {
        for _ in 0..100 {
            let response = client.post(attack.content_type, attack.body.clone()).await;
            is_decent(attack.name, response.status().as_u16(), &response.text().await.unwrap());
        }
    }
    if let (Some(before), Some(peak)) = (before, server.peak_bytes()) {
        assert!(peak < before + UNFOLDED, "the server grew from {before} to {peak} bytes");
    }
}
