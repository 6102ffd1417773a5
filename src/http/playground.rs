//! The playground: GraphiQL, embedded by `build.rs` from `playground/`, served without any other host.
//!
//! It must not know the schema, the sessions or the configuration: whether it is mounted at all is the router's choice.

use std::sync::LazyLock;

use async_compression::tokio::bufread::BrotliDecoder;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::io::AsyncReadExt as _;
use tokio::sync::OnceCell;

use super::answer;
use super::media::Media;
use super::rejection::Rejection;

// `PAGE: &str` and `ASSETS: &[(name, content)]`, each name carrying the hash of its content, which is compressed with Brotli.
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

async fn asset(name: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Response {
    let Path(name) = name.unwrap_or_else(|_| Path(String::new()));
    let Some((place, (_, compressed))) = ASSETS.iter().enumerate().find(|(_, (asset, _))| *asset == name) else {
        return answer::rejection(&Rejection::NotFound, Media::Json);
    };
    let caching = [(CONTENT_TYPE, content_type(&name)), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    if takes_brotli(&headers) {
        return (PROTECTION, caching, [(CONTENT_ENCODING, "br"), (VARY, "accept-encoding")], *compressed)
            .into_response();
    }
    match decompressed(place, compressed).await {
        Some(content) => (PROTECTION, caching, [(VARY, "accept-encoding")], content).into_response(),
        None => answer::rejection(&Rejection::Internal, Media::Json),
    }
}

/// What an asset is before compression: made when somebody first asks, and never again, so that asking often costs no more than sending.
async fn decompressed(place: usize, compressed: &'static [u8]) -> Option<Bytes> {
    static CONTENTS: LazyLock<Vec<OnceCell<Bytes>>> =
        LazyLock::new(|| ASSETS.iter().map(|_| OnceCell::new()).collect());
    let decompress = async || {
        let mut content = Vec::new();
        BrotliDecoder::new(compressed).read_to_end(&mut content).await.map(|_| Bytes::from(content))
    };
    CONTENTS.get(place)?.get_or_try_init(decompress).await.ok().cloned()
}

/// Whether the sender names Brotli among what it takes; not with a weight of 0.
fn takes_brotli(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("br") && weight.is_some_and(|weight| weight > 0.0)
    })
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
    use axum::body::to_bytes;
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
            let response = asset(Ok(Path(name.clone())), HeaderMap::new()).await;
            assert_eq!(response.status(), StatusCode::OK, "{name}");
            let caching = response.headers().get(CACHE_CONTROL).map(HeaderValue::as_bytes);
            assert_eq!(caching, Some(b"public, max-age=31536000, immutable".as_slice()), "{name}");
            assert_eq!(response.headers().get(CONTENT_ENCODING), None, "{name}");
            let plain = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let brotli = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("br"))]);
            let response = asset(Ok(Path(name.clone())), brotli).await;
            assert_eq!(response.headers().get(CONTENT_ENCODING).map(HeaderValue::as_bytes), Some(b"br".as_slice()));
            let packed = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            assert!(packed.len() < plain.len() / 2, "{name}");
            assert!(std::str::from_utf8(&plain).is_ok() && std::str::from_utf8(&packed).is_err(), "{name}");
        }
    }

    #[test]
    fn the_page_names_no_other_host() {
        let addresses = PAGE.matches("://").count();
        assert_eq!(addresses, PAGE.matches("http://www.w3.org/").count(), "only the name space of the icon");
    }

    #[tokio::test]
    async fn an_unknown_asset_is_not_found() {
        assert_eq!(asset(Ok(Path("other.js".to_owned())), HeaderMap::new()).await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn brotli_is_for_those_who_name_it() {
        let takes = |value| takes_brotli(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]));
        assert!(["br", "gzip, deflate, br, zstd", "gzip;q=0.5 , BR; q=0.1"].into_iter().all(takes));
        assert!(!["", "gzip", "*", "brotli", "br;q=0", "gzip, br; q=0.0", "br;level=1"].into_iter().any(takes));
        assert!(!takes_brotli(&HeaderMap::new()));
    }
}
