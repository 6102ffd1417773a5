//! `/graphql`: POST, GET (queries only), the upgrade to a WebSocket, and GraphiQL for browsers.

use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, State, WebSocketUpgrade};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method};
use axum::response::Response;
use tracing::Instrument as _;

use super::client::ClientAddress;
use super::media::Media;
use super::rejection::Rejection;
use super::{Http, answer, bearer, frame, playground, points, request, websocket};
use crate::graphql::loaders::Loaders;
use crate::graphql::request::Caller;
use crate::kernel::actor::Actor;

const METHODS: &str = "GET, POST";

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
    let page = parts.method == Method::GET && http.services.config.playground_enabled();
    let offered = [Media::GraphqlResponse, Media::Json, Media::Html];
    let offered = if page { &offered[..] } else { &offered[..2] };
    match Media::wanted(&parts.headers, offered) {
        None => answer::rejection(&Rejection::NotAcceptable, Media::Json),
        Some(Media::Html) => playground::page(),
        Some(media) => {
            serve(&http, parts, body, media).await.unwrap_or_else(|rejection| answer::rejection(&rejection, media))
        }
    }
}

/// Reads, lets in, executes and answers one operation.
async fn serve(http: &Http, parts: Parts, body: Body, media: Media) -> Result<Response, Rejection> {
    let place = Arc::clone(&http.places).try_acquire_owned().map_err(|_full| Rejection::Overloaded)?;
    let request = match parts.method {
        Method::POST | Method::GET | Method::HEAD if http.origins.is_forgeable(&parts.headers) => {
            return Err(Rejection::CrossSite);
        }
        Method::POST => request::from_post(&parts.headers, body, http.body_limits()).await?,
        Method::GET | Method::HEAD => request::from_get(&parts.uri)?,
        _ => return Err(Rejection::MethodNotAllowed { allow: METHODS, message: "Use POST, or GET for a query." }),
    };
    let mut caller = stranger(&parts, &request)?;
    let largest = http.services.config.limits.graphql.response_bytes;
    match bearer::actor_of(&http.services, &parts.headers).await {
        Ok(actor) => caller.actor = actor,
        // Whoever tries tokens pays for it as a stranger.
        Err(refused @ Rejection::Unauthenticated(_)) => match http.gate.charge_refused(&caller) {
            Ok(()) => return Err(refused),
            Err(short) => return Ok(points::told(answer::graphql(&short, media, largest), &caller, http)),
        },
        Err(refused) => return Err(refused),
    }
    let admitted = match http.gate.admit(request.data(caller.clone())).await {
        Ok(admitted) => admitted,
        Err(refused) => return Ok(points::told(answer::graphql(&refused, media, largest), &caller, http)),
    };
    let operation = admitted.operation();
    if parts.method != Method::POST && operation != OperationType::Query {
        return Err(Rejection::MethodNotAllowed { allow: "POST", message: "Only a query can be sent by GET." });
    }
    let this = http.clone();
    let execution = async move {
        let _held = place;
        let loaders = Loaders::new(&this.services, &caller.actor);
        let response = this.gate.run(admitted.data(loaders)).await;
        Ok(points::told(answer::graphql(&response, media, largest), &caller, &this))
    };
    if operation == OperationType::Mutation {
        // A task of its own: a client that goes away ends its query, but not what it asked to be changed.
        let task = http.mutations.spawn(execution.in_current_span());
        task.await.unwrap_or(Err(Rejection::Internal))
    } else {
        execution.await
    }
}

/// The request's sender as far as it is known without looking at the token.
fn stranger(parts: &Parts, request: &Request) -> Result<Caller, Rejection> {
    let key = idempotency_key(&parts.headers, request)?;
    Ok(Caller::new(Actor::anonymous(), frame::request_id(&parts.extensions))
        .with_idempotency_key(key)
        .with_user_agent(user_agent(&parts.headers))
        .with_address(address(&parts.extensions)))
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
