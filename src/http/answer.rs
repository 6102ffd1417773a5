//! Writes a GraphQL answer to HTTP, with the status that GraphQL over HTTP asks for. It decides no content.

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::media::Media;
use super::rejection::Rejection;
use super::sse;
use crate::graphql::error::ErrorCode;
use crate::graphql::gate::KeptAnswer;

/// The form of an answer, and how large it may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub media: Media,
    pub largest_bytes: usize,
}

/// The answer to an executed or refused operation.
pub(super) fn graphql(response: &GraphqlResponse, form: Form) -> Response {
    with_status(status(response, form.media), bytes(response, form), form.media)
}

/// The answer to several operations: a list in their order. Its status is theirs where they agree, and 200 elsewhere.
pub(super) fn batch(responses: &[GraphqlResponse], form: Form) -> Response {
    let mut statuses = responses.iter().map(|response| status(response, form.media));
    let first = statuses.next().unwrap_or(StatusCode::OK);
    let status = if statuses.all(|status| status == first) { first } else { StatusCode::OK };
    let bodies: Vec<Body> = responses.iter().map(Body::of).collect();
    with_status(status, json(&bodies, form), form.media)
}

/// The body of the answer to an executed or refused operation.
pub(super) fn bytes(response: &GraphqlResponse, form: Form) -> Result<Vec<u8>, Rejection> {
    json(&Body::of(response), form)
}

/// The answer that was made before, with what it cost this time.
pub(super) fn kept(answer: &KeptAnswer, form: Form) -> Response {
    let told = serde_json::to_vec(&Extensions { cost: answer.cost() });
    // Between the data and the brace that closes the whole.
    let bytes = match (answer.body().split_last(), told) {
        (Some((brace, data)), Ok(told)) => Ok([data, b",\"extensions\":", &told, &[*brace]].concat()),
        _ => Err(Rejection::Internal),
    };
    with_status(StatusCode::OK, bytes, form.media)
}

/// What is told beside data that was made before.
#[derive(Serialize)]
struct Extensions<C> {
    cost: C,
}

fn json(body: &impl Serialize, form: Form) -> Result<Vec<u8>, Rejection> {
    match serde_json::to_vec(body) {
        Ok(bytes) if bytes.len() <= form.largest_bytes => Ok(bytes),
        Ok(_) => Err(Rejection::AnswerTooLarge { allowed_bytes: form.largest_bytes }),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            Err(Rejection::Internal)
        }
    }
}

fn with_status(status: StatusCode, bytes: Result<Vec<u8>, Rejection>, media: Media) -> Response {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(refused) => return rejection(&refused, media),
    };
    let mut answer = written(status, media, bytes);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}

/// The answer to a request that did not reach the schema.
pub(super) fn rejection(rejection: &Rejection, media: Media) -> Response {
    // Without `data` an answer says that nothing was executed.
    let data = matches!(rejection, Rejection::AnswerTooLarge { .. }).then_some(&Value::Null);
    let body = Body { data, errors: &[rejection.error()], extensions: None };
    let bytes = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = written(rejection.status(), media, bytes);
    for (name, value) in rejection.headers() {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A fault of ours that left nothing to answer shows in the status, whatever the form. Otherwise 200, save that the new
/// form tells an operation that never began by 400.
fn status(response: &GraphqlResponse, media: Media) -> StatusCode {
    if response.data == Value::Null {
        for (code, status) in [
            (ErrorCode::RateLimited, StatusCode::TOO_MANY_REQUESTS),
            (ErrorCode::Internal, StatusCode::INTERNAL_SERVER_ERROR),
            (ErrorCode::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
            (ErrorCode::Timeout, StatusCode::GATEWAY_TIMEOUT),
        ] {
            if response.errors.iter().any(|error| has_code(error, code)) {
                return status;
            }
        }
    }
    if media == Media::GraphqlResponse && was_refused(response) { StatusCode::BAD_REQUEST } else { StatusCode::OK }
}

fn has_code(error: &ServerError, code: ErrorCode) -> bool {
    let found = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    matches!(found, Some(Value::String(found)) if found == code.name())
}

/// Whether the operation was refused before it began: such an answer has no `data` at all.
pub(super) fn was_refused(response: &GraphqlResponse) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

#[derive(Serialize)]
pub(super) struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<&'a std::collections::BTreeMap<String, Value>>,
}

impl<'a> Body<'a> {
    pub(super) fn of(response: &'a GraphqlResponse) -> Self {
        Self {
            errors: &response.errors,
            data: (!was_refused(response)).then_some(&response.data),
            extensions: Some(&response.extensions).filter(|extensions| !extensions.is_empty()),
        }
    }
}

/// An answer with this body.
pub(super) fn written(status: StatusCode, media: Media, bytes: Vec<u8>) -> Response {
    if media == Media::EventStream && status == StatusCode::OK {
        return sse::whole(&bytes);
    }
    // An error is never a page or a stream, even when one is asked for.
    let media = if matches!(media, Media::Html | Media::EventStream) { Media::Json } else { media };
    let content_type = HeaderValue::from_static(media.content_type());
    (status, [(CONTENT_TYPE, content_type)], bytes).into_response()
}

#[cfg(test)]
mod tests {
    use async_graphql::{PathSegment, value};
    use http_body_util::BodyExt;

    use super::*;

    async fn shown(response: &GraphqlResponse, media: Media) -> (u16, String) {
        let answer = graphql(response, Form { media, largest_bytes: 1_000 });
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_refused_operation_has_no_data_and_400_in_the_new_form_only() {
        let refused = GraphqlResponse::from_errors(vec![ServerError::new("no", None)]);
        assert_eq!(shown(&refused, Media::GraphqlResponse).await, (400, r#"{"errors":[{"message":"no"}]}"#.to_owned()));
        assert_eq!(shown(&refused, Media::Json).await.0, 200);
    }

    #[tokio::test]
    async fn an_operation_that_failed_on_its_way_has_data_and_200() {
        let error = ServerError::new("no", None).with_path(vec![PathSegment::Field("a".to_owned())]);
        let failed = GraphqlResponse::from_errors(vec![error]);
        let (status, text) = shown(&failed, Media::GraphqlResponse).await;
        assert_eq!(status, 200);
        assert!(text.contains(r#""data":null"#), "{text}");
    }

    #[tokio::test]
    async fn a_fault_that_left_nothing_shows_in_the_status() {
        for (code, status) in [(ErrorCode::Unavailable, 503), (ErrorCode::Timeout, 504), (ErrorCode::Internal, 500)] {
            let error = code.with(&"x").into_server_error(async_graphql::Pos::default());
            let error = error.with_path(vec![PathSegment::Field("a".to_owned())]);
            let mut response = GraphqlResponse::from_errors(vec![error]);
            assert_eq!(shown(&response, Media::Json).await.0, status);
            response.data = value!({ "b": 1 });
            assert_eq!(shown(&response, Media::Json).await.0, 200);
        }
    }

    #[tokio::test]
    async fn an_answer_over_the_limit_is_an_error() {
        let large = GraphqlResponse::new(value!({ "a": "x".repeat(2_000) }));
        let (status, text) = shown(&large, Media::Json).await;
        assert_eq!(status, 200);
        assert!(text.contains("LIMIT_EXCEEDED") && text.contains(r#""data":null"#), "{text}");
    }
}
