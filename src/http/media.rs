//! Content negotiation of GraphQL over HTTP: what a request's body is, and which form of answer its sender wants. Pure.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the request could be executed.
    GraphqlResponse,
    /// `application/json`: a well-formed request is answered with 200, whatever became of it.
    Json,
    /// `text/html`: the sender is a browser.
    Html,
    /// `text/event-stream`: GraphQL over SSE.
    EventStream,
}

impl Media {
    /// The value of `Content-Type`.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::EventStream => "text/event-stream; charset=utf-8",
        }
    }

    /// What the sender of `headers` wants most, of `offered`; nothing when it wants none of them. Without an `Accept`
    /// header, or with `*/*`, it is `application/json`, which every client understands.
    pub(super) fn wanted(headers: &HeaderMap, offered: &[Self]) -> Option<Self> {
        let ranges: Vec<Range> = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(Range::parse)
            .collect();
        if ranges.is_empty() {
            return Some(Self::Json);
        }
        let weighed = offered.iter().filter_map(|media| {
            let matching = ranges.iter().enumerate().filter_map(|(at, range)| range.matches(*media, at));
            // What is said of a form by name counts, not what is said of all.
            let weight = matching.max_by_key(|(exactness, weight)| (*exactness, *weight)).map(|(_, weight)| weight)?;
            (weight.quality > 0).then_some((weight, *media))
        });
        weighed.max_by_key(|(weight, _)| *weight).map(|(_, media)| media)
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::GraphqlResponse => ("application", "graphql-response+json"),
            Self::Json => ("application", "json"),
            Self::Html => ("text", "html"),
            Self::EventStream => ("text", "event-stream"),
        }
    }
}

/// Whether the body is said to be JSON in UTF-8.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json"));
    named
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            Some(_) | None => true,
        })
}

/// How much a form is wanted: by the quality given, then by whether it is named, then by its place in the header. Where a
/// wildcard leaves the choice to the server, plain JSON goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Weight {
    /// Thousandths.
    quality: u16,
    named: bool,
    earliness: std::cmp::Reverse<usize>,
    plain: bool,
}

/// How exactly an entry names a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Exactness {
    Anything,
    Kind,
    Named,
}

/// One entry of an `Accept` header.
struct Range<'a> {
    kind: &'a str,
    name: &'a str,
    quality: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, name) = parts.next()?.split_once('/')?;
        let quality = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
            .map_or(Some(1000), |(_, value)| thousandths(value.trim()))?;
        Some(Self { kind: kind.trim(), name: name.trim(), quality })
    }

    /// How exactly this entry, the one at `at`, names `media`, and how much it wants it.
    fn matches(&self, media: Media, at: usize) -> Option<(Exactness, Weight)> {
        let (kind, name) = media.names();
        let same_kind = self.kind.eq_ignore_ascii_case(kind);
        let exactness = if same_kind && self.name.eq_ignore_ascii_case(name) {
            Exactness::Named
        } else if matches!(media, Media::Html | Media::EventStream) || self.name != "*" {
            // A page or a stream is for those who ask for one.
            return None;
        } else if same_kind {
            Exactness::Kind
        } else if self.kind == "*" {
            Exactness::Anything
        } else {
            return None;
        };
        let named = exactness == Exactness::Named;
        let earliness = std::cmp::Reverse(at);
        Some((exactness, Weight { quality: self.quality, named, earliness, plain: media == Media::Json }))
    }
}

/// Reads `0`, `1`, `0.5`, `0.875` as thousandths.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    Some((whole * 1000 + fraction).min(1000))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::*;

    fn wanted(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        Media::wanted(&headers, &[Media::GraphqlResponse, Media::Json, Media::EventStream, Media::Html])
    }

    #[test]
    fn without_a_wish_the_answer_is_plain_json() {
        let offered = [Media::GraphqlResponse, Media::Json];
        assert_eq!(Media::wanted(&HeaderMap::new(), &offered), Some(Media::Json));
        assert_eq!(wanted("*/*"), Some(Media::Json));
        assert_eq!(wanted("application/*"), Some(Media::Json));
    }

    #[test]
    fn the_highest_quality_wins_then_the_exact_name_then_the_first() {
        assert_eq!(wanted("application/graphql-response+json, application/json;q=0.9"), Some(Media::GraphqlResponse));
        assert_eq!(wanted("application/graphql-response+json;q=0.2, application/json"), Some(Media::Json));
        assert_eq!(wanted("application/json, application/graphql-response+json"), Some(Media::Json));
        assert_eq!(wanted("*/*, application/graphql-response+json"), Some(Media::GraphqlResponse));
        assert_eq!(wanted("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Some(Media::Html));
    }

    #[test]
    fn what_is_said_by_name_counts_before_what_is_said_of_all() {
        assert_eq!(wanted("application/json;q=0, */*"), Some(Media::GraphqlResponse));
        assert_eq!(wanted("*/*, application/graphql-response+json;q=0"), Some(Media::Json));
        assert_eq!(
            wanted("application/*;q=0.1, application/graphql-response+json;q=0.2"),
            Some(Media::GraphqlResponse)
        );
        assert_eq!(wanted("application/*;q=0, */*"), None);
        assert_eq!(wanted("text/*"), None);
    }

    #[test]
    fn a_header_that_cannot_be_read_is_passed_over() {
        assert_eq!(wanted(""), Some(Media::Json));
        assert_eq!(wanted("json"), Some(Media::Json));
        assert_eq!(wanted("application/graphql-response+json;q=high, application/json;q=0.1"), Some(Media::Json));
    }

    #[test]
    fn what_is_not_offered_or_refused_is_not_given() {
        assert_eq!(wanted("image/png"), None);
        assert_eq!(wanted("application/json;q=0"), None);
    }

    #[test]
    fn only_json_in_utf_8_is_json() {
        let is =
            |value: &'static str| is_json(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]));
        assert!(is("application/json"));
        assert!(is("Application/JSON; charset=UTF-8"));
        assert!(is("application/json;charset=\"utf-8\""));
        assert!(!is("application/json; charset=latin1"));
        assert!(!is("text/plain"));
        assert!(!is("application/x-www-form-urlencoded"));
        assert!(!is("multipart/form-data; boundary=x"));
        assert!(!is_json(&HeaderMap::new()));
    }
}
