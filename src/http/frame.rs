//! What goes around every request: its id, its line in the log, the headers that protect a browser, and the answer to a
//! bug. It looks into no body.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Extensions, HeaderMap};
use axum::response::Response;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;

use super::media::Media;
use super::rejection::Rejection;
use super::{answer, head};
use crate::config::{Config, Origin};
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

/// Bytes of a path in the log.
const LOGGED_PATH_BYTES: usize = 256;

/// For two years, a browser uses nothing but TLS here.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Puts the frame around `router`. The first layer is the outermost.
pub(super) fn around(router: Router, config: &Config, ids: &Ids) -> Router {
    let limits = head::Limits::from(&config.limits.http);
    let [caching, types, referrer, content] =
        PROTECTION.map(|(name, value)| SetResponseHeaderLayer::if_not_present(name, value));
    let is_https = config.server.public_url.as_ref().is_some_and(Origin::is_https);
    let only_tls = is_https.then(|| SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, ONLY_TLS));
    router.layer(
        ServiceBuilder::new()
            .map_request(only_sane_ids)
            .layer(SetRequestIdLayer::new(REQUEST_ID, NewIds(ids.clone())))
            .layer(PropagateRequestIdLayer::new(REQUEST_ID))
            .option_layer(only_tls)
            .layer((caching, types, referrer, content))
            .layer(
                TraceLayer::new_for_http().make_span_with(span).on_request(()).on_response(log_answer).on_failure(()),
            )
            .layer(CatchPanicLayer::custom(Panics))
            .layer(axum::middleware::from_fn_with_state(limits, head::only_fit)),
    )
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
fn only_sane_ids(mut request: Request) -> Request {
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

fn span(request: &Request) -> Span {
    tracing::info_span!(
        "request",
        request.id = request_id(request.extensions()),
        http.method = %request.method(),
        http.path = shown(request.uri().path()),
    )
}

/// As much of a path as a line of the log has room for.
fn shown(path: &str) -> &str {
    let end = (0..=LOGGED_PATH_BYTES.min(path.len())).rev().find(|end| path.is_char_boundary(*end));
    path.get(..end.unwrap_or_default()).unwrap_or_default()
}

fn log_answer<B>(response: &axum::http::Response<B>, latency: Duration, _span: &Span) {
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
    use axum::routing::get;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_is_answered_in_the_form_of_every_error() {
        async fn buggy() -> &'static str {
            panic!("a secret of table users")
        }
        let buggy = Router::new().route("/", get(buggy));
        let framed = around(buggy, &Config::default(), &Ids::time_ordered());
        let request = Request::builder().uri("/").header("host", "a").body(axum::body::Body::empty()).unwrap();
        let answer = framed.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 500);
        assert!(answer.headers().contains_key(REQUEST_ID) && answer.headers()[CACHE_CONTROL] == "no-store");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "INTERNAL");
        assert!(!body.to_string().contains("secret"), "{body}");
    }

    #[test]
    fn a_long_path_is_cut_in_the_log() {
        assert_eq!(shown("/graphql"), "/graphql");
        assert_eq!(shown(&format!("/{}", "x".repeat(60_000))).len(), LOGGED_PATH_BYTES);
        assert_eq!(shown(&format!("/{}", "é".repeat(300))).len(), LOGGED_PATH_BYTES - 1);
    }

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
