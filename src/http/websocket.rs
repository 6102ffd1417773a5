//! GraphQL over WebSocket, the protocol graphql-transport-ws: the upgrade, and one connection from its opening to its
//! close.

mod close;
mod message;
mod token;
mod wire;

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, UPGRADE};
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use tokio_stream::{StreamExt as _, StreamMap};

use self::close::Close;
use self::message::Incoming;
use self::wire::{Bounds, Happened, Wire};
use super::frame::RequestNumber;
use super::media::Media;
use super::rejection::Rejection;
use super::server::Place;
use super::session::{Ended, Session};
use super::streaming::{self, Event, Subscriber};
use super::{Http, answer, endpoint};
use crate::graphql::error::ErrorCode;
use crate::graphql::request::Caller;
use crate::kernel::actor::Actor;

const PROTOCOL: &str = "graphql-transport-ws";

/// Bytes read, or gathered before they are written, at once: little, since there may be thousands of connections.
const BUFFER_BYTES: usize = 4 * 1024;

/// Pings in a row that a client may leave unanswered.
const UNANSWERED_PINGS: u32 = 2;

/// Whether a request asks to become a WebSocket.
pub(super) fn is_asked_for(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(UPGRADE).map(axum::http::HeaderValue::as_bytes);
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
    let Ok(stream) = Arc::clone(&http.stream_places).try_acquire_owned() else {
        return answer::rejection(&Rejection::Overloaded, Media::Json);
    };
    let largest = http.services.config.limits.websocket.frame_bytes;
    let tracked = http.streams.token();
    let place = parts.extensions.get::<Arc<Place>>().cloned();
    let authorization = parts.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let client = Client {
        authorization: authorization.map(SecretString::from),
        user_agent: endpoint::user_agent(&parts.headers),
        address: endpoint::address(&parts.extensions),
    };
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(largest).max_frame_size(largest);
    let upgrade = upgrade.read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES);
    let agreed = upgrade.selected_protocol().is_some();
    upgrade.on_upgrade(move |socket| async move {
        let _held = (tracked, stream, place);
        Connection::new(http, client, socket).converse(agreed).await;
    })
}

/// What the upgrade said of the client.
struct Client {
    authorization: Option<SecretString>,
    user_agent: Option<String>,
    address: Option<IpAddr>,
}

/// One connection.
struct Connection {
    http: Http,
    client: Client,
    wire: Wire<WebSocket>,
    stage: Stage,
    /// The operations that run, by their ids.
    operations: StreamMap<String, BoxStream<'static, Event>>,
    rate: DefaultDirectRateLimiter,
    /// Pings that nothing has come after.
    unanswered: u32,
    stopping: bool,
    /// The check of the token in `connection_init`.
    admission: BoxFuture<'static, Result<Arc<Subscriber>, Ended>>,
    /// The end of the session.
    over: BoxFuture<'static, Ended>,
}

enum Stage {
    /// `connection_init` has not come.
    Opened,
    /// It has.
    Initialised,
    Acknowledged(Arc<Subscriber>),
}

impl Connection {
    fn new(http: Http, client: Client, socket: WebSocket) -> Self {
        let limits = &http.services.config.limits;
        let bounds = Bounds {
            messages: limits.websocket.send_queue,
            bytes: limits.websocket.send_queue_bytes,
            patience: Duration::from_millis(limits.time.websocket_send_ms.get()),
        };
        let quota = Quota::per_second(limits.websocket.messages_per_second);
        Self {
            rate: RateLimiter::direct(quota.allow_burst(limits.websocket.message_burst)),
            wire: Wire::new(socket, bounds),
            http,
            client,
            stage: Stage::Opened,
            operations: StreamMap::new(),
            unanswered: 0,
            stopping: false,
            admission: std::future::pending().boxed(),
            over: std::future::pending().boxed(),
        }
    }

    /// Speaks with the client until either side is done.
    async fn converse(mut self, agreed: bool) {
        let close = if agreed { unless_it_panics(self.talk()).await } else { Close::NO_PROTOCOL };
        tracing::debug!(websocket.code = close.code, websocket.reason = %close.reason, "a WebSocket closes");
        let Self { wire, operations, .. } = self;
        drop(operations);
        wire.part(close).await;
    }

    async fn talk(&mut self) -> Close {
        let time = &self.http.services.config.limits.time;
        let mut pings = tokio::time::interval(Duration::from_millis(time.websocket_ping_ms.get()));
        pings.reset();
        let init = tokio::time::sleep(Duration::from_millis(time.websocket_init_ms.get()));
        tokio::pin!(init);
        loop {
            if self.stopping && self.operations.is_empty() && self.wire.is_idle() {
                return Close::STOPPING;
            }
            let fetching = self.wire.has_room() && !self.operations.is_empty();
            let done = tokio::select! {
                happened = self.wire.next() => self.happened(happened),
                Some((id, event)) = self.operations.next(), if fetching => self.tell(&id, event),
                admitted = &mut self.admission => self.acknowledge(admitted),
                ended = &mut self.over => Err(Close::over(ended)),
                () = &mut init, if matches!(self.stage, Stage::Opened) => Err(Close::INIT_TIMEOUT),
                _ = pings.tick() => self.ping(),
                () = self.http.stop.cancelled(), if !self.stopping => {
                    self.stopping = true;
                    Ok(())
                }
            };
            if let Err(close) = done {
                return close;
            }
        }
    }

    fn happened(&mut self, happened: Happened) -> Result<(), Close> {
        match happened {
            Happened::Sent => Ok(()),
            Happened::Ended(close) => Err(close),
            Happened::Received(message) => {
                self.unanswered = 0;
                if self.rate.check().is_err() {
                    return Err(Close::TOO_MANY_MESSAGES);
                }
                match message {
                    Message::Text(text) => self.receive(message::parse(&text).map_err(Close::invalid)?),
                    Message::Binary(_) => Err(Close::invalid("it is binary")),
                    Message::Ping(_) | Message::Pong(_) => Ok(()),
                    Message::Close(_) => Err(Close::DONE),
                }
            }
        }
    }

    fn receive(&mut self, message: Incoming) -> Result<(), Close> {
        match message {
            Incoming::Init { payload } => self.initialise(&payload)?,
            Incoming::Ping { payload } => self.wire.push(message::pong(payload)),
            Incoming::Pong => {}
            Incoming::Subscribe { id, request } => {
                let Stage::Acknowledged(subscriber) = &self.stage else { return Err(Close::NOT_ACKNOWLEDGED) };
                if self.operations.contains_key(&id) {
                    return Err(Close::duplicate(&id));
                }
                if self.stopping {
                    // The close that follows tells the client to go elsewhere.
                    return Ok(());
                }
                match request.map(|request| subscriber.run(*request)) {
                    Ok(Some(events)) => drop(self.operations.insert(id, events)),
                    Ok(None) => self.wire.push(message::error(&id, &[self.too_many_operations()])),
                    Err(rejection) => self.wire.push(message::error(&id, &[rejection.error()])),
                }
            }
            Incoming::Complete { id } => drop(self.operations.remove(&id)),
        }
        Ok(())
    }

    /// Takes `connection_init`: a token, if there is one, must be good.
    fn initialise(&mut self, payload: &Map<String, Value>) -> Result<(), Close> {
        if !matches!(self.stage, Stage::Opened) {
            return Err(Close::TOO_MANY_INITS);
        }
        self.stage = Stage::Initialised;
        let given = token::authorization_in(payload).or_else(|| self.client.authorization.take());
        let given = given.as_ref().map(secrecy::ExposeSecret::expose_secret);
        let session = Session::new(self.http.services.clone(), given);
        let subscriber = Arc::new(Subscriber {
            session: session.map_err(|ended| self.turned_away(ended))?,
            http: self.http.clone(),
            user_agent: self.client.user_agent.take(),
            address: self.client.address,
            places: Arc::new(Semaphore::new(self.http.services.config.limits.websocket.operations)),
        });
        self.admission = async move { subscriber.session.actor().await.map(|_| subscriber) }.boxed();
        Ok(())
    }

    fn acknowledge(&mut self, admitted: Result<Arc<Subscriber>, Ended>) -> Result<(), Close> {
        self.admission = std::future::pending().boxed();
        let subscriber = admitted.map_err(|ended| self.turned_away(ended))?;
        self.stage = Stage::Acknowledged(Arc::clone(&subscriber));
        self.over = async move { subscriber.session.over().await }.boxed();
        self.wire.push(message::ack());
        Ok(())
    }

    /// Why a connection without a good token closes. Whoever tries tokens pays for it as a stranger.
    fn turned_away(&self, ended: Ended) -> Close {
        if ended == Ended::Unknown {
            return Close::over(ended);
        }
        let number: RequestNumber = self.http.services.ids.make();
        let stranger = Caller::new(Actor::anonymous(), number.to_string()).with_address(self.client.address);
        let paid = self.http.gate.charge_refused(&stranger);
        paid.map_or(Close::TOO_MANY_BAD_TOKENS, |()| Close::over(ended))
    }

    /// Passes an event of an operation on to the client.
    fn tell(&mut self, id: &str, event: Event) -> Result<(), Close> {
        let text = match event {
            Event::Next(response) => {
                match message::next(id, &response, self.http.services.config.limits.graphql.response_bytes) {
                    Ok(text) => {
                        self.wire.push(text);
                        return Ok(());
                    }
                    Err(rejection) => Some(message::error(id, &[rejection.error()])),
                }
            }
            Event::Failed(errors) => Some(message::error(id, &errors)),
            Event::Complete => Some(message::complete(id)),
            Event::Stopping => None,
            Event::Over(ended) => return Err(Close::over(ended)),
        };
        drop(self.operations.remove(id));
        if let Some(text) = text {
            self.wire.push(text);
        }
        Ok(())
    }

    /// Shows the client that the server lives, and looks whether it does.
    fn ping(&mut self) -> Result<(), Close> {
        if self.unanswered >= UNANSWERED_PINGS {
            return Err(Close::SILENT);
        }
        self.unanswered = self.unanswered.saturating_add(1);
        if self.wire.has_room() {
            self.wire.push(Message::Ping("".into()));
        }
        Ok(())
    }

    fn too_many_operations(&self) -> async_graphql::ServerError {
        let allowed = self.http.services.config.limits.websocket.operations;
        streaming::error(ErrorCode::LimitExceeded, &format!("A connection has at most {allowed} operations at once."))
    }
}

/// Waits for `talk`; a bug in it closes this connection with a word and leaves the server running.
async fn unless_it_panics(talk: impl Future<Output = Close>) -> Close {
    AssertUnwindSafe(talk).catch_unwind().await.unwrap_or_else(|_panic| {
        tracing::error!("a WebSocket's connection panicked");
        Close::INTERNAL
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bug_closes_with_a_word() {
        assert_eq!(unless_it_panics(async { Close::DONE }).await, Close::DONE);
        assert_eq!(unless_it_panics(async { panic!("a bug") }).await.code, 4500);
    }
}
