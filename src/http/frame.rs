//! What goes around every request: its id, its line in the log, the headers that protect a browser, and the answer to a
//! bug. It looks into no body.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Extensions, HeaderMap};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use futures_util::FutureExt as _;
use tracing::{Instrument as _, Span};

use super::media::Media;
use super::rejection::Rejection;
use super::{answer, head};
use crate::config::{Config, Origin};
use crate::kernel::error::text_of_panic;
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

/// Puts the frame around `router`. It is one layer and not one for each of its parts: each layer moves every request and every answer on.
pub(super) fn around(router: Router, config: &Config, ids: &Ids) -> Router {
    let frame = Arc::new(Frame {
        limits: head::Limits::from(&config.limits.http),
        only_tls: config.server.public_url.as_ref().is_some_and(Origin::is_https),
        ids: ids.clone(),
    });
    router.layer(from_fn(move |request, next| Arc::clone(&frame).answer(request, next)))
}

/// What is the same for all requests.
struct Frame {
    limits: head::Limits,
    /// Whether browsers are told to use nothing but TLS.
    only_tls: bool,
    ids: Ids,
}

impl Frame {
    async fn answer(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        let id = RequestId::of(&request).unwrap_or_else(|| RequestId(self.ids.make::<RequestNumber>().to_string()));
        let span = span(&id, &request);
        let shown = HeaderValue::try_from(&*id.0);
        request.extensions_mut().insert(id);
        let mut answer = self.logged(request, next).instrument(span).await;
        let headers = answer.headers_mut();
        if let Ok(id) = shown {
            headers.insert(REQUEST_ID, id);
        }
        for (name, value) in PROTECTION {
            headers.entry(name).or_insert(value);
        }
        if self.only_tls {
            headers.insert(STRICT_TRANSPORT_SECURITY, ONLY_TLS);
        }
        answer
    }

    async fn logged(&self, request: Request, next: Next) -> Response {
        let begin = Instant::now();
        let answer = match self.limits.check(&request) {
            Ok(()) => {
                AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|panic| panicked(&*panic))
            }
            Err(refused) => answer::rejection(&refused, Media::Json),
        };
        let duration_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(http.status = answer.status().as_u16(), duration_ms, "answered a request");
        answer
    }
}

/// The id of a request: the client's, or our own.
#[derive(Clone)]
struct RequestId(String);

impl RequestId {
    /// The one that came with the request, if it is fit for a line of the log.
    fn of(request: &Request) -> Option<Self> {
        sane_id(request.headers()).map(|id| Self(id.to_owned()))
    }
}

/// The id of the request that `extensions` belong to.
pub(super) fn request_id(extensions: &Extensions) -> String {
    extensions.get().map_or_else(|| "none".to_owned(), |RequestId(id)| id.clone())
}

fn sane_id(headers: &HeaderMap) -> Option<&str> {
    let mut ids = headers.get_all(REQUEST_ID).iter();
    let fit = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    let sane = ids.next().filter(|id| (1..=128).contains(&id.len()) && id.as_bytes().iter().all(fit));
    sane.filter(|_| ids.next().is_none())?.to_str().ok()
}

fn span(id: &RequestId, request: &Request) -> Span {
    tracing::info_span!(
        "request",
        request.id = id.0,
        http.method = request.method().as_str(),
        http.path = shown(request.uri().path()),
    )
}

/// As much of a path as a line of the log has room for.
fn shown(path: &str) -> &str {
    let end = (0..=LOGGED_PATH_BYTES.min(path.len())).rev().find(|end| path.is_char_boundary(*end));
    path.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// The answer to a panic outside the schema.
fn panicked(panic: &(dyn Any + Send)) -> Response {
    tracing::error!(panic = text_of_panic(panic), "a handler panicked");
    answer::rejection(&Rejection::Internal, Media::Json)
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
            sane_id(&headers).is_some()
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
