//! Reads a GraphQL request from HTTP: JSON only. It executes nothing.

use async_graphql::{Request, Variables};
use axum::body::Body;
use axum::http::{HeaderMap, Uri};
use serde_json::{Map, Value};

use super::body::{self, BodyLimits};
use super::media;
use super::rejection::Rejection;
use crate::graphql::gate::DocumentId;
use crate::kernel::json::Strict;

/// What a POST carries.
#[derive(Debug)]
pub(super) enum Sent {
    One(Box<Request>),
    /// Several operations, at least one.
    Batch(Vec<Request>),
}

/// Reads one request from the body of a POST, or a list of at most `batch` requests.
pub(super) async fn from_post(
    headers: &HeaderMap,
    body: Body,
    limits: BodyLimits,
    batch: usize,
) -> Result<Sent, Rejection> {
    if !media::is_json(headers) {
        return Err(Rejection::UnsupportedMediaType);
    }
    let body = body::read(headers, body, limits).await?;
    let Strict(value) = serde_json::from_slice(&body).map_err(|error| {
        Rejection::Malformed(format!(
            "The body is not valid JSON: {} at line {} column {}.",
            reason(&error),
            error.line(),
            error.column()
        ))
    })?;
    match value {
        Value::Object(parts) => from_parts(parts).map(|request| Sent::One(Box::new(request))),
        Value::Array(list) => from_list(list, batch).map(Sent::Batch),
        _ => Err(malformed("The body must be a JSON object with the key `query`.")),
    }
}

fn from_list(list: Vec<Value>, allowed: usize) -> Result<Vec<Request>, Rejection> {
    if allowed == 0 {
        return Err(malformed("The body is a list: this server takes requests one at a time."));
    }
    if list.len() > allowed {
        return Err(Rejection::BatchTooLong { allowed });
    }
    if list.is_empty() {
        return Err(malformed("The body is a list without a request."));
    }
    let request = |value| match value {
        Value::Object(parts) => from_parts(parts),
        _ => Err(malformed("Each item of the list must be a JSON object with the key `query`.")),
    };
    list.into_iter().map(request).collect()
}

/// Reads the request from the query string of a GET, its variables and extensions being JSON texts.
pub(super) fn from_get(uri: &Uri) -> Result<Request, Rejection> {
    let axum::extract::Query(pairs) = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_| malformed("The query string is not properly encoded."))?;
    let mut parts = Map::new();
    for (name, text) in pairs {
        let value = match name.as_str() {
            "variables" | "extensions" if !text.is_empty() => {
                let Strict(value) = serde_json::from_str(&text)
                    .map_err(|_| Rejection::Malformed(format!("`{name}` is not a JSON object.")))?;
                value
            }
            "query" | "operationName" | "documentId" | "doc_id" | "id" => Value::String(text),
            _ => continue,
        };
        if parts.insert(name.clone(), value).is_some() {
            return Err(Rejection::Malformed(format!("`{name}` is given twice.")));
        }
    }
    from_parts(parts)
}

/// Puts the parts of a request together. Keys that GraphQL over HTTP does not know are passed over, as it asks.
pub(super) fn from_parts(mut parts: Map<String, Value>) -> Result<Request, Rejection> {
    let id = document_id(&mut parts)?;
    let hash = parts.get("extensions").and_then(|extensions| extensions.get("persistedQuery"));
    let is_named = id.is_some() || hash.is_some_and(|hash| !hash.is_null());
    let query = match parts.remove("query") {
        Some(Value::String(query)) if !query.trim().is_empty() => query,
        Some(Value::String(_) | Value::Null) | None if is_named => String::new(),
        Some(Value::String(_) | Value::Null) | None => {
            return Err(malformed("The request has no `query`."));
        }
        Some(_) => return Err(malformed("`query` must be a text.")),
    };
    let mut request = Request::new(query);
    request.operation_name = match parts.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(_) => return Err(malformed("`operationName` must be a text.")),
    };
    if let Some(variables) = object(&mut parts, "variables")? {
        request.variables = Variables::from_json(Value::Object(variables));
    }
    if let Some(extensions) = object(&mut parts, "extensions")? {
        request.extensions = serde_json::from_value(Value::Object(extensions))
            .map_err(|_| malformed("`extensions` must be an object."))?;
    }
    Ok(match id {
        Some(id) => request.data(id),
        None => request,
    })
}

/// The id of a trusted document: `documentId`, or what Relay's clients call `doc_id` or `id` where no text is sent.
fn document_id(parts: &mut Map<String, Value>) -> Result<Option<DocumentId>, Rejection> {
    let has_text = parts.get("query").is_some_and(|query| !query.is_null());
    let others = ["doc_id", "id"].into_iter().filter(|_| !has_text);
    for name in ["documentId"].into_iter().chain(others) {
        match parts.remove(name) {
            None | Some(Value::Null) => {}
            Some(_) if has_text => return Err(malformed("`documentId` and `query` exclude each other.")),
            Some(Value::String(id)) if !id.is_empty() => return Ok(Some(DocumentId(id))),
            Some(_) => return Err(Rejection::Malformed(format!("`{name}` must be a text."))),
        }
    }
    Ok(None)
}

fn object(parts: &mut Map<String, Value>, name: &str) -> Result<Option<Map<String, Value>>, Rejection> {
    match parts.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Rejection::Malformed(format!("`{name}` must be an object."))),
    }
}

fn malformed(reason: &str) -> Rejection {
    Rejection::Malformed(reason.to_owned())
}

/// The kind of JSON error in words that repeat nothing of the text.
fn reason(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a key is given twice in one object",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "unexpected text",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::header::CONTENT_TYPE;

    use super::*;

    async fn post(body: impl Into<Body>) -> Result<Request, Rejection> {
        match sent(body, 0).await? {
            Sent::One(request) => Ok(*request),
            Sent::Batch(_) => panic!("a list"),
        }
    }

    async fn sent(body: impl Into<Body>, batch: usize) -> Result<Sent, Rejection> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, "application/json".parse().unwrap())]);
        from_post(&headers, body.into(), BodyLimits { bytes: 200, time: Duration::from_millis(50) }, batch).await
    }

    #[tokio::test]
    async fn a_list_is_taken_up_to_the_length_that_is_allowed() {
        let Ok(Sent::Batch(requests)) = sent(r#"[{"query":"q"},{"query":"r"}]"#, 2).await else { panic!("no list") };
        assert_eq!(requests.iter().map(|request| request.query.as_str()).collect::<Vec<_>>(), ["q", "r"]);
        let too_long = sent(r#"[{"query":"q"},{"query":"r"},{"query":"s"}]"#, 2).await.unwrap_err();
        assert_eq!(too_long, Rejection::BatchTooLong { allowed: 2 });
        for bad in ["[]", "[1]", "[[{\"query\":\"q\"}]]", r#"[{"query":"q"},{}]"#] {
            assert!(matches!(sent(bad, 2).await, Err(Rejection::Malformed(_))), "{bad}");
        }
        assert!(matches!(sent(r#"[{"query":"q"}]"#, 0).await, Err(Rejection::Malformed(_))));
    }

    #[tokio::test]
    async fn a_whole_request_is_read() {
        let body = r#"{"query":"q","operationName":"o","variables":{"a":1},"extensions":{"e":[2]},"other":3}"#;
        let request = post(body).await.unwrap();
        assert_eq!((request.query.as_str(), request.operation_name.as_deref()), ("q", Some("o")));
        assert_eq!(request.variables.len(), 1);
        assert_eq!(request.extensions.len(), 1);
    }

    #[tokio::test]
    async fn every_malformed_body_is_refused_with_a_reason() {
        for body in [
            "",
            "{",
            "[]",
            "3",
            "null",
            "{}",
            r#"{"query":1}"#,
            r#"{"query":" "}"#,
            r#"{"query":"q","query":"r"}"#,
            r#"{"query":"q","variables":[1]}"#,
            r#"{"query":"q","extensions":"x"}"#,
            r#"{"query":"q","operationName":1}"#,
            "{\"query\":\"\u{0}\"}",
            "\u{feff}{}",
        ] {
            assert!(matches!(post(body).await, Err(Rejection::Malformed(_))), "{body}");
        }
    }

    #[tokio::test]
    async fn other_content_types_are_refused() {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, "text/plain".parse().unwrap())]);
        let limits = BodyLimits { bytes: 200, time: Duration::from_secs(1) };
        let refused = from_post(&headers, Body::from("{}"), limits, 0).await.unwrap_err();
        assert_eq!(refused, Rejection::UnsupportedMediaType);
    }

    #[test]
    fn a_query_string_is_read() {
        let uri = "/graphql?query=%7Bf%7D&variables=%7B%22a%22%3A1%7D&operationName=".parse().unwrap();
        let request = from_get(&uri).unwrap();
        assert_eq!((request.query.as_str(), request.variables.len(), request.operation_name), ("{f}", 1, None));
        for bad in ["/graphql", "/graphql?query=", "/graphql?query=a&query=b", "/graphql?query=a&variables=x"] {
            assert!(from_get(&bad.parse().unwrap()).is_err(), "{bad}");
        }
    }
}
