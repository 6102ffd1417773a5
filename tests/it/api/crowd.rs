//! Many clients at once against a server in a process of its own: a thousand that are idle, and some that subscribe and
//! never read. A healthy client is served meanwhile, and the server stays small.

use std::path::Path;
use std::process::Command;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::socket::Socket;

const IDLE: usize = 1_000;

/// What a thousand idle WebSockets may take together.
const IDLE_BYTES: u64 = 64 * 1024 * 1024;

/// Those that subscribe and never read, and what they may take together: without bounds it would be hundreds of
/// megabytes.
const SILENT: usize = 16;
const SILENT_BYTES: u64 = 96 * 1024 * 1024;

/// Lets this process, and those that it starts, open enough files, where the system's first limit is lower.
fn allow_many_files() {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let allowed = line.and_then(|line| line.split_whitespace().nth(3)).and_then(|most| most.parse::<usize>().ok());
    if allowed.is_some_and(|allowed| allowed < 4 * IDLE) {
        let id = std::process::id().to_string();
        let raised = Command::new("prlimit").args(["--pid", &id, &format!("--nofile={}:", 4 * IDLE)]).status();
        assert!(raised.is_ok_and(|raised| raised.success()), "the limit of open files can't be raised");
    }
}

fn serve(folder: &Path) -> Process {
    allow_many_files();
    Process::serve(folder, |command| {
        command.arg("--demo").env("STOCKROOM_RATES__ENABLED", "false");
        command.env("STOCKROOM_LIMITS__TIME__WEBSOCKET_SEND_MS", "1000");
        command.env("STOCKROOM_LIMITS__TIME__SEND_MS", "1000");
    })
}

async fn is_served(client: &Client) {
    client.query("{ products(first: 5) { nodes { title } } }", json!({})).await.data();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_idle_sockets_are_held_while_a_healthy_client_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    let client = server.client();
    is_served(&client).await;
    let before = server.resident_bytes();
    let mut held = Vec::new();
    for _ in 0..IDLE / 50 {
        held.extend(join_all((0..50).map(|_| Socket::open(&server.url, None))).await);
        is_served(&client).await;
    }
    if let (Some(before), Some(after)) = (before, server.resident_bytes()) {
        assert!(after < before + IDLE_BYTES, "the server grew from {before} to {after} bytes");
    }
    for socket in &mut held {
        socket.subscribe("1", "{ __typename }", json!({})).await;
    }
    for socket in &mut held {
        assert_eq!(socket.event("1").await, json!({ "__typename": "Query" }));
    }
    is_served(&client).await;
}

/// Asks for the whole schema a hundred times and reads nothing, until the server has hung up.
async fn ask_and_never_read(mut socket: Socket) {
    let schema = "{ __schema { types { name description fields { name description args { name description } } } } }";
    for id in 0..100 {
        if !socket.try_subscribe(&id.to_string(), schema).await {
            return;
        }
    }
    socket.send_until_gone().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_that_ask_for_much_and_never_read_are_dropped_and_take_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    let client = server.client();
    is_served(&client).await;
    let before = server.resident_bytes();
    let sockets = join_all((0..SILENT).map(|_| Socket::open_narrow(&server.url, None))).await;
    let silent = join_all(sockets.into_iter().map(ask_and_never_read));
    let healthy = async {
        for _ in 0..20 {
            is_served(&client).await;
        }
    };
    tokio::join!(silent, healthy);
    if let (Some(before), Some(after)) = (before, server.peak_bytes()) {
        assert!(after < before + SILENT_BYTES, "the server grew from {before} to {after} bytes");
    }
    is_served(&client).await;
}
