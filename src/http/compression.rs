//! Compresses answers for clients that take them so. Only an answer that is worth it meets the compressor: the body that may hold any of them is large, and
//! most answers would carry it in vain.

use std::convert::Infallible;
use std::future::ready;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, HeaderValue, VARY};
use axum::response::Response;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

/// What the client takes: its `Accept-Encoding`.
pub(super) fn taken(headers: &HeaderMap) -> Vec<HeaderValue> {
    headers.get_all(ACCEPT_ENCODING).iter().cloned().collect()
}

/// The answer as a client gets it that takes these encodings.
pub(super) async fn fitting(taken: Vec<HeaderValue>, mut answer: Response) -> Response {
    // What is smaller fits into a packet anyway, and a stream of events must not wait for a compressor.
    if !SizeAbove::new(1024).and(NotForContentType::SSE).should_compress(&answer) {
        return answer;
    }
    if taken.is_empty() {
        answer.headers_mut().append(VARY, ACCEPT_ENCODING.into());
        return answer;
    }
    let mut request = Request::new(Body::empty());
    for value in taken {
        request.headers_mut().append(ACCEPT_ENCODING, value);
    }
    let mut answer = Some(answer);
    let given = service_fn(move |_: Request| ready(Ok::<_, Infallible>(answer.take().unwrap_or_default())));
    let compressing = CompressionLayer::new().compress_when(Always).layer(given).oneshot(request);
    let Ok(compressed) = Box::pin(compressing).await;
    compressed.map(Body::new)
}

/// It has been decided already.
#[derive(Clone, Copy)]
struct Always;

impl Predicate for Always {
    fn should_compress<B: HttpBody>(&self, _: &axum::http::Response<B>) -> bool {
        true
    }
}
