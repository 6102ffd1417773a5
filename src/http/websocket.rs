//! GraphQL over WebSocket (graphql-transport-ws): the upgrade, and one connection from its opening to its close.
//! async-graphql speaks the protocol; what it leaves open is kept here: limits, close codes, pings, the end of a session.

mod incoming;
mod link;
mod operations;

use std::sync::Arc;

use async_graphql::{Data, Error};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::FromRequestParts as _;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::header::{SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use futures_util::SinkExt as _;
use futures_util::stream::{SplitSink, StreamExt as _};
use tokio::sync::mpsc::{self, Receiver};
use tokio_util::sync::PollSender;

use self::link::{Close, Link};
use self::operations::Operations;
use super::media::Media;
use super::rejection::Rejection;
use super::{Http, answer};

const PROTOCOL: &str = "graphql-transport-ws";

/// Whether a request asks to become a WebSocket.
pub(super) fn is_asked_for(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(UPGRADE).map(HeaderValue::as_bytes);
    upgrade.is_some_and(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
}

/// Answers the request to become a WebSocket.
pub(super) fn upgrade(
    http: Http,
    parts: &Parts,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        let reason = "This is not a complete request for a WebSocket.".to_owned();
        return answer::rejection(&Rejection::Malformed(reason), Media::Json);
    };
    if !offers_protocol(&parts.headers) {
        let reason = format!("The WebSocket must offer the subprotocol {PROTOCOL}.");
        return answer::rejection(&Rejection::Malformed(reason), Media::Json);
    }
    let Ok(place) = Arc::clone(&http.socket_places).try_acquire_owned() else {
        return answer::rejection(&Rejection::Overloaded, Media::Json);
    };
    let largest = http.services.config.limits.websocket.frame_bytes;
    let tracked = http.sockets.token();
    let link = Arc::new(Link::new(http, parts));
    upgrade.protocols([PROTOCOL]).max_message_size(largest).max_frame_size(largest).on_upgrade(|socket| async move {
        let _held = (tracked, place);
        converse(link, socket).await;
    })
}

fn offers_protocol(headers: &HeaderMap) -> bool {
    let offers = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    offers.flat_map(|offers| offers.split(',')).any(|offer| offer.trim() == PROTOCOL)
}

/// Speaks with one client until either side is done.
async fn converse(link: Arc<Link>, socket: WebSocket) {
    let Some(protocol) = protocol().await else { return };
    let (sink, stream) = socket.split();
    let (outgoing, queue) = mpsc::channel(link.limits().send_queue);
    let incoming = incoming::checked(Arc::clone(&link), stream);
    let init = {
        let link = Arc::clone(&link);
        move |payload| async move {
            match link.initialise(&payload).await {
                Ok(()) => Ok(Data::default()),
                Err(close) => {
                    link.close(close);
                    Err(Error::new(close.reason))
                }
            }
        }
    };
    let operations = Operations::new(Arc::clone(&link));
    let speaking = GraphQLWebSocket::new_with_pair(PollSender::new(outgoing.clone()), incoming, operations, protocol)
        .on_connection_init(init)
        .serve();
    let writing = tokio::spawn(write(Arc::clone(&link), sink, queue));
    tokio::select! {
        () = speaking => {}
        () = link.watch() => {}
    }
    let farewell = outgoing.send(link.farewell());
    tokio::time::timeout(link.patience(), farewell).await.ok();
    drop(outgoing);
    writing.await.ok();
}

/// Sends what is queued, and pings, until a close has been sent or the client takes too long.
async fn write(link: Arc<Link>, mut sink: SplitSink<WebSocket, Message>, mut queue: Receiver<Message>) {
    let mut pings = tokio::time::interval(link.ping_every());
    pings.reset();
    loop {
        let message = tokio::select! {
            message = queue.recv() => match message {
                // The library closes with codes of its own; the protocol's come from here.
                Some(Message::Close(_)) | None => link.farewell(),
                Some(message) => message,
            },
            _ = pings.tick() => Message::Ping("".into()),
        };
        let last = matches!(message, Message::Close(_));
        let sent = tokio::time::timeout(link.patience(), sink.send(message)).await;
        if last || !matches!(sent, Ok(Ok(()))) {
            link.close(Close::TOO_SLOW);
            return;
        }
    }
}

/// The protocol as the library names it, which it only reads from a request.
async fn protocol() -> Option<GraphQLProtocol> {
    let request = axum::http::Request::builder().header(SEC_WEBSOCKET_PROTOCOL, PROTOCOL).body(()).ok()?;
    let (mut parts, ()) = request.into_parts();
    GraphQLProtocol::from_request_parts(&mut parts, &()).await.ok()
}

impl From<Close> for Message {
    fn from(close: Close) -> Self {
        Self::Close(Some(CloseFrame { code: close.code, reason: close.reason.into() }))
    }
}
