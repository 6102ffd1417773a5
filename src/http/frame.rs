//! What goes around every request: its id, its line in the log, the headers that protect a browser, and the answer to a
//! bug. It looks into no body.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Extensions, HeaderMap, Version};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;

use super::media::Media;
use super::rejection::Rejection;
use super::{Http, answer};
use crate::config::Origin;
use crate::kernel::id::Ids;

crate::id!(
    /// The id of a request that came without one.
    RequestNumber, "req"
);

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers that every answer has unless its handler set others.
const PROTECTION: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
];

/// For two years, a browser uses nothing but TLS here.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Puts the frame around `router`. The last layer is the outermost.
pub(super) fn around(router: Router, http: &Http) -> Router {
    let mut router = router
        .layer(axum::middleware::from_fn(only_well_formed))
        .layer(CatchPanicLayer::custom(Panics))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_request(()).on_response(log_answer).on_failure(()));
    for (name, value) in PROTECTION {
        router = router.layer(SetResponseHeaderLayer::if_not_present(name, value));
    }
    if http.services.config.server.public_url.as_ref().is_some_and(Origin::is_https) {
        router = router.layer(SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, ONLY_TLS));
    }
    router
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, NewIds(http.services.ids.clone())))
        .layer(axum::middleware::map_request(only_sane_ids))
}

/// The id of the request that `extensions` belong to.
pub(super) fn request_id(extensions: &Extensions) -> String {
    extensions.get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or("none").to_owned()
}

#[derive(Clone)]
struct NewIds(Ids);

impl MakeRequestId for NewIds {
    fn make_request_id<B>(&mut self, _request: &axum::http::Request<B>) -> Option<RequestId> {
        let id: RequestNumber = self.0.make();
        HeaderValue::from_str(&id.to_string()).ok().map(RequestId::new)
    }
}

/// Drops an incoming request id that is not fit for a log line.
async fn only_sane_ids(mut request: Request) -> Request {
    if !has_sane_id(request.headers()) {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

fn has_sane_id(headers: &HeaderMap) -> bool {
    let mut ids = headers.get_all(REQUEST_ID).iter();
    let fit = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    let sane = ids.next().is_some_and(|id| (1..=128).contains(&id.len()) && id.as_bytes().iter().all(fit));
    sane && ids.next().is_none()
}

/// Refuses a request whose head says two things at once, which a proxy in front may have read the other way.
async fn only_well_formed(request: Request, next: Next) -> Response {
    match flaw(request.version(), request.headers()) {
        Some(flaw) => answer::rejection(&Rejection::Malformed(flaw.to_owned()), Media::Json),
        None => next.run(request).await,
    }
}

fn flaw(version: Version, headers: &HeaderMap) -> Option<&'static str> {
    let times = |name: HeaderName| headers.get_all(name).iter().count();
    if times(HOST) > 1 {
        Some("The header Host is given twice.")
    } else if version == Version::HTTP_11 && times(HOST) == 0 {
        Some("The header Host is missing.")
    } else if times(CONTENT_TYPE) > 1 {
        Some("The header Content-Type is given twice.")
    } else {
        None
    }
}

fn span(request: &Request) -> Span {
    tracing::info_span!(
        "request",
        request.id = request_id(request.extensions()),
        http.method = %request.method(),
        http.path = request.uri().path(),
    )
}

fn log_answer(response: &Response, latency: Duration, _span: &Span) {
    let duration_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(http.status = response.status().as_u16(), duration_ms, "answered a request");
}

/// Answers a panic outside the schema.
#[derive(Clone)]
struct Panics;

impl tower_http::catch_panic::ResponseForPanic for Panics {
    type ResponseBody = axum::body::Body;

    fn response_for_panic(&mut self, panic: Box<dyn Any + Send + 'static>) -> Response {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        tracing::error!(panic = text, "a handler panicked");
        answer::rejection(&Rejection::Internal, Media::Json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_short_plain_id_is_taken_over() {
        let sane = |ids: &[&str]| {
            let mut headers = HeaderMap::new();
            for id in ids {
                headers.append(REQUEST_ID, HeaderValue::from_str(id).unwrap());
            }
            has_sane_id(&headers)
        };
        assert!(sane(&["a-1_2.3:4"]));
        assert!(sane(&[&"a".repeat(128)]));
        assert!(!sane(&[]));
        assert!(!sane(&[""]));
        assert!(!sane(&["a", "b"]));
        assert!(!sane(&["a b"]));
        assert!(!sane(&["\"},{"]));
        assert!(!sane(&[&"a".repeat(129)]));
    }
}
