//! Which web pages may use the API from a browser: those of our own origin and those of the allow-list. It decides about
//! CORS, about requests that a browser sends without asking first, and about WebSockets, which CORS leaves open.

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN, RETRY_AFTER};
use axum::http::{HeaderMap, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::frame::REQUEST_ID;
use super::points;
use crate::config::{Config, Origin};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Headers that no page can send to another origin unless the server has allowed it beforehand. Any of them shows that a
/// request is meant for an API.
const ASKED_FOR: [HeaderName; 5] = [
    HeaderName::from_static("graphql-require-preflight"),
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("x-apollo-operation-name"),
    HeaderName::from_static("x-requested-with"),
    HeaderName::from_static("idempotency-key"),
];

/// The content types that a page may send anywhere.
const SIMPLE_TYPES: [&str; 3] = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];

/// How long a browser may remember what it was allowed.
const REMEMBERED: Duration = Duration::from_mins(10);

/// The origins that are known.
#[derive(Debug, Clone)]
pub(super) struct Origins {
    own: Option<Origin>,
    allowed: Vec<Origin>,
}

impl Origins {
    pub(super) fn new(config: &Config) -> Self {
        Self { own: config.server.public_url.clone(), allowed: config.http.cors_origins.clone() }
    }

    /// Whether a page of an origin that is not on the list has sent these headers. Programs that are no browser say
    /// nothing of a page, and are not meant.
    pub(super) fn is_foreign(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (Some(origin), None) => !self.knows(origin, headers),
            (Some(_), Some(_)) => true,
            // Images, links and forms send no origin, but where they stand compared with us.
            (None, _) => {
                let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
                matches!(site, Some(b"cross-site" | b"same-site"))
            }
        }
    }

    /// Whether a page of a foreign origin may have sent the request without the browser asking us first, as forms, images
    /// and links do: then its reader may not know of it.
    pub(super) fn is_forgeable(&self, headers: &HeaderMap) -> bool {
        self.is_foreign(headers) && is_simple(headers)
    }

    /// The answers to browsers that ask, and the headers of other answers that let pages read them; none when no page of
    /// another origin may.
    pub(super) fn cors(&self) -> Option<CorsLayer> {
        let allowed: Vec<_> =
            self.allowed.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok()).collect();
        if allowed.is_empty() {
            return None;
        }
        let told = points::HEADERS.into_iter().chain([REQUEST_ID, RETRY_AFTER]);
        // Never with credentials: a page must have the token, not the browser.
        let layer = CorsLayer::new()
            .allow_origin(AllowOrigin::list(allowed))
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(told.collect::<Vec<_>>())
            .max_age(REMEMBERED);
        Some(layer)
    }

    fn knows(&self, origin: &HeaderValue, headers: &HeaderMap) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        self.allowed.iter().any(|allowed| allowed.as_str() == origin) || self.is_own(origin, headers)
    }

    /// Whether it is where this server is reached: as configured, or else as the request says.
    fn is_own(&self, origin: &str, headers: &HeaderMap) -> bool {
        if let Some(own) = &self.own {
            return own.as_str() == origin;
        }
        let place = origin.split_once("://").map(|(_scheme, place)| place);
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        matches!((place, host), (Some(place), Some(host)) if place.eq_ignore_ascii_case(host))
    }
}

/// Whether a browser would send these headers to any server without asking it first.
fn is_simple(headers: &HeaderMap) -> bool {
    let asked_for = ASKED_FOR.iter().any(|name| headers.contains_key(name));
    let types = headers.get_all(CONTENT_TYPE).iter().map(|value| value.to_str().unwrap_or_default());
    let mut essences = types.map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    !asked_for && essences.all(|essence| SIMPLE_TYPES.contains(&essence.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(given: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("api.example:8080"))]);
        headers.extend(given.iter().map(pair));
        headers
    }

    fn origins(own: Option<&str>) -> Origins {
        let origin = |text: &str| text.parse().unwrap();
        Origins { own: own.map(origin), allowed: vec![origin("https://shop.example")] }
    }

    #[test]
    fn pages_of_other_origins_are_foreign_unless_on_the_list() {
        let foreign = |given: &[(&'static str, &'static str)]| origins(None).is_foreign(&headers(given));
        assert!(foreign(&[("origin", "https://evil.example")]));
        assert!(foreign(&[("origin", "null")]));
        assert!(foreign(&[("origin", "https://shop.example.evil.example")]));
        assert!(foreign(&[("origin", "http://api.example")]));
        assert!(foreign(&[("sec-fetch-site", "cross-site")]));
        assert!(foreign(&[("sec-fetch-site", "same-site")]));
        assert!(!foreign(&[("origin", "https://shop.example"), ("sec-fetch-site", "cross-site")]));
        assert!(!foreign(&[("origin", "http://api.example:8080"), ("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn whoever_is_no_browser_is_not_foreign() {
        let foreign = |given: &[(&'static str, &'static str)]| origins(None).is_foreign(&headers(given));
        assert!(!foreign(&[]));
        assert!(!foreign(&[("sec-fetch-site", "none")]));
        assert!(!foreign(&[("sec-fetch-mode", "cors")]));
    }

    #[test]
    fn where_our_address_is_configured_the_host_header_counts_for_nothing() {
        let own = origins(Some("https://api.example"));
        assert!(!own.is_foreign(&headers(&[("origin", "https://api.example")])));
        assert!(own.is_foreign(&headers(&[("origin", "http://api.example:8080")])));
    }

    #[test]
    fn a_header_that_a_browser_asks_for_first_shows_that_a_request_is_meant() {
        let forgeable = |given: &[(&'static str, &'static str)]| {
            let mut given = given.to_vec();
            given.push(("origin", "https://evil.example"));
            origins(None).is_forgeable(&headers(&given))
        };
        assert!(forgeable(&[]));
        for content_type in ["text/plain", "Text/Plain; charset=utf-8", "multipart/form-data; boundary=x"] {
            assert!(forgeable(&[("content-type", content_type)]), "{content_type}");
        }
        assert!(!forgeable(&[("content-type", "application/json")]));
        assert!(!forgeable(&[("x-requested-with", "fetch")]));
        assert!(!forgeable(&[("graphql-require-preflight", "")]));
    }
}
