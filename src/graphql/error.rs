//! The one mapping of errors: transport errors with a code from one list, and user errors as values of a payload.

pub mod user;

use async_graphql::{Enum, Error, ErrorExtensions as _};

use crate::kernel::actor::Denied;
use crate::kernel::db::constraint;
use crate::kernel::error::Fault;
use crate::kernel::page::ListError;
use crate::kernel::write::WriteError;

/// Why a request, or a part of it, was not answered: the values of `extensions.code` in `errors`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum ErrorCode {
    /// The token is missing, malformed, expired or revoked. Log in, or refresh the token.
    Unauthenticated,
    /// The caller lacks the permission that the message names.
    Forbidden,
    /// An argument is not acceptable, such as a malformed id, an unknown cursor or a page that is too large.
    BadUserInput,
    /// The HTTP request is not a GraphQL request: malformed JSON, a missing query.
    BadRequest,
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// The document, its variables or its answer go beyond a limit of the server; the message names it.
    LimitExceeded,
    /// The HTTP method is not allowed here, such as a mutation sent by GET.
    MethodNotAllowed,
    /// The client accepts none of the media types that the server can answer with.
    NotAcceptable,
    /// The media type of the body is not `application/json`.
    UnsupportedMediaType,
    /// The body is larger than the server takes.
    PayloadTooLarge,
    /// The client took too long to send the request.
    RequestTimeout,
    /// Too many requests; try again after the time in `Retry-After`.
    RateLimited,
    /// The operation took longer than the server allows and was stopped. A mutation may have taken effect: repeat it with its idempotency key.
    Timeout,
    /// The server is overloaded, stopping, or cannot reach its database; trying again may help.
    Unavailable,
    /// The idempotency key is not 1 to 255 printable ASCII characters.
    IdempotencyKeyInvalid,
    /// The idempotency key was used before with other arguments.
    IdempotencyKeyReused,
    /// A fault of the server. The message names the request id, under which the server's log has the details.
    Internal,
}

impl ErrorCode {
    /// The text in `extensions.code`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::BadRequest => "BAD_REQUEST",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::NotAcceptable => "NOT_ACCEPTABLE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::RateLimited => "RATE_LIMITED",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::IdempotencyKeyInvalid => "IDEMPOTENCY_KEY_INVALID",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::Internal => "INTERNAL",
        }
    }

    /// An error with this code; `message` must be fit for the client.
    pub fn with(self, message: &impl ToString) -> Error {
        Error::new(message.to_string()).extend_with(|_, extensions| extensions.set("code", self.name()))
    }
}

/// A denied access.
pub fn of_denied(denied: Denied) -> Error {
    match denied {
        Denied::Unauthenticated => ErrorCode::Unauthenticated.with(&"Not logged in: this needs an access token."),
        Denied::Forbidden(permission) => {
            ErrorCode::Forbidden.with(&format!("Not allowed: this needs the permission {permission}."))
        }
    }
}

/// A fault of ours: its text goes to the log, its request id to the client.
pub fn of_fault(fault: &Fault, request_id: &str) -> Error {
    match fault {
        Fault::Unavailable(reason) => {
            tracing::warn!(request.id = request_id, reason, "a request could not be served for now");
            ErrorCode::Unavailable
                .with(&format!("The server is busy or cannot reach its database. Try again. Request id: {request_id}"))
        }
        Fault::Database(error) if constraint::is_unavailable(error) || constraint::is_transient(error) => {
            of_fault(&Fault::Unavailable(error.to_string()), request_id)
        }
        Fault::Database(_) | Fault::Internal(_) => {
            tracing::error!(request.id = request_id, error = %fault, "a request failed for a fault of the server");
            ErrorCode::Internal.with(&format!("Something went wrong on the server. Request id: {request_id}"))
        }
    }
}

/// A list that could not be read.
pub fn of_list(error: ListError, request_id: &str) -> Error {
    match error {
        ListError::Page(error) => ErrorCode::BadUserInput.with(&error),
        ListError::Database(error) => of_fault(&Fault::Database(error), request_id),
    }
}

/// A command that was not carried out.
pub fn of_write(error: WriteError, request_id: &str) -> Error {
    match error {
        WriteError::Denied(denied) => of_denied(denied),
        WriteError::KeyReused => ErrorCode::IdempotencyKeyReused.with(&error),
        WriteError::Fault(fault) => of_fault(&fault, request_id),
    }
}
