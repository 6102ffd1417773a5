//! The server is killed under load, again and again: what it acknowledged is there, nothing is half there, and the audit is clean.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::shelves::{ADJUST, Shop, assert_clean};
use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::{TestApp, both_databases};

both_databases!(nothing_acknowledged_is_lost_when_the_server_is_killed);

const CLIENTS: u64 = 16;
const KILLS: u64 = 3;
/// Acknowledged adjustments between two kills.
const UNTIL_KILL: usize = 60;
const VARIANTS: usize = 20;

/// One adjustment, and whether its answer came.
struct Sent {
    key: String,
    request: Value,
    acknowledged: bool,
}

async fn nothing_acknowledged_is_lost_when_the_server_is_killed(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, VARIANTS, 2).await;
    shop.receive(&keeper, 1_000).await;
    let mut history = Vec::new();
    for round in 0..KILLS {
        let mut server = serve(&app);
        history.extend(load_and_kill(&keeper.at(&server.url), &mut server, round).await);
    }
    assert!(history.iter().filter(|sent| sent.acknowledged).count() >= UNTIL_KILL);

    let server = serve(&app);
    let keeper = keeper.at(&server.url);
    for sent in history.iter().filter(|sent| !sent.acknowledged) {
        settle(&keeper, sent).await;
    }
    for chunk in history.chunks(50) {
        assert_each_is_whole_and_once(&keeper, chunk).await;
    }
    assert_eq!(all_units(&keeper).await, 1_000 * i64::try_from(VARIANTS).unwrap());
    let levels = keeper.query("{ stockLevels { totalCount } }", json!({})).await;
    let levels = levels.field("stockLevels")["totalCount"].as_u64().unwrap();
    assert_clean(&keeper, usize::try_from(levels).unwrap()).await;
}

/// A server in a process of its own on the database and keys of `app`.
pub(crate) fn serve(app: &TestApp) -> Process {
    let config = app.config();
    let folder: &Path = &config.server.data_dir;
    let url = config.database.url.clone();
    Process::serve(folder, |command| {
        if let Some(url) = url {
            command.env("DATABASE_URL", url.expose_secret());
        }
    })
}

/// Sixteen clients move units between two locations until the server, killed meanwhile, answers no more.
async fn load_and_kill(client: &Client, server: &mut Process, round: u64) -> Vec<Sent> {
    let (count, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (client, count, enough) = (client.clone(), count.clone(), enough.clone());
            tokio::spawn(async move {
                let mut random = StdRng::seed_from_u64(round * 1_000 + number);
                let mut history: Vec<Sent> = Vec::new();
                while history.last().is_none_or(|sent| sent.acknowledged) {
                    let key = format!("round-{round}-client-{number}-{}", history.len());
                    let request = request(&mut random, &key);
                    let answer = client.with_idempotency_key(&key).attempt(&request).await;
                    let acknowledged = answer.is_some_and(|answer| is_done(&answer));
                    history.push(Sent { key, request, acknowledged });
                    if acknowledged && count.fetch_add(1, Ordering::SeqCst) + 1 >= UNTIL_KILL {
                        enough.notify_one();
                    }
                }
                history
            })
        })
        .collect();
    enough.notified().await;
    server.kill();
    join_all(clients).await.into_iter().flat_map(Result::unwrap).collect()
}

/// One unit from the first location to the second, as two lines of an adjustment.
fn request(random: &mut StdRng, key: &str) -> Value {
    let sku = format!("SKU-{}", random.random_range(0..VARIANTS));
    let line = |location: &str, delta: i64| json!({ "sku": sku, "locationCode": location, "delta": delta });
    let input = json!({ "reason": "OTHER", "reference": key, "lines": [line("LOC-0", -1), line("LOC-1", 1)] });
    json!({ "query": ADJUST, "variables": { "input": input } })
}

/// Whether the answer says that the adjustment was made; a server that is being killed may say «unavailable».
fn is_done(answer: &Value) -> bool {
    answer["data"]["stockAdjust"]["adjustment"]["id"].is_string()
}

/// Finds out what became of an adjustment without an answer: the same request with the same key does it once.
async fn settle(keeper: &Client, sent: &Sent) {
    let answer = keeper.with_idempotency_key(&sent.key).attempt(&sent.request).await.unwrap();
    assert!(is_done(&answer), "{answer:#}");
}

async fn assert_each_is_whole_and_once(keeper: &Client, history: &[Sent]) {
    let document = "query($keys: [String!]) { stockAdjustments(filter: { references: $keys }, first: 100) {
        totalCount nodes { reference lines { delta } }
    } }";
    let keys: Vec<&str> = history.iter().map(|sent| sent.key.as_str()).collect();
    let answer = keeper.query(document, json!({ "keys": keys })).await;
    let found = answer.field("stockAdjustments");
    assert_eq!(found["totalCount"], json!(keys.len()));
    for node in found["nodes"].as_array().unwrap() {
        assert_eq!(node["lines"], json!([{ "delta": -1 }, { "delta": 1 }]), "{node}");
    }
}

async fn all_units(keeper: &Client) -> i64 {
    let answer = keeper.query("{ stockLevels(first: 100) { nodes { onHand } } }", json!({})).await;
    let nodes = answer.field("stockLevels")["nodes"].as_array().unwrap().clone();
    nodes.iter().map(|node| node["onHand"].as_i64().unwrap()).sum()
}
