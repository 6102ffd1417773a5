//! The two tokens a client holds: a signed access token of minutes and an opaque refresh token of days.
//! Knows nothing of users, rows or requests; what a token grants is decided elsewhere, per request.

mod access;
mod keys;
mod refresh;

pub use access::{AccessClaims, AccessGrant, AccessSettings, AccessTokenId, AccessTokens, SignedAccess, TokenRefused};
pub use keys::{KeyFault, SigningKeys};
pub use refresh::{RefreshToken, SealFault, SealedToken};
