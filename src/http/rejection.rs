//! Why a request does not reach the schema at all, each with its status and its code. The text never repeats the request.

use async_graphql::{ErrorExtensions as _, ServerError};
use axum::http::StatusCode;

use crate::graphql::error::{ErrorCode, placed};

/// A request that is answered before any GraphQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rejection {
    /// The body is not said to be JSON.
    UnsupportedMediaType,
    /// The body is encoded in a way that is not taken.
    UnsupportedEncoding,
    /// A page of another origin may have sent it without its reader knowing.
    CrossSite,
    /// The body is larger than allowed.
    TooLarge { allowed_bytes: usize },
    /// The URI is longer than allowed.
    UriTooLong { allowed_bytes: usize },
    /// There are more headers than allowed.
    TooManyHeaders { allowed: usize },
    /// The headers together are larger than allowed.
    HeadersTooLarge { allowed_bytes: usize },
    /// The body did not arrive in time.
    TooSlow,
    /// The body is not what a GraphQL request is made of.
    Malformed(String),
    /// The body is a list of more operations than allowed.
    BatchTooLong { allowed: usize },
    /// A mutation or subscription by GET, or another method.
    MethodNotAllowed { allow: &'static str, message: &'static str },
    /// A method that a path other than the endpoint does not have.
    OtherMethod,
    /// The sender accepts no form that there is.
    NotAcceptable,
    /// The token is missing its form, expired, or not ours.
    Unauthenticated(&'static str),
    /// The idempotency key is not one, or is given twice.
    IdempotencyKey,
    /// The server is at its limit.
    Overloaded,
    /// What the server needs does not answer.
    Unavailable,
    /// There is nothing here.
    NotFound,
    /// The operation is done, but its answer is larger than allowed.
    AnswerTooLarge { allowed_bytes: usize },
    /// A bug; the log has it under the request's id.
    Internal,
}

impl Rejection {
    /// The status, whatever form the answer has.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::UnsupportedMediaType | Self::UnsupportedEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::TooManyHeaders { .. } | Self::HeadersTooLarge { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Malformed(_) | Self::IdempotencyKey | Self::BatchTooLong { .. } => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed { .. } | Self::OtherMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Overloaded | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::AnswerTooLarge { .. } => StatusCode::OK,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::UnsupportedMediaType | Self::UnsupportedEncoding => ErrorCode::UnsupportedMediaType,
            Self::CrossSite => ErrorCode::CrossSiteRequest,
            Self::TooLarge { .. } => ErrorCode::PayloadTooLarge,
            Self::UriTooLong { .. } => ErrorCode::UriTooLong,
            Self::TooManyHeaders { .. } | Self::HeadersTooLarge { .. } => ErrorCode::HeadersTooLarge,
            Self::TooSlow => ErrorCode::RequestTimeout,
            Self::Malformed(_) | Self::NotFound => ErrorCode::BadRequest,
            Self::MethodNotAllowed { .. } | Self::OtherMethod => ErrorCode::MethodNotAllowed,
            Self::NotAcceptable => ErrorCode::NotAcceptable,
            Self::Unauthenticated(_) => ErrorCode::Unauthenticated,
            Self::IdempotencyKey => ErrorCode::IdempotencyKeyInvalid,
            Self::Overloaded | Self::Unavailable => ErrorCode::Unavailable,
            Self::AnswerTooLarge { .. } | Self::BatchTooLong { .. } => ErrorCode::LimitExceeded,
            Self::Internal => ErrorCode::Internal,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::UnsupportedMediaType => {
                "Send the request as JSON, with the header `Content-Type: application/json`.".to_owned()
            }
            Self::UnsupportedEncoding => "Send the body as it is, or encoded with one of gzip, br and zstd.".to_owned(),
            Self::CrossSite => {
                "This request came from a web page of an origin that is not allowed to use this API.".to_owned()
            }
            Self::TooLarge { allowed_bytes } => format!("The body is larger than {allowed_bytes} bytes."),
            Self::UriTooLong { allowed_bytes } => {
                format!("The URI is longer than {allowed_bytes} bytes; send the request by POST.")
            }
            Self::TooManyHeaders { allowed } => format!("The request has more than {allowed} headers."),
            Self::HeadersTooLarge { allowed_bytes } => format!("The headers are larger than {allowed_bytes} bytes."),
            Self::TooSlow => "The body did not arrive in time.".to_owned(),
            Self::Malformed(reason) => reason.clone(),
            Self::BatchTooLong { allowed } => format!("The list has more than {allowed} operations."),
            Self::MethodNotAllowed { message, .. } | Self::Unauthenticated(message) => (*message).to_owned(),
            Self::OtherMethod => "This path has other methods; the header Allow names them.".to_owned(),
            Self::NotAcceptable => {
                "The answer is application/graphql-response+json or application/json; the Accept header takes neither."
                    .to_owned()
            }
            Self::Overloaded => "The server has too much to do at the moment; try again in a second.".to_owned(),
            Self::Unavailable => "The server can't reach what it needs at the moment; try again.".to_owned(),
            Self::AnswerTooLarge { allowed_bytes } => {
                format!("The answer is larger than {allowed_bytes} bytes; ask for fewer rows or fields.")
            }
            Self::Internal => {
                "Something went wrong on the server; the header x-request-id names this request.".to_owned()
            }
            Self::IdempotencyKey => {
                "An idempotency key has 1 to 255 printable ASCII characters, and a request has one at most.".to_owned()
            }
            Self::NotFound => "There is nothing at this path; the API is at /graphql.".to_owned(),
        }
    }

    /// The headers that belong to the status.
    pub(super) fn headers(&self) -> Vec<(axum::http::HeaderName, &'static str)> {
        use axum::http::header::{ACCEPT_ENCODING, ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
        match self {
            Self::MethodNotAllowed { allow, .. } => vec![(ALLOW, allow)],
            Self::UnsupportedEncoding => vec![(ACCEPT_ENCODING, "gzip, br, zstd")],
            Self::Unauthenticated(_) => vec![(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")],
            Self::Overloaded | Self::Unavailable => vec![(RETRY_AFTER, "1")],
            Self::UnsupportedMediaType
            | Self::CrossSite
            | Self::TooLarge { .. }
            | Self::UriTooLong { .. }
            | Self::TooManyHeaders { .. }
            | Self::HeadersTooLarge { .. }
            | Self::TooSlow
            | Self::Malformed(_)
            | Self::BatchTooLong { .. }
            | Self::OtherMethod
            | Self::NotAcceptable
            | Self::AnswerTooLarge { .. }
            | Self::IdempotencyKey
            | Self::Internal
            | Self::NotFound => Vec::new(),
        }
    }

    /// The rejection as a GraphQL error.
    pub(super) fn error(&self) -> ServerError {
        let mut error = self.code().with(&self.message());
        if let Self::AnswerTooLarge { allowed_bytes } = self {
            error = error.extend_with(|_, facts| {
                facts.set("limit", "response_bytes");
                facts.set("allowed", *allowed_bytes);
            });
        }
        placed(error, None)
    }
}
