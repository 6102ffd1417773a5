//! `[limits]`: what one client may cost. Each number is enforced in one place and has a test that hits it.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub graphql: GraphqlLimits,
    pub time: TimeLimits,
    pub http: HttpLimits,
    pub websocket: WebsocketLimits,
    pub streaming: StreamingLimits,
}

/// `[limits.graphql]`: what one GraphQL document may contain.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphqlLimits {
    /// Length of the query text in bytes.
    pub query_bytes: usize,
    /// Tokens in the query text.
    pub tokens: usize,
    /// How deep `[`, `{` and `(` may nest in the query text, values included. At most 128, which the parser can bear.
    pub nesting: usize,
    /// Operations in one document.
    pub operations: usize,
    /// Fragment definitions in one document, used or not.
    pub fragments: usize,
    /// Field selections after every fragment is spread out.
    pub expanded_selections: u64,
    /// Depth of fields, counted through fragments.
    pub depth: u64,
    /// The same below `__schema` and `__type`.
    pub introspection_depth: u64,
    /// Fields with an alias, counted through fragments.
    pub aliases: u64,
    /// Fields at the top of a query or subscription, or below `query` of the payloads of a mutation.
    pub root_fields: u64,
    /// Fields at the top of a mutation.
    pub mutation_root_fields: u64,
    /// Fields at the top of a mutation that try a password or a token (log in, register …).
    pub credential_fields: u64,
    /// Directives on one field, fragment spread, fragment or operation.
    pub directives_per_field: usize,
    /// Directives in one document.
    pub directives_per_document: usize,
    /// Cost of a document: one for each field that is not a plain value, counted through fragments.
    pub complexity: u64,
    /// Rows that the document could return: the page sizes of nested lists multiplied.
    pub nodes: u64,
    /// Points that one operation may cost: one for every 200 of these rows, and what else docs/limits-and-costs.md lists.
    pub cost: u32,
    /// Values in one list, in the variables and in the query text.
    pub list_items: usize,
    /// Variables defined in one document or sent with it.
    pub variables: usize,
    /// How deep a variable's value may nest.
    pub variable_depth: usize,
    /// Length in bytes of one text value in the variables.
    pub string_bytes: usize,
    /// Errors in one answer; the rest are left out.
    pub errors: usize,
    /// Length in bytes of one error's message.
    pub error_message_bytes: usize,
    /// Length in bytes of one answer.
    pub response_bytes: usize,
    /// Parsed documents kept for the next request with the same text.
    pub cached_documents: u64,
}

impl Default for GraphqlLimits {
    fn default() -> Self {
        Self {
            query_bytes: 32 * 1024,
            tokens: 2_000,
            nesting: 64,
            operations: 5,
            fragments: 32,
            expanded_selections: 10_000,
            depth: 12,
            introspection_depth: 15,
            aliases: 30,
            root_fields: 20,
            mutation_root_fields: 5,
            credential_fields: 1,
            directives_per_field: 4,
            directives_per_document: 20,
            complexity: 1_000,
            nodes: 50_000,
            cost: 250,
            list_items: 1_000,
            variables: 100,
            variable_depth: 32,
            string_bytes: 64 * 1024,
            errors: 10,
            error_message_bytes: 500,
            response_bytes: 4 * 1024 * 1024,
            cached_documents: 1_000,
        }
    }
}

/// `[limits.time]`: how long a client may keep the server busy or waiting, in milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeLimits {
    /// From the first byte of a request to the end of its head.
    pub header_read_ms: NonZeroU64,
    /// How long a connection without a request is kept.
    pub idle_ms: NonZeroU64,
    /// How long a client may take to receive any part of an answer.
    pub send_ms: NonZeroU64,
    /// From the end of the head to the end of the body.
    pub body_read_ms: NonZeroU64,
    /// Execution of one query or mutation. A mutation waits four fifths of it at most for its turn to write.
    pub execution_ms: NonZeroU64,
    /// From the opening of a WebSocket to its `connection_init`.
    pub websocket_init_ms: NonZeroU64,
    /// Between two pings of an open WebSocket; a client that answers none for two of them is dropped.
    pub websocket_ping_ms: NonZeroU64,
    /// From one message to the moment a WebSocket's client has taken it; then it is dropped.
    pub websocket_send_ms: NonZeroU64,
    /// Between two looks whether the session behind an open stream, a WebSocket or SSE, still stands.
    pub session_check_ms: NonZeroU64,
    /// Between two signs of life on an open SSE stream, by which a client that is gone is noticed.
    pub sse_keep_alive_ms: NonZeroU64,
    /// How long one SSE stream may last; its client subscribes again.
    pub sse_ms: NonZeroU64,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self {
            header_read_ms: ms(5_000),
            idle_ms: ms(60_000),
            send_ms: ms(30_000),
            body_read_ms: ms(10_000),
            execution_ms: ms(10_000),
            websocket_init_ms: ms(5_000),
            websocket_ping_ms: ms(30_000),
            websocket_send_ms: ms(10_000),
            session_check_ms: ms(5_000),
            sse_keep_alive_ms: ms(12_000),
            sse_ms: ms(3_600_000),
        }
    }
}

/// `[limits.http]`: what one request and one client's address may take.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpLimits {
    /// Length of a request's body in bytes.
    pub body_bytes: usize,
    /// Length of a request's URI in bytes, its query string included.
    pub uri_bytes: usize,
    /// Headers of one request.
    pub headers: usize,
    /// Length of all headers of one request in bytes.
    pub header_bytes: usize,
    /// Operations that one request may carry as a list; together they may be no more than one operation may. 0 takes no lists.
    pub batch: usize,
    /// Requests served at once; the next is told to come back (503).
    pub requests_in_flight: NonZeroUsize,
    /// Open connections; the next is closed at once.
    pub connections: NonZeroUsize,
    /// Open connections of one address. Loopback is free of it: behind a proxy on the same host everyone comes from there.
    pub connections_per_ip: NonZeroU32,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            uri_bytes: 16 * 1024,
            headers: 64,
            header_bytes: 16 * 1024,
            batch: 0,
            requests_in_flight: NonZeroUsize::new(256).unwrap_or(NonZeroUsize::MIN),
            connections: NonZeroUsize::new(4_096).unwrap_or(NonZeroUsize::MIN),
            connections_per_ip: NonZeroU32::new(100).unwrap_or(NonZeroU32::MIN),
        }
    }
}

/// `[limits.websocket]`: what one WebSocket may take.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebsocketLimits {
    /// Length of one message in bytes.
    pub frame_bytes: usize,
    /// Operations running at once on one connection.
    pub operations: usize,
    /// Messages that wait for a slow client; further events wait at their source until it has taken some.
    pub send_queue: usize,
    /// The same in bytes.
    pub send_queue_bytes: usize,
    /// Messages that a client may send in a second, pings included.
    pub messages_per_second: NonZeroU32,
    /// Messages that it may send at once before that counts.
    pub message_burst: NonZeroU32,
}

impl Default for WebsocketLimits {
    fn default() -> Self {
        Self {
            frame_bytes: 64 * 1024,
            operations: 20,
            send_queue: 256,
            send_queue_bytes: 1024 * 1024,
            messages_per_second: NonZeroU32::new(50).unwrap_or(NonZeroU32::MIN),
            message_burst: NonZeroU32::new(200).unwrap_or(NonZeroU32::MIN),
        }
    }
}

/// `[limits.streaming]`: what the subscriptions of this process may take, over whichever transport.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamingLimits {
    /// WebSockets and subscriptions over SSE open at once; the next is told to come back (503). Fewer than connections, so that
    /// however many wait for events, others can still ask.
    pub streams: NonZeroUsize,
    /// Events kept for a slow subscriber; one that falls behind further is told so, and its subscription ends.
    pub event_buffer: NonZeroUsize,
}

impl Default for StreamingLimits {
    fn default() -> Self {
        Self {
            streams: NonZeroUsize::new(3_072).unwrap_or(NonZeroUsize::MIN),
            event_buffer: NonZeroUsize::new(4_096).unwrap_or(NonZeroUsize::MIN),
        }
    }
}

fn ms(value: u64) -> NonZeroU64 {
    NonZeroU64::new(value).unwrap_or(NonZeroU64::MIN)
}
