//! The playground: GraphiQL, embedded by `build.rs` from `playground/`, served without any other host.
//!
//! It must not know the schema, the sessions or the configuration: whether it is mounted at all is the router's choice.

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::answer;
use super::media::Media;
use super::rejection::Rejection;

// `PAGE: &str` and `ASSETS: &[(name, content)]`, each name carrying the hash of its content.
include!(concat!(env!("OUT_DIR"), "/playground_assets.rs"));

/// Everything from this server, nothing from elsewhere; the editor needs inline styles, embedded fonts and workers.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// How a notice looks.
const NOTICE: &str = "position:fixed;inset:auto 0 0 0;z-index:9;margin:0;padding:8px 16px;background:#7a2a00;color:#fff;\
                      font:14px sans-serif";

/// What every answer of the playground carries.
const PROTECTION: [(HeaderName, HeaderValue); 3] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// The page itself, for a browser that asks the endpoint for `text/html`. It names the assets by hash, so it is never kept.
/// `notice` is shown at its foot.
pub fn page(notice: Option<&'static str>) -> Response {
    let page = match notice {
        Some(notice) => {
            PAGE.replacen("<body>", &format!("<body><p role=\"status\" style=\"{NOTICE}\">{notice}</p>"), 1)
        }
        None => PAGE.to_owned(),
    };
    (PROTECTION, [(CACHE_CONTROL, "no-store"), (VARY, "accept")], Html(page)).into_response()
}

/// The scripts, the style sheet and the editor's workers under `/playground/`.
pub fn router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new().route("/playground/{name}", get(asset))
}

async fn asset(name: Result<Path<String>, PathRejection>) -> Response {
    let Path(name) = name.unwrap_or_else(|_| Path(String::new()));
    let Some((_, content)) = ASSETS.iter().find(|(asset, _)| *asset == name) else {
        return answer::rejection(&Rejection::NotFound, Media::Json);
    };
    let caching = [(CONTENT_TYPE, content_type(&name)), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (PROTECTION, caching, *content).into_response()
}

/// The bundle has scripts and one style sheet; everything else is embedded in them.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        _ => "text/javascript; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn the_page_carries_the_policy_and_is_never_kept() {
        let response = page(None);
        let headers = response.headers();
        assert_eq!(headers.get(CONTENT_SECURITY_POLICY).map(HeaderValue::as_bytes), Some(POLICY.as_bytes()));
        assert_eq!(headers.get(CACHE_CONTROL).map(HeaderValue::as_bytes), Some(b"no-store".as_slice()));
        assert_eq!(headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes), Some(b"text/html; charset=utf-8".as_slice()));
    }

    #[test]
    fn the_policy_lets_nothing_in_from_another_host() {
        for directive in POLICY.split("; ") {
            let (name, sources) = directive.split_once(' ').unwrap();
            for source in sources.split(' ') {
                let own = ["'none'", "'self'", "data:", "blob:"].contains(&source);
                assert!(own || directive == "style-src 'self' 'unsafe-inline'", "{name} allows {source}");
                assert!(!name.starts_with("script") || source == "'self'", "{name} allows {source}");
            }
        }
        assert!(POLICY.starts_with("default-src 'none'; "));
    }

    #[tokio::test]
    async fn every_asset_the_page_names_is_served_and_may_be_kept_for_ever() {
        for reference in PAGE.split("\"/playground/").skip(1) {
            let name = reference.split('"').next().unwrap_or_default().to_owned();
            let response = asset(Ok(Path(name.clone()))).await;
            assert_eq!(response.status(), StatusCode::OK, "{name}");
            let caching = response.headers().get(CACHE_CONTROL).map(HeaderValue::as_bytes);
            assert_eq!(caching, Some(b"public, max-age=31536000, immutable".as_slice()), "{name}");
        }
    }

    #[test]
    fn the_page_names_no_other_host() {
        let addresses = PAGE.matches("://").count();
        assert_eq!(addresses, PAGE.matches("http://www.w3.org/").count(), "only the name space of the icon");
    }

    #[tokio::test]
    async fn an_unknown_asset_is_not_found() {
        assert_eq!(asset(Ok(Path("other.js".to_owned()))).await.status(), StatusCode::NOT_FOUND);
    }
}
