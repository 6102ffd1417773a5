//! W7: a thousand subscribers who are told of each change of a level.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::load::Request;
use super::program::Program;

const SUBSCRIBERS: usize = 1_000;
const CHANGES: usize = 20;
const SUBSCRIPTION: &str = "subscription Levels { stockLevelChanged { onHand } }";

/// How subscribers are spoken to: by graphql-transport-ws, or, with the bare server, at once and without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speech {
    Graphql,
    Bare,
}

/// How long it took from sending a change to its arrival at the subscribers: at half of them, at 99 of 100, and at the last; and what it took of the
/// processor for each.
pub(crate) async fn measure(program: &Program, token: &str, speech: Speech, change: &Request) -> String {
    let (told, mut arrivals) = mpsc::unbounded_channel();
    stream::iter(0..SUBSCRIBERS)
        .for_each_concurrent(16, |_| async {
            let mut socket = connected(program, token, speech).await;
            let told = told.clone();
            tokio::spawn(async move {
                while let Some(Ok(message)) = socket.next().await {
                    let Message::Text(text) = message else { continue };
                    assert!(!text.contains("\"type\":\"error\""), "{text}");
                    let is_change = speech == Speech::Bare || text.contains("\"type\":\"next\"");
                    if is_change && told.send(Instant::now()).is_err() {
                        // What is told after the last change that counts interests nobody.
                        break;
                    }
                }
            });
        })
        .await;
    let (client, cpu) = (reqwest::Client::new(), program.cpu());
    let mut waits = Vec::new();
    // The first finds out whether all of them listen.
    for number in 0..=CHANGES {
        let begin = Instant::now();
        let answer = change.sent(&client, &program.url, token).send().await.unwrap().text().await.unwrap();
        assert!(answer.contains("\"userErrors\":[]"), "{answer}");
        let mut times = Vec::new();
        while times.len() < SUBSCRIBERS {
            let arrived = tokio::time::timeout(Duration::from_secs(30), arrivals.recv()).await;
            times.push(arrived.expect("everyone is told").unwrap().duration_since(begin));
        }
        times.sort();
        if number > 0 {
            waits.push([times[SUBSCRIBERS / 2], times[SUBSCRIBERS * 99 / 100], times[SUBSCRIBERS - 1]]);
        }
    }
    let cpu = program.cpu().saturating_sub(cpu) / u32::try_from((CHANGES + 1) * SUBSCRIBERS).unwrap();
    let median = |index: usize| {
        let mut all: Vec<Duration> = waits.iter().map(|wait| wait[index]).collect();
        all.sort();
        all[all.len() / 2]
    };
    format!(
        "half after {:.1?}, 99 % after {:.1?}, all after {:.1?}, CPU {cpu:.1?} each",
        median(0),
        median(1),
        median(2)
    )
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn connected(program: &Program, token: &str, speech: Speech) -> Socket {
    let mut request = program.url.replace("http://", "ws://").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    if speech == Speech::Bare {
        return socket;
    }
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
    send(&mut socket, &init).await;
    let acknowledged = socket.next().await.unwrap().unwrap();
    assert!(acknowledged.to_text().unwrap().contains("connection_ack"), "{acknowledged}");
    send(&mut socket, &json!({ "id": "1", "type": "subscribe", "payload": { "query": SUBSCRIPTION } })).await;
    socket
}

async fn send(socket: &mut Socket, message: &Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}
