//! Compresses the answers that are worth it for clients that can read them. It knows nothing of what an answer says.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, HeaderValue, VARY};
use axum::middleware::Next;
use axum::response::Response;
use tower::ServiceExt as _;
use tower_http::compression::Compression;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

/// What is smaller fits into a packet anyway, and a stream of events must not wait for a compressor.
fn worth_it() -> impl Predicate {
    SizeAbove::new(1024).and(NotForContentType::SSE)
}

/// Has a request answered in an encoding that its sender can read. Who names none gets by without a compressor: its body has nearly 6 KB, which are moved
/// several times, even if it does nothing.
pub(super) async fn compressed(request: Request, next: Next) -> Response {
    if request.headers().contains_key(ACCEPT_ENCODING) {
        let Ok(answer) = Compression::new(next).compress_when(worth_it()).oneshot(request).await;
        return answer.map(Body::new);
    }
    let mut answer = next.run(request).await;
    if worth_it().should_compress(&answer) {
        answer.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    }
    answer
}
