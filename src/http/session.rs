//! Who a stream of answers belongs to: the token it came with, looked at again for as long as the stream lasts. It knows
//! no transport.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::bearer;
use super::rejection::Rejection;
use crate::accounts::service::Unauthenticated;
use crate::accounts::tokens::TokenRefused;
use crate::graphql::services::Services;
use crate::kernel::actor::Actor;

/// The session behind one stream; without a token, an anonymous caller's.
pub(super) struct Session {
    services: Services,
    token: Option<SecretString>,
}

/// Why a session does not carry its stream any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The access token is past its end.
    TokenExpired,
    /// It never was one of ours.
    TokenRefused,
    /// Logged out, revoked, or its user is not active any more.
    SessionOver,
    /// It can't be found out at the moment.
    Unknown,
}

impl Session {
    /// The session of `Bearer <token>`; of nobody without one.
    pub(super) fn new(services: Services, authorization: Option<&str>) -> Result<Self, Ended> {
        let token = match authorization {
            None => None,
            Some(text) => Some(SecretString::from(bearer::token(text).ok_or(Ended::TokenRefused)?)),
        };
        Ok(Self { services, token })
    }

    /// Who it is and what they may do at this moment.
    pub(super) async fn actor(&self) -> Result<Actor, Ended> {
        let Some(token) = &self.token else { return Ok(Actor::anonymous()) };
        let found = self.services.accounts.authenticate(token.expose_secret()).await;
        found.map_err(|error| match error {
            Unauthenticated::Token(TokenRefused::Expired) => Ended::TokenExpired,
            Unauthenticated::Token(TokenRefused::Invalid(_)) => Ended::TokenRefused,
            Unauthenticated::SessionOver => Ended::SessionOver,
            Unauthenticated::Fault(fault) => {
                tracing::error!(error = %fault, "a token could not be checked");
                Ended::Unknown
            }
        })
    }

    /// Returns when the session has ended, looking every `limits.time.session_check_ms`.
    pub(super) async fn over(&self) -> Ended {
        if self.token.is_none() {
            return std::future::pending().await;
        }
        let every = Duration::from_millis(self.services.config.limits.time.session_check_ms.get());
        loop {
            tokio::time::sleep(every).await;
            match self.actor().await {
                Ok(_) | Err(Ended::Unknown) => {}
                Err(ended) => return ended,
            }
        }
    }
}

impl Ended {
    /// For the client.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::TokenExpired => "The access token has expired",
            Self::TokenRefused => "The access token is not valid",
            Self::SessionOver => "The session has ended",
            Self::Unknown => "The server can't check the access token at the moment",
        }
    }

    /// As the answer to a request.
    pub(super) fn rejection(self) -> Rejection {
        match self {
            Self::Unknown => Rejection::Unavailable,
            Self::TokenExpired | Self::TokenRefused | Self::SessionOver => Rejection::Unauthenticated(self.reason()),
        }
    }
}
