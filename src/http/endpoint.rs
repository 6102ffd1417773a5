//! `/graphql`: POST, GET (queries only), the upgrade to a WebSocket, and GraphiQL for browsers.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, State, WebSocketUpgrade};
use axum::http::header::{USER_AGENT, VARY};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method};
use axum::response::Response;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument as _;

use super::answer::Form;
use super::client::ClientAddress;
use super::media::Media;
use super::rejection::Rejection;
use super::request::Sent;
use super::{Http, answer, batch, bearer, cache, frame, playground, points, request, sse, websocket};
use crate::graphql::gate::{Admitted, Answer, Keeping, KeptAnswer, Recalled};
use crate::graphql::loaders::Loaders;
use crate::graphql::request::Caller;
use crate::kernel::actor::Actor;

const METHODS: &str = "GET, HEAD, POST";

/// Answers whatever is sent to the endpoint.
pub(super) async fn graphql(State(http): State<Http>, request: axum::extract::Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if parts.method == Method::GET && websocket::is_asked_for(&parts.headers) {
        if http.origins.is_foreign(&parts.headers) {
            return answer::rejection(&Rejection::CrossSite, Media::Json);
        }
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
        return websocket::upgrade(http, &parts, upgrade);
    }
    let reads = parts.method == Method::GET || parts.method == Method::HEAD;
    let page = reads && http.services.config.playground_enabled();
    let offered = [Media::GraphqlResponse, Media::Json, Media::EventStream, Media::Html];
    let offered = if page { &offered[..] } else { &offered[..3] };
    match Media::wanted(&parts.headers, offered) {
        None => answer::rejection(&Rejection::NotAcceptable, Media::Json),
        Some(Media::Html) => playground::page(notice(&http)),
        Some(media) => {
            let answer = serve(&http, parts, body, media).await;
            let answer = answer.unwrap_or_else(|rejection| answer::rejection(&rejection, media));
            varying(answer)
        }
    }
}

/// What a person who opens the playground must know.
fn notice(http: &Http) -> Option<&'static str> {
    let only_trusted = http.services.config.persisted.only_trusted;
    only_trusted
        .then_some("This server executes trusted documents only: a text that is not in its manifest is refused.")
}

/// Says by which headers of a request its answer differs.
fn varying(mut answer: Response) -> Response {
    answer.headers_mut().append(VARY, HeaderValue::from_static("accept, authorization"));
    answer
}

/// Reads what was sent, finds out by whom, and has it executed and answered.
async fn serve(http: &Http, parts: Parts, body: Body, media: Media) -> Result<Response, Rejection> {
    let place = Arc::clone(&http.places).try_acquire_owned().map_err(|_full| Rejection::Overloaded)?;
    let sent = match parts.method {
        Method::POST | Method::GET | Method::HEAD if http.origins.is_forgeable(&parts.headers) => {
            return Err(Rejection::CrossSite);
        }
        Method::POST => {
            let most = http.services.config.limits.http.batch;
            request::from_post(&parts.headers, body, http.body_limits(), most).await?
        }
        Method::GET | Method::HEAD => Sent::One(Box::new(request::from_get(&parts.uri)?)),
        _ => return Err(Rejection::MethodNotAllowed { allow: METHODS, message: "Use POST, or GET for a query." }),
    };
    let mut exchange = Exchange { http: http.clone(), parts, media, actor: Actor::anonymous(), _place: place };
    match bearer::actor_of(&http.services, &exchange.parts.headers).await {
        Ok(actor) => exchange.actor = actor,
        // Whoever tries tokens pays for it as a stranger.
        Err(refused @ Rejection::Unauthenticated(_)) => {
            let stranger = exchange.caller(&Request::new(""))?;
            let paid = http.gate.charge_refused(&stranger);
            return paid.map_or_else(|short| Ok(exchange.answer(&short, &stranger)), |()| Err(refused));
        }
        Err(refused) => return Err(refused),
    }
    match sent {
        Sent::One(request) => one(exchange, *request).await,
        Sent::Batch(_) if media == Media::EventStream => Err(Rejection::NotAcceptable),
        Sent::Batch(requests) => Box::pin(batch::serve(exchange, requests)).await,
    }
}

/// One HTTP request whose sender is known, with its place among those that are served at once.
pub(super) struct Exchange {
    pub http: Http,
    pub parts: Parts,
    media: Media,
    actor: Actor,
    _place: OwnedSemaphorePermit,
}

impl Exchange {
    /// The sender as the one who asks `request`.
    pub(super) fn caller(&self, request: &Request) -> Result<Caller, Rejection> {
        let key = idempotency_key(&self.parts.headers, request)?;
        Ok(Caller::new(self.actor.clone(), frame::request_id(&self.parts.extensions))
            .with_idempotency_key(key)
            .with_user_agent(user_agent(&self.parts.headers))
            .with_address(address(&self.parts.extensions)))
    }

    /// The form that answers have.
    pub(super) fn form(&self) -> Form {
        Form { media: self.media, largest_bytes: self.http.services.config.limits.graphql.response_bytes }
    }

    fn answer(&self, response: &async_graphql::Response, caller: &Caller) -> Response {
        points::told(answer::graphql(response, self.form()), caller, &self.http)
    }

    /// The answer that is there already. A stream of events is always made anew.
    async fn recall(&self, request: &Request, caller: &Caller) -> Result<Recalled, Box<async_graphql::Response>> {
        match self.media {
            Media::EventStream => Ok(Recalled::Unknown(None)),
            _ => self.http.gate.recall(request, caller).await,
        }
    }

    fn kept(&self, kept: &KeptAnswer, caller: &Caller) -> Response {
        let answer = match self.seconds(Some(kept.max_age())) {
            Some(seconds) => cache::kept(kept, self.form(), seconds, &self.parts.headers),
            None => answer::kept(kept, self.form()),
        };
        points::told(answer, caller, &self.http)
    }

    /// For how long caches may keep what the schema lets them keep for `max_age`.
    fn seconds(&self, max_age: Option<NonZeroU32>) -> Option<NonZeroU32> {
        let most = self.http.services.config.http.cache_seconds;
        cache::seconds(&self.parts, max_age, most).filter(|_| self.media != Media::EventStream)
    }
}

/// Answers one operation: as before, or anew.
async fn one(exchange: Exchange, request: Request) -> Result<Response, Rejection> {
    let caller = exchange.caller(&request)?;
    match exchange.recall(&request, &caller).await {
        Ok(Recalled::Kept(kept)) => Ok(exchange.kept(&kept, &caller)),
        // In a box: what it takes would else be moved along with every answer that is there already.
        Ok(Recalled::Unknown(keeping)) => Box::pin(anew(exchange, request, caller, keeping)).await,
        Err(refused) => Ok(exchange.answer(&refused, &caller)),
    }
}

/// Answers one operation by letting it in and executing it.
async fn anew(
    exchange: Exchange,
    request: Request,
    caller: Caller,
    keeping: Option<Keeping>,
) -> Result<Response, Rejection> {
    let admitted = match exchange.http.gate.admit(request.data(caller.clone())).await {
        Ok(admitted) => admitted,
        Err(refused) => return Ok(exchange.answer(&refused, &caller)),
    };
    let operation = admitted.operation();
    let streams = exchange.media == Media::EventStream && operation == OperationType::Subscription;
    let reads = operation == OperationType::Query || (streams && exchange.parts.method == Method::GET);
    if exchange.parts.method != Method::POST && !reads {
        return Err(Rejection::MethodNotAllowed { allow: "POST", message: "Only a query can be sent by GET." });
    }
    if streams {
        return sse::subscribe(exchange, admitted, &caller);
    }
    let mutations = exchange.http.mutations.clone();
    let execution = execute(exchange, admitted, caller, keeping);
    if operation == OperationType::Mutation {
        // A task of its own: a client that goes away ends its query, but not what it asked to be changed.
        mutations.spawn(Box::pin(execution.in_current_span())).await.map_err(|_panic| Rejection::Internal)
    } else {
        Ok(Box::pin(execution).await)
    }
}

async fn execute(exchange: Exchange, admitted: Admitted, caller: Caller, keeping: Option<Keeping>) -> Response {
    let (gate, services) = (&exchange.http.gate, &exchange.http.services);
    let seconds = exchange.seconds(admitted.max_age());
    let keeping = keeping.filter(|_| admitted.max_age().is_some());
    let admitted = if seconds.is_some() { admitted.for_caches() } else { admitted };
    let loaders = Loaders::adding_to(services, &caller.actor, keeping.as_ref().map(Keeping::dependencies));
    let admitted = admitted.data(loaders);
    let answer = match keeping {
        Some(keeping) => gate.run_keeping(admitted, keeping).await,
        None => Answer::Made(gate.run(admitted).await),
    };
    match (answer, seconds) {
        (Answer::Kept(kept), _) => exchange.kept(&kept, &caller),
        (Answer::Made(response), None) => exchange.answer(&response, &caller),
        (Answer::Made(response), Some(seconds)) => {
            let answer = cache::public(&response, exchange.form(), seconds, &exchange.parts.headers);
            points::told(answer, &caller, &exchange.http)
        }
    }
}

/// The idempotency key, from the header or from `extensions.idempotencyKey`.
pub(super) fn idempotency_key(headers: &HeaderMap, request: &Request) -> Result<Option<String>, Rejection> {
    let mut given = headers
        .get_all("idempotency-key")
        .iter()
        .map(|value| value.to_str().map(str::to_owned).map_err(|_| Rejection::IdempotencyKey))
        .collect::<Result<Vec<_>, _>>()?;
    match request.extensions.get("idempotencyKey") {
        None | Some(async_graphql::Value::Null) => {}
        Some(async_graphql::Value::String(key)) => given.push(key.clone()),
        Some(_) => return Err(Rejection::IdempotencyKey),
    }
    given.dedup();
    let well_formed = |key: &String| (1..=255).contains(&key.len()) && key.bytes().all(|b| (b' '..=b'~').contains(&b));
    match given.len() {
        0 => Ok(None),
        1 => given.pop().filter(well_formed).map(Some).ok_or(Rejection::IdempotencyKey),
        _ => Err(Rejection::IdempotencyKey),
    }
}

/// What the client calls itself.
pub(super) fn user_agent(headers: &HeaderMap) -> Option<String> {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Where the client is.
pub(super) fn address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ClientAddress>().map(|client| client.0)
}

#[cfg(test)]
mod tests {
    use async_graphql::Value;
    use axum::http::HeaderValue;

    use super::*;

    fn key(header: Option<&str>, extension: Option<Value>) -> Result<Option<String>, Rejection> {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("idempotency-key", HeaderValue::from_bytes(header.as_bytes()).unwrap());
        }
        let mut request = Request::new("{f}");
        if let Some(extension) = extension {
            request.extensions.insert("idempotencyKey".to_owned(), extension);
        }
        idempotency_key(&headers, &request)
    }

    #[test]
    fn a_key_comes_from_the_header_or_the_extensions() {
        assert_eq!(key(None, None), Ok(None));
        assert_eq!(key(Some("a b"), None), Ok(Some("a b".to_owned())));
        assert_eq!(key(None, Some("k".into())), Ok(Some("k".to_owned())));
        assert_eq!(key(Some("k"), Some("k".into())), Ok(Some("k".to_owned())));
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        let refused = Err(Rejection::IdempotencyKey);
        assert_eq!(key(Some(""), None), refused);
        assert_eq!(key(Some(&"k".repeat(256)), None), refused);
        assert_eq!(key(Some("é"), None), refused);
        assert_eq!(key(None, Some("\u{7f}".into())), refused);
        assert_eq!(key(None, Some(Value::from(1))), refused);
        assert_eq!(key(Some("a"), Some("b".into())), refused);
    }
}
