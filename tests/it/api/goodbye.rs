//! Clients that go away and servers that stop: nothing that was asked for is done by half.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::{TestApp, both_databases};

both_databases!(a_client_that_goes_away_has_its_write_done);

const CREATE: &str =
    "mutation($input: LocationCreateInput!) { locationCreate(input: $input) { location { id } userErrors { code } } }";
const PASSWORD: &str = "correct horse battery staple 9";
const LIST: &str = "{ locations(first: 100) { nodes { code } } }";

async fn a_client_that_goes_away_has_its_write_done(app: TestApp) {
    let manager = app.as_role("INVENTORY_MANAGER").await;
    let authorization = manager.header("authorization").unwrap();
    let address = app.url().trim_start_matches("http://").trim_end_matches("/graphql").to_owned();
    for number in 0..10 {
        let body =
            json!({ "query": CREATE, "variables": { "input": { "code": format!("GONE-{number}"), "name": "x" } } });
        let body = body.to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: {authorization}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        drop(stream);
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let answer = manager.query(LIST, json!({})).await;
        let written = answer.field("locations")["nodes"].as_array().unwrap().len();
        if written == 10 {
            break;
        }
        assert!(Instant::now() < deadline, "{written} of 10 writes were done");
        tokio::task::yield_now().await;
    }
}

/// Creates locations until the server is gone; returns the codes that it acknowledged.
async fn hammer(client: Client, worker: usize, stop: Arc<AtomicBool>, done: Arc<AtomicUsize>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let code = format!("W{worker}-{number}");
        let body = json!({ "query": CREATE, "variables": { "input": { "code": code, "name": "x" } } });
        match client.try_send(&body).await {
            Some(answer) if answer.status == 200 => {
                assert_eq!(answer.user_error_codes("locationCreate"), Vec::<String>::new());
                acknowledged.push(code);
                done.fetch_add(1, Ordering::Relaxed);
            }
            Some(answer) => panic!("{} {}", answer.status, answer.body),
            None => {
                assert!(stop.load(Ordering::Relaxed), "refused before the server was asked to stop");
                break;
            }
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_asked_to_stop_under_load_keeps_every_write_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Process::serve(folder.path(), |command| {
        command.env("STOCKROOM_ADMIN_PASSWORD", PASSWORD);
    });
    let admin = server.client().logged_in("admin@example.com", PASSWORD).await;
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let workers: Vec<_> =
        (0..8).map(|worker| tokio::spawn(hammer(admin.clone(), worker, stop.clone(), done.clone()))).collect();
    while done.load(Ordering::Relaxed) < 40 {
        tokio::task::yield_now().await;
    }
    stop.store(true, Ordering::Relaxed);
    let asked = Instant::now();
    server.ask_to_stop();
    let mut acknowledged = Vec::new();
    for worker in workers {
        acknowledged.extend(worker.await.unwrap());
    }
    let ended = tokio::task::spawn_blocking(move || server.wait()).await.unwrap();
    assert_eq!(ended.code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(30));

    let server = Process::serve(folder.path(), |_| {});
    let admin = server.client().logged_in("admin@example.com", PASSWORD).await;
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = "query($after: String) { locations(first: 100, after: $after) { nodes { code } pageInfo { endCursor hasNextPage } } }";
        let answer = admin.query(page, json!({ "after": after })).await;
        let locations = answer.field("locations");
        found.extend(
            locations["nodes"].as_array().unwrap().iter().map(|node| node["code"].as_str().unwrap().to_owned()),
        );
        after = locations["pageInfo"]["endCursor"].clone();
        if locations["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
    }
    let lost: Vec<_> = acknowledged.iter().filter(|code| !found.contains(code)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
}
