//! What stands between a client and the server: it passes on every byte, but spends the user's points just before the first
//! subscription, and sees that it is refused. It knows no client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::interval;

use crate::support::client::Client;

/// What the server says on a WebSocket before a client can subscribe.
const ACKNOWLEDGED: &str = "connection_ack";
/// What a client says when it subscribes by HTTP.
const EVENTS_WANTED: &str = "accept: text/event-stream";
/// What the server says when it refuses a subscription for now.
const REFUSED: &str = "rate_limited";

/// A port of its own, in front of one server.
pub(super) struct Front {
    address: SocketAddr,
    watch: Arc<Watch>,
}

struct Watch {
    server: String,
    /// Logged in as the user of the clients to come.
    spender: Client,
    spent: AtomicBool,
    refusals: AtomicUsize,
}

impl Front {
    pub(super) async fn of(url: &str, spender: Client) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = url.trim_start_matches("http://").trim_end_matches("/graphql").to_owned();
        let watch = Watch { server, spender, spent: AtomicBool::new(false), refusals: AtomicUsize::new(0) };
        let watch = Arc::new(watch);
        let watching = Arc::clone(&watch);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&watching).pass(client));
            }
        });
        Self { address, watch }
    }

    /// The endpoint, as the clients see it.
    pub(super) fn url(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    /// How many subscriptions have been refused for want of points.
    pub(super) fn refusals(&self) -> usize {
        self.watch.refusals.load(Ordering::SeqCst)
    }
}

impl Watch {
    async fn pass(self: Arc<Self>, client: TcpStream) {
        let server = TcpStream::connect(&self.server).await.unwrap();
        let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
        let subscribes = AtomicBool::new(false);
        tokio::join!(
            self.relay(from_client, to_server, &[EVENTS_WANTED], &subscribes),
            self.relay(from_server, to_client, &[ACKNOWLEDGED, REFUSED], &subscribes),
        );
    }

    /// Passes on what comes from one side, and looks for these marks in it, in lower case.
    async fn relay(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, marks: &[&str], subscribes: &AtomicBool) {
        let (mut seen, mut buffer) = (String::new(), [0; 8 * 1024]);
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            let bytes = &buffer[..read];
            seen.push_str(&String::from_utf8_lossy(bytes).to_lowercase());
            for mark in marks {
                let Some(at) = seen.find(mark) else { continue };
                seen.drain(..at + mark.len());
                if *mark != REFUSED {
                    subscribes.store(true, Ordering::SeqCst);
                    self.spend().await;
                } else if subscribes.load(Ordering::SeqCst) {
                    self.refusals.fetch_add(1, Ordering::SeqCst);
                }
            }
            if to.write_all(bytes).await.is_err() {
                break;
            }
        }
        to.shutdown().await.ok();
    }

    /// Spends all points, once, and the next that comes as well: then there is none for a whole second.
    async fn spend(&self) {
        let (mut ticks, mut empty) = (interval(Duration::from_millis(5)), false);
        while !self.spent.load(Ordering::SeqCst) {
            ticks.tick().await;
            match self.spender.query("{ __typename }", json!({})).await.status {
                429 => empty = true,
                _ => self.spent.store(empty, Ordering::SeqCst),
            }
        }
    }
}
