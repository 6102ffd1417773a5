//! Who sends a request, by its bearer token. A token that is given must be good: a bad one is refused, never taken for
//! an anonymous caller.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::rejection::Rejection;
use crate::accounts::service::Unauthenticated;
use crate::graphql::services::Services;
use crate::kernel::actor::Actor;

const NOT_BEARER: &str = "The Authorization header must be `Bearer` and an access token.";
const REFUSED: &str = "The access token is not valid, or has expired: log in, or refresh it.";

/// The actor that the `Authorization` header names; anonymous without one.
pub(super) async fn actor_of(services: &Services, headers: &HeaderMap) -> Result<Actor, Rejection> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(Actor::anonymous()),
        (Some(value), None) => {
            let text = value.to_str().map_err(|_| Rejection::Unauthenticated(NOT_BEARER))?;
            actor(services, token(text).ok_or(Rejection::Unauthenticated(NOT_BEARER))?).await
        }
        (Some(_), Some(_)) => Err(Rejection::Unauthenticated(NOT_BEARER)),
    }
}

/// The actor whose access token this is.
pub(super) async fn actor(services: &Services, token: &str) -> Result<Actor, Rejection> {
    services.accounts.authenticate(token).await.map_err(|error| match error {
        Unauthenticated::Token(_) | Unauthenticated::SessionOver => Rejection::Unauthenticated(REFUSED),
        Unauthenticated::Fault(fault) => {
            tracing::error!(error = %fault, "a token could not be checked");
            Rejection::Unavailable
        }
    })
}

/// The token of `Bearer <token>`; the scheme in any case.
pub(super) fn token(text: &str) -> Option<&str> {
    let (scheme, token) = text.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn a_token_follows_its_scheme() {
        assert_eq!(token("Bearer abc"), Some("abc"));
        assert_eq!(token("bearer  abc "), Some("abc"));
        for bad in ["", "Bearer", "Bearer ", "Basic abc", "abc"] {
            assert_eq!(token(bad), None, "{bad}");
        }
    }
}
