//! The messages of graphql-transport-ws: what a client may say, word by word, and what the server says. Pure.

use async_graphql::{Request, Response, ServerError};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::http::rejection::Rejection;
use crate::http::{answer, request};
use crate::kernel::json::Strict;

/// What a client says.
#[derive(Debug)]
pub(super) enum Incoming {
    Init {
        payload: Map<String, Value>,
    },
    Ping {
        payload: Option<Map<String, Value>>,
    },
    Pong,
    /// The request is an error where it has the form of a request but nothing to run.
    Subscribe {
        id: String,
        request: Result<Box<Request>, Rejection>,
    },
    Complete {
        id: String,
    },
}

/// Reads a message, or says why it is none.
pub(super) fn parse(text: &str) -> Result<Incoming, &'static str> {
    let Strict(value) = serde_json::from_str(text).map_err(|_| "it is not JSON, or names a key twice")?;
    let Value::Object(mut fields) = value else { return Err("it is not an object") };
    let Some(Value::String(kind)) = fields.remove("type") else { return Err("`type` is not a text") };
    match kind.as_str() {
        "connection_init" => Ok(Incoming::Init { payload: payload(&mut fields)?.unwrap_or_default() }),
        "ping" => Ok(Incoming::Ping { payload: payload(&mut fields)? }),
        "pong" => payload(&mut fields).map(|_| Incoming::Pong),
        "subscribe" => Ok(Incoming::Subscribe { id: id(&mut fields)?, request: subscribed(&mut fields)? }),
        "complete" => Ok(Incoming::Complete { id: id(&mut fields)? }),
        _ => Err("`type` is none that a client sends"),
    }
}

fn payload(fields: &mut Map<String, Value>) -> Result<Option<Map<String, Value>>, &'static str> {
    match fields.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err("`payload` is not an object"),
    }
}

fn id(fields: &mut Map<String, Value>) -> Result<String, &'static str> {
    match fields.remove("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id),
        Some(_) | None => Err("`id` is not a text, or is empty"),
    }
}

fn subscribed(fields: &mut Map<String, Value>) -> Result<Result<Box<Request>, Rejection>, &'static str> {
    let payload = payload(fields)?.ok_or("`payload` is missing")?;
    let absent = |name: &str| payload.get(name).is_none_or(Value::is_null);
    let object = |name: &str| absent(name) || payload.get(name).is_some_and(Value::is_object);
    // A persisted document is named by its hash or by its id.
    let by_hash = payload.get("extensions").and_then(|extensions| extensions.get("persistedQuery")).is_some();
    let named = by_hash || ["documentId", "doc_id", "id"].iter().any(|name| !absent(name));
    if !(payload.get("query").is_some_and(Value::is_string) || (named && absent("query"))) {
        return Err("`query` is not a text");
    }
    if !object("variables") {
        return Err("`variables` is not an object");
    }
    if !object("extensions") {
        return Err("`extensions` is not an object");
    }
    if !(absent("operationName") || payload.get("operationName").is_some_and(Value::is_string)) {
        return Err("`operationName` is not a text");
    }
    Ok(request::from_parts(payload).map(Box::new))
}

#[derive(Serialize)]
struct Outgoing<'a, P> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<P>,
}

impl<P: Serialize> Outgoing<'_, P> {
    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// `connection_ack`.
pub(super) fn ack() -> String {
    Outgoing::<()> { kind: "connection_ack", id: None, payload: None }.text()
}

/// `pong` with the payload of its ping.
pub(super) fn pong(payload: Option<Map<String, Value>>) -> String {
    Outgoing { kind: "pong", id: None, payload }.text()
}

/// `next`, unless the answer is larger than allowed.
pub(super) fn next(id: &str, response: &Response, largest_bytes: usize) -> Result<String, Rejection> {
    let text = Outgoing { kind: "next", id: Some(id), payload: Some(answer::Body::of(response)) }.text();
    if text.len() > largest_bytes {
        return Err(Rejection::AnswerTooLarge { allowed_bytes: largest_bytes });
    }
    Ok(text)
}

/// `error`.
pub(super) fn error(id: &str, errors: &[ServerError]) -> String {
    Outgoing { kind: "error", id: Some(id), payload: Some(errors) }.text()
}

/// `complete`.
pub(super) fn complete(id: &str) -> String {
    Outgoing::<()> { kind: "complete", id: Some(id), payload: None }.text()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_client_may_say_is_read() {
        assert!(matches!(parse(r#"{"type":"connection_init"}"#), Ok(Incoming::Init { .. })));
        assert!(matches!(parse(r#"{"type":"connection_init","payload":null}"#), Ok(Incoming::Init { .. })));
        assert!(matches!(parse(r#"{"type":"ping"}"#), Ok(Incoming::Ping { payload: None })));
        assert!(matches!(parse(r#"{"type":"pong","payload":{"a":1}}"#), Ok(Incoming::Pong)));
        assert!(matches!(parse(r#"{"type":"complete","id":"1"}"#), Ok(Incoming::Complete { id }) if id == "1"));
        let whole = r#"{"type":"subscribe","id":"1","other":1,"payload":{"query":"{f}","variables":{"a":1},"extensions":null,"operationName":"o"}}"#;
        match parse(whole) {
            Ok(Incoming::Subscribe { id, request: Ok(request) }) => {
                assert_eq!((id.as_str(), request.query.as_str(), request.variables.len()), ("1", "{f}", 1));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_with_nothing_to_run_is_an_error_of_the_operation() {
        let empty = r#"{"type":"subscribe","id":"1","payload":{"query":" "}}"#;
        assert!(matches!(parse(empty), Ok(Incoming::Subscribe { request: Err(Rejection::Malformed(_)), .. })));
    }

    #[test]
    fn what_the_server_says_has_no_more_than_it_needs() {
        assert_eq!(ack(), r#"{"type":"connection_ack"}"#);
        assert_eq!(pong(None), r#"{"type":"pong"}"#);
        assert_eq!(pong(json!({ "a": 1 }).as_object().cloned()), r#"{"type":"pong","payload":{"a":1}}"#);
        assert_eq!(complete("1"), r#"{"type":"complete","id":"1"}"#);
        let response = Response::new(async_graphql::value!({ "a": "x" }));
        assert_eq!(next("1", &response, 100).unwrap(), r#"{"type":"next","id":"1","payload":{"data":{"a":"x"}}}"#);
        assert_eq!(next("1", &response, 10), Err(Rejection::AnswerTooLarge { allowed_bytes: 10 }));
    }
}
