//! Looks at the head of a request before anything else does: refuses one that is too large, and one that says two things at
//! once, which a proxy in front may have read the other way. It knows no path and no body.

use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HOST, HeaderName};
use axum::http::{HeaderMap, Uri, Version};

use super::rejection::Rejection;
use crate::config::HttpLimits;

/// What a header takes beside its name and its value: a colon, a blank and the end of its line.
const AROUND_A_HEADER: usize = 4;

/// How large a head may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    uri_bytes: usize,
    headers: usize,
    header_bytes: usize,
}

impl From<&HttpLimits> for Limits {
    fn from(limits: &HttpLimits) -> Self {
        Self { uri_bytes: limits.uri_bytes, headers: limits.headers, header_bytes: limits.header_bytes }
    }
}

impl Limits {
    /// Whether the head of a request is fit to be looked at further.
    pub(super) fn check(self, request: &Request) -> Result<(), Rejection> {
        self.check_sizes(request.uri(), request.headers())?;
        check_unambiguous(request.version(), request.headers())
    }

    fn check_sizes(self, uri: &Uri, headers: &HeaderMap) -> Result<(), Rejection> {
        if length(uri) > self.uri_bytes {
            return Err(Rejection::UriTooLong { allowed_bytes: self.uri_bytes });
        }
        if headers.len() > self.headers {
            return Err(Rejection::TooManyHeaders { allowed: self.headers });
        }
        let bytes: usize = headers
            .iter()
            .map(|(name, value)| name.as_str().len().saturating_add(value.len()).saturating_add(AROUND_A_HEADER))
            .sum();
        if bytes > self.header_bytes {
            return Err(Rejection::HeadersTooLarge { allowed_bytes: self.header_bytes });
        }
        Ok(())
    }
}

fn length(uri: &Uri) -> usize {
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    let path = uri.path_and_query().map_or(0, |path| path.as_str().len());
    authority.saturating_add(path)
}

fn check_unambiguous(version: Version, headers: &HeaderMap) -> Result<(), Rejection> {
    let times = |name: HeaderName| headers.get_all(name).iter().count();
    let flaw = if times(HOST) > 1 {
        "The header Host is given twice."
    } else if version == Version::HTTP_11 && times(HOST) == 0 {
        "The header Host is missing."
    } else if times(CONTENT_TYPE) > 1 {
        "The header Content-Type is given twice."
    } else {
        return Ok(());
    };
    Err(Rejection::Malformed(flaw.to_owned()))
}
