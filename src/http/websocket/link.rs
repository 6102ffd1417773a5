//! What is known of one connection: whether it is initialised, who it belongs to, which operations run, why it closes.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::Message;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::WebsocketLimits;
use crate::http::rejection::Rejection;
use crate::http::{Http, bearer, endpoint};
use crate::kernel::actor::Actor;

/// Why the server closes a connection, with the codes of graphql-transport-ws and of RFC 6455.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Close {
    pub code: u16,
    pub reason: &'static str,
}

impl Close {
    pub const DONE: Self = Self { code: 1000, reason: "" };
    pub const STOPPING: Self = Self { code: 1001, reason: "The server is stopping" };
    pub const TOO_LARGE: Self = Self { code: 1009, reason: "Message too large" };
    pub const UNAVAILABLE: Self = Self { code: 1013, reason: "Try again later" };
    pub const TOO_SLOW: Self = Self { code: 1013, reason: "The client takes too long to receive" };
    pub const SILENT: Self = Self { code: 1001, reason: "The client answers no ping" };
    pub const BAD_MESSAGE: Self = Self { code: 4400, reason: "Invalid message received" };
    pub const NOT_INITIALISED: Self = Self { code: 4401, reason: "Unauthorized" };
    pub const FORBIDDEN: Self = Self { code: 4403, reason: "Forbidden: the access token is not valid" };
    pub const SESSION_OVER: Self = Self { code: 4403, reason: "Forbidden: the session has ended" };
    pub const INIT_TIMEOUT: Self = Self { code: 4408, reason: "Connection initialisation timeout" };
    pub const DUPLICATE_ID: Self = Self { code: 4409, reason: "Subscriber for this id already exists" };
    pub const TOO_MANY_INITS: Self = Self { code: 4429, reason: "Too many initialisation requests" };
}

/// One connection.
pub(super) struct Link {
    pub http: Http,
    /// What the client called itself at the upgrade.
    pub user_agent: Option<String>,
    /// Where the client is.
    pub address: Option<IpAddr>,
    state: Mutex<State>,
    closing: CancellationToken,
}

struct State {
    initialisation: Initialisation,
    /// The token of the upgrade, then of `connection_init`.
    authorization: Option<SecretString>,
    running: HashSet<String>,
    /// The id of the operation that is about to start.
    starting: Option<String>,
    heard: Instant,
    close: Option<Close>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Initialisation {
    Awaited,
    UnderWay,
    Done,
}

impl Link {
    /// A connection whose upgrade was asked for so.
    pub(super) fn new(http: Http, parts: &Parts) -> Self {
        let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let state = State {
            initialisation: Initialisation::Awaited,
            authorization: authorization.map(SecretString::from),
            running: HashSet::new(),
            starting: None,
            heard: Instant::now(),
            close: None,
        };
        let user_agent = endpoint::user_agent(&parts.headers);
        let address = endpoint::address(&parts.extensions);
        Self { http, user_agent, address, state: Mutex::new(state), closing: CancellationToken::new() }
    }

    /// Takes the payload of `connection_init`: a token, if there is one, must be good.
    pub(super) async fn initialise(&self, payload: &Value) -> Result<(), Close> {
        if let Some(given) = authorization_in(payload) {
            self.state().authorization = Some(given);
        }
        self.actor().await?;
        self.state().initialisation = Initialisation::Done;
        Ok(())
    }

    /// Who the connection belongs to at this moment.
    pub(super) async fn actor(&self) -> Result<Actor, Close> {
        let Some(authorization) = self.state().authorization.clone() else {
            return Ok(Actor::anonymous());
        };
        let token = bearer::token(authorization.expose_secret()).ok_or(Close::FORBIDDEN)?;
        bearer::actor(&self.http.services, token).await.map_err(|rejection| {
            if rejection == Rejection::Unavailable { Close::UNAVAILABLE } else { Close::FORBIDDEN }
        })
    }

    /// Returns when the connection is to be closed, the reason being kept.
    pub(super) async fn watch(&self) {
        let time = &self.http.services.config.limits.time;
        let mut checks = tokio::time::interval(Duration::from_millis(time.websocket_session_check_ms.get()));
        let init = tokio::time::sleep(Duration::from_millis(time.websocket_init_ms.get()));
        tokio::pin!(init);
        let mut awaiting_init = true;
        loop {
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = self.http.stop.cancelled() => self.close(Close::STOPPING),
                () = &mut init, if awaiting_init => {
                    awaiting_init = false;
                    if self.initialisation() == Initialisation::Awaited {
                        self.close(Close::INIT_TIMEOUT);
                    }
                }
                _ = checks.tick() => self.check().await,
            }
        }
    }

    /// Closes the connection when its session has ended or its client is gone.
    async fn check(&self) {
        if self.state().heard.elapsed() > self.ping_every() * 2 + PATIENCE_WITH_PONGS {
            self.close(Close::SILENT);
        } else if self.initialisation() == Initialisation::Done && self.actor().await == Err(Close::FORBIDDEN) {
            self.close(Close::SESSION_OVER);
        }
    }

    /// Has the connection closed for this reason, unless it closes for another already.
    pub(super) fn close(&self, close: Close) {
        self.state().close.get_or_insert(close);
        self.closing.cancel();
    }

    /// The last message.
    pub(super) fn farewell(&self) -> Message {
        self.state().close.unwrap_or(Close::DONE).into()
    }

    pub(super) fn initialisation(&self) -> Initialisation {
        self.state().initialisation
    }

    /// Notes that `connection_init` has come; false when it came before.
    pub(super) fn begin_initialisation(&self) -> bool {
        let mut state = self.state();
        let first = state.initialisation == Initialisation::Awaited;
        if first {
            state.initialisation = Initialisation::UnderWay;
        }
        first
    }

    /// Notes that the client has shown itself.
    pub(super) fn heard(&self) {
        self.state().heard = Instant::now();
    }

    /// Notes that an operation is about to start under `id`; false when one runs under it.
    pub(super) fn announce(&self, id: &str) -> bool {
        let mut state = self.state();
        let fresh = state.running.insert(id.to_owned());
        state.starting = Some(id.to_owned());
        fresh
    }

    /// The id of the operation that starts, and how many run with it.
    pub(super) fn start(&self) -> (Option<String>, usize) {
        let mut state = self.state();
        (state.starting.take(), state.running.len())
    }

    /// Notes that the operation under `id` has ended.
    pub(super) fn end(&self, id: &str) {
        self.state().running.remove(id);
    }

    pub(super) fn limits(&self) -> &WebsocketLimits {
        &self.http.services.config.limits.websocket
    }

    pub(super) fn ping_every(&self) -> Duration {
        Duration::from_millis(self.http.services.config.limits.time.websocket_ping_ms.get())
    }

    /// How long a client may take to receive one message.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_millis(self.http.services.config.limits.time.websocket_send_ms.get())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A pong may be this late.
const PATIENCE_WITH_PONGS: Duration = Duration::from_secs(5);

/// The token in the payload of `connection_init`, in the places where clients put it.
fn authorization_in(payload: &Value) -> Option<SecretString> {
    let text = |value: &Value, name: &str| {
        let fields = value.as_object()?;
        let field = fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name))?;
        field.1.as_str().map(str::to_owned)
    };
    let headers = payload.get("headers").unwrap_or(&Value::Null);
    let whole = text(payload, "authorization").or_else(|| text(headers, "authorization"));
    let bare = || text(payload, "accessToken").map(|token| format!("Bearer {token}"));
    whole.or_else(bare).map(SecretString::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_found_where_clients_put_it() {
        let found = |payload: Value| authorization_in(&payload).map(|token| token.expose_secret().to_owned());
        let expected = Some("Bearer t".to_owned());
        assert_eq!(found(json!({ "Authorization": "Bearer t" })), expected);
        assert_eq!(found(json!({ "authorization": "Bearer t" })), expected);
        assert_eq!(found(json!({ "headers": { "Authorization": "Bearer t" } })), expected);
        assert_eq!(found(json!({ "accessToken": "t" })), expected);
        assert_eq!(found(json!({ "other": 1 })), None);
        assert_eq!(found(Value::Null), None);
    }
}
