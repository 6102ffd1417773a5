//! Answers that caches may keep: those to an anonymous GET whose every field allows it. All others say `no-store`, which the
//! frame adds. It knows which answers only by what the gate says of the operation.

use std::num::NonZeroU32;

use async_graphql::Response as GraphqlResponse;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, ETAG, HeaderValue, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::answer::{self, Form};
use crate::graphql::gate::KeptAnswer;

/// For how many seconds, at most `most`, an answer that may be kept for `max_age` may be; none when it may not.
pub(super) fn seconds(parts: &Parts, max_age: Option<NonZeroU32>, most: u32) -> Option<NonZeroU32> {
    let most = NonZeroU32::new(most)?;
    let is_anyones = parts.method != Method::POST && !parts.headers.contains_key(AUTHORIZATION);
    let max_age = max_age.filter(|_| is_anyones)?;
    Some(max_age.min(most))
}

/// The answer that may be kept for so many seconds, or that the client's copy is still good. One with errors, or with
/// something in it beside the data, is not kept after all.
pub(super) fn public(response: &GraphqlResponse, form: Form, seconds: NonZeroU32, headers: &HeaderMap) -> Response {
    if !response.errors.is_empty() || !response.extensions.is_empty() {
        return answer::graphql(response, form);
    }
    match answer::bytes(response, form) {
        Ok(bytes) => public_bytes(&bytes, Sha256::digest(&bytes).into(), form, seconds, headers),
        Err(rejection) => answer::rejection(&rejection, form.media),
    }
}

/// The same of an answer that has been written, whose SHA-256 is `digest`.
pub(super) fn kept(answer: &KeptAnswer, form: Form, seconds: NonZeroU32, headers: &HeaderMap) -> Response {
    public_bytes(answer.body(), answer.digest(), form, seconds, headers)
}

fn public_bytes(bytes: &[u8], digest: [u8; 32], form: Form, seconds: NonZeroU32, headers: &HeaderMap) -> Response {
    let tag = tag(form, digest);
    let mut answer = if is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        answer::written(StatusCode::OK, form.media, bytes.to_vec())
    };
    for (name, value) in [(CACHE_CONTROL, format!("public, max-age={seconds}")), (ETAG, format!("W/{tag}"))] {
        if let Ok(value) = HeaderValue::try_from(value) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// A text that changes with the answer. It is a weak validator, because the same answer travels compressed, too.
fn tag(form: Form, digest: [u8; 32]) -> String {
    let hash = Sha256::new_with_prefix(form.media.content_type()).chain_update(digest).finalize();
    format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(hash))
}

/// Whether the client says that it has the answer with this tag.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = lines.flat_map(|line| line.split(',')).map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_in_any_place_and_strength() {
        let known = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(IF_NONE_MATCH, HeaderValue::from_static(line));
            }
            is_known(&headers, "\"a\"")
        };
        assert!(known(&["\"a\""]));
        assert!(known(&["W/\"a\""]));
        assert!(known(&["\"b\", W/\"a\""]));
        assert!(known(&["\"b\"", "\"a\""]));
        assert!(known(&["*"]));
        assert!(!known(&[]));
        assert!(!known(&["\"b\"", "a", "\"a"]));
    }
}
