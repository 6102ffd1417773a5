//! Why the server closes a WebSocket: the codes of graphql-transport-ws and of RFC 6455, each with its reason.

use std::borrow::Cow;

use axum::extract::ws::{CloseFrame, Message};

use crate::http::session::Ended;

/// The longest reason that fits into a close frame, in bytes.
const LONGEST_REASON: usize = 123;

/// A close code and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Close {
    pub code: u16,
    pub reason: Cow<'static, str>,
}

impl Close {
    /// The client is done.
    pub const DONE: Self = Self::new(1000, "");
    pub const STOPPING: Self = Self::new(1001, "The server is stopping");
    pub const SILENT: Self = Self::new(1001, "The client answers no ping");
    pub const BROKEN: Self = Self::new(1002, "Not a WebSocket frame");
    /// The connection has ended without a close; this is never sent.
    pub const GONE: Self = Self::new(1006, "");
    pub const NOT_TEXT: Self = Self::new(1007, "Not UTF-8");
    pub const TOO_MANY_MESSAGES: Self = Self::new(1008, "Too many messages a second");
    pub const TOO_LARGE: Self = Self::new(1009, "Message too large");
    pub const TOO_SLOW: Self = Self::new(1013, "The client takes too long to receive");
    pub const TOO_MANY_BAD_TOKENS: Self = Self::new(1013, "Too many tokens that are not valid: try again later");
    pub const UNAVAILABLE: Self = Self::new(1013, "Try again later");
    pub const NOT_ACKNOWLEDGED: Self = Self::new(4401, "Unauthorized");
    pub const NO_PROTOCOL: Self = Self::new(4406, "Subprotocol not acceptable");
    pub const INIT_TIMEOUT: Self = Self::new(4408, "Connection initialisation timeout");
    pub const TOO_MANY_INITS: Self = Self::new(4429, "Too many initialisation requests");
    pub const INTERNAL: Self = Self::new(4500, "Internal server error");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    /// A message is not one of the protocol, for this reason.
    pub fn invalid(why: &'static str) -> Self {
        Self { code: 4400, reason: format!("Invalid message received: {why}").into() }
    }

    /// An operation runs under this id.
    pub fn duplicate(id: &str) -> Self {
        let reason = format!("Subscriber for {id} already exists");
        let fits = reason.len() <= LONGEST_REASON;
        Self { code: 4409, reason: if fits { reason.into() } else { "Subscriber for this id already exists".into() } }
    }

    /// The session is none, or none any more.
    pub fn over(ended: Ended) -> Self {
        match ended {
            Ended::Unknown => Self::UNAVAILABLE,
            Ended::TokenExpired | Ended::TokenRefused | Ended::SessionOver => {
                Self { code: 4403, reason: format!("Forbidden: {}", ended.reason()).into() }
            }
        }
    }
}

impl From<Close> for Message {
    fn from(close: Close) -> Self {
        Self::Close(Some(CloseFrame { code: close.code, reason: close.reason.as_ref().into() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_fits_into_a_close_frame() {
        for ended in [Ended::TokenExpired, Ended::TokenRefused, Ended::SessionOver, Ended::Unknown] {
            assert!(Close::over(ended).reason.len() <= LONGEST_REASON);
        }
        assert_eq!(Close::duplicate("a").reason, "Subscriber for a already exists");
        assert!(Close::duplicate(&"é".repeat(60)).reason.len() <= LONGEST_REASON);
    }
}
