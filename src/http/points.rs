//! What a caller has left in their bucket of points, as headers: the IETF draft's `RateLimit` and `RateLimit-Policy`, and
//! the `x-ratelimit-…` that GitHub made usual. It decides nothing.

use axum::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use axum::response::Response;

use super::Http;
use crate::graphql::gate::Standing;
use crate::graphql::request::Caller;
use crate::kernel::clock::Timestamp;

/// The headers that tell of a bucket.
pub(super) const HEADERS: [HeaderName; 5] = [
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
];

/// The answer with what its request left in the caller's bucket; unchanged when a cache may show it to other callers.
pub(super) fn told(mut answer: Response, caller: &Caller, http: &Http) -> Response {
    let cache = answer.headers().get(CACHE_CONTROL).map(HeaderValue::as_bytes);
    let is_public = cache.is_some_and(|cache| cache.starts_with(b"public"));
    if let Some(standing) = caller.standing().filter(|_| !is_public) {
        write(answer.headers_mut(), standing, http.services.clock.now());
    }
    answer
}

/// Writes the headers of a bucket that is so at `now`.
pub(super) fn write(headers: &mut HeaderMap, standing: Standing, now: Timestamp) {
    let Standing { policy, remaining, .. } = standing;
    let (name, burst, per_second) = (policy.name, policy.burst, policy.per_second);
    let full_in = standing.full_in_seconds();
    let window = burst.get().div_ceil(per_second.get());
    let values = [
        format!("\"{name}\";r={remaining};t={full_in}"),
        format!("\"{name}\";q={burst};w={window}"),
        burst.to_string(),
        remaining.to_string(),
        now.seconds().saturating_add(i64::from(full_in)).to_string(),
    ];
    for (name, value) in HEADERS.into_iter().zip(values) {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    if let Some(seconds) = standing.retry_after_seconds() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::graphql::gate::Policy;

    #[test]
    fn a_bucket_is_told_in_both_fashions() {
        let policy = Policy { name: "user", per_second: 100.try_into().unwrap(), burst: 350.try_into().unwrap() };
        let wait = Some(Duration::from_millis(1_200));
        let mut headers = HeaderMap::new();
        write(&mut headers, Standing { policy, remaining: 49, retry_after: wait }, Timestamp(1_000_500_000));
        let told: Vec<&str> = HEADERS.iter().map(|name| headers[name].to_str().unwrap()).collect();
        assert_eq!(told, ["\"user\";r=49;t=4", "\"user\";q=350;w=4", "350", "49", "1004"]);
        assert_eq!(headers[RETRY_AFTER], "2");
    }
}
