//! What machines ask of a server: whether it lives, whether it can serve, and with which keys it signs.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::Http;

/// The process runs and answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// Requests can be served: the database answers, its schema is current, and the server is not stopping.
pub(super) async fn ready(State(http): State<Http>) -> (StatusCode, &'static str) {
    if http.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    let migrated = http.services.db.is_migrated();
    let limit = std::time::Duration::from_millis(http.services.config.database.acquire_timeout_ms);
    match tokio::time::timeout(limit, migrated).await {
        Ok(Ok(true)) => (StatusCode::OK, "ready\n"),
        Ok(Ok(false)) => (StatusCode::SERVICE_UNAVAILABLE, "the database is behind: run `stockroom migrate`\n"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}

/// The public keys of access tokens, as a JSON Web Key Set.
pub(super) async fn public_keys(State(http): State<Http>) -> Response {
    let headers = [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, http.services.accounts.jwks().to_string()).into_response()
}
