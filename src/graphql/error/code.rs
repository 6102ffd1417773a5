//! The one list of codes in `errors`, with everything that a reader of the API is told about each: docs/error-codes.md is
//! made from it. It knows no transport; the statuses written here are those that the transports keep.

use async_graphql::{Error, ErrorExtensions as _};

/// What an answer with the code looks like over HTTP. A stream, of whichever kind, tells every code in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// The request as a whole is answered with this status, in either media type.
    Status(u16),
    /// The operation never began: 400 and no `data`; 200 for a client that accepts plain `application/json` only.
    Document,
    /// The rest of the answer is there: 200, and null where the error's `path` points.
    Field,
}

/// Whether the same request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It would be answered the same: something must change first.
    No,
    /// Later, a mutation under its idempotency key.
    Yes,
}

/// Makes the enum and what is known of each of its values, so that a code can't be added without its documentation.
macro_rules! codes {
    ($(
        $(#[doc = $meaning:literal])+
        $code:ident = $name:literal, [$($answered:expr),+], $repeat:expr, $advice:literal;
    )+) => {
        /// Why a request, or a part of it, was not answered: the values of `extensions.code` in `errors`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $meaning])+ $code,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The text in `extensions.code`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            /// What it means, for the API's reader.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$code => concat!($($meaning),+).trim_ascii(),)+ }
            }

            /// What the client can do about it.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$code => $advice,)+ }
            }

            /// How it is answered.
            pub fn answered(self) -> &'static [Answered] {
                match self { $(Self::$code => &[$($answered),+],)+ }
            }

            /// Whether the same request may be sent again.
            pub fn repeat(self) -> Repeat {
                match self { $(Self::$code => $repeat,)+ }
            }
        }
    };
}

codes! {
    /// The token is missing, malformed, expired or revoked.
    Unauthenticated = "UNAUTHENTICATED", [Answered::Status(401), Answered::Field], Repeat::No,
        "Exchange the refresh token, or log in; then send the request again.";
    /// The caller lacks the permission that the message names.
    Forbidden = "FORBIDDEN", [Answered::Field], Repeat::No,
        "Act as someone who has the permission.";
    /// An argument is not acceptable, such as a malformed id, a cursor of another order or a page that is too large.
    BadUserInput = "BAD_USER_INPUT", [Answered::Field], Repeat::No,
        "Mend the argument that the message names.";
    /// The HTTP request is not a GraphQL request: malformed JSON, no `query`, a path where nothing is.
    BadRequest = "BAD_REQUEST", [Answered::Status(400), Answered::Status(404)], Repeat::No,
        "Mend the request.";
    /// The document is not GraphQL.
    GraphqlParseFailed = "GRAPHQL_PARSE_FAILED", [Answered::Document], Repeat::No,
        "Mend the document at the error's `locations`.";
    /// The document does not fit the schema, or a variable does not fit the document.
    GraphqlValidationFailed = "GRAPHQL_VALIDATION_FAILED", [Answered::Document], Repeat::No,
        "Check the document against the schema when you build the client.";
    /// The document, its variables or its answer go beyond a limit of the server, which the message names.
    LimitExceeded = "LIMIT_EXCEEDED", [Answered::Document, Answered::Field, Answered::Status(400)], Repeat::No,
        "Ask for less at a time.";
    /// No document is known by this hash or id, or no more.
    PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND", [Answered::Document], Repeat::No,
        "Send the document with its hash: that registers it. A trusted document must be in the server's manifest.";
    /// Documents can't be registered here, or not in this version of the protocol.
    PersistedQueryNotSupported = "PERSISTED_QUERY_NOT_SUPPORTED", [Answered::Document], Repeat::No,
        "Send the document without `extensions.persistedQuery`.";
    /// The document sent along is not the one whose hash was given.
    PersistedQueryMismatch = "PERSISTED_QUERY_MISMATCH", [Answered::Document], Repeat::No,
        "Hash the text exactly as it is sent, with SHA-256, in hexadecimal.";
    /// The server executes trusted documents only, and this is none.
    UntrustedDocument = "UNTRUSTED_DOCUMENT", [Answered::Document], Repeat::No,
        "Have the document put into the server's manifest, and name it by `documentId`.";
    /// A web page of an origin that is not allowed to use the API sent the request without the browser asking first.
    CrossSiteRequest = "CROSS_SITE_REQUEST", [Answered::Status(403)], Repeat::No,
        "Name the page's origin in the setting `http.cors_origins`, or send a header such as `graphql-require-preflight`.";
    /// The HTTP method is not allowed here, such as a mutation sent by GET.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", [Answered::Status(405)], Repeat::No,
        "Use a method from the header `Allow`.";
    /// The client accepts none of the media types that the server can answer with.
    NotAcceptable = "NOT_ACCEPTABLE", [Answered::Status(406)], Repeat::No,
        "Accept `application/graphql-response+json` or `application/json`.";
    /// The media type of the body is not `application/json`, or it is compressed in a way that the server does not know.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", [Answered::Status(415)], Repeat::No,
        "Send JSON, with the header `Content-Type: application/json`, compressed with gzip, br or zstd if at all.";
    /// The body is larger than the server takes.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", [Answered::Status(413)], Repeat::No,
        "Send less at a time.";
    /// The URI of the request is longer than the server takes.
    UriTooLong = "URI_TOO_LONG", [Answered::Status(414)], Repeat::No,
        "Send the request by POST.";
    /// The request has more headers, or larger ones, than the server takes.
    HeadersTooLarge = "HEADERS_TOO_LARGE", [Answered::Status(431)], Repeat::No,
        "Send fewer or shorter headers, such as cookies, which the server does not use.";
    /// The client took too long to send the request.
    RequestTimeout = "REQUEST_TIMEOUT", [Answered::Status(408)], Repeat::Yes,
        "Send it again.";
    /// Too many requests in too short a time.
    RateLimited = "RATE_LIMITED", [Answered::Status(429)], Repeat::Yes,
        "Wait for the seconds in `Retry-After`.";
    /// The operation took longer than the server allows and was stopped. A mutation may have taken effect.
    Timeout = "TIMEOUT", [Answered::Status(504)], Repeat::Yes,
        "Repeat a mutation with the same idempotency key; ask for less in a query.";
    /// The server is overloaded, stopping, or cannot reach its database.
    Unavailable = "UNAVAILABLE", [Answered::Status(503), Answered::Field], Repeat::Yes,
        "Wait for the seconds in `Retry-After`, or longer each time.";
    /// The idempotency key is not 1 to 255 printable ASCII characters, or two different ones were given.
    IdempotencyKeyInvalid = "IDEMPOTENCY_KEY_INVALID", [Answered::Status(400)], Repeat::No,
        "Send one key, such as a UUID.";
    /// The idempotency key was used before with other arguments.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", [Answered::Field], Repeat::No,
        "Make a new key for each new intention.";
    /// A fault of the server.
    Internal = "INTERNAL", [Answered::Status(500), Answered::Field], Repeat::Yes,
        "Report the request id: the server's log has the details under it.";
}

impl ErrorCode {
    /// An error with this code; `message` must be fit for the client.
    pub fn with(self, message: &impl ToString) -> Error {
        Error::new(message.to_string()).extend_with(|_, extensions| extensions.set("code", self.name()))
    }
}
