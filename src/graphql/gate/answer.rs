//! The last look at an answer: every error has a code, is short and says nothing of the server's inside; what went
//! wrong inside goes to the log under the request's id.

use std::any::{Any, TypeId};
use std::time::Duration;

use async_graphql::{Data, ErrorExtensionValues, Response, ServerError, Value};

use crate::config::GraphqlLimits;

/// The id under which a request is logged; also told to the client, so that it can be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

pub(super) fn request_id(data: &Data) -> Option<RequestId> {
    data.get(&TypeId::of::<RequestId>())?.downcast_ref().cloned()
}

/// An answer to a request that names no runnable operation.
pub(super) fn invalid(message: &'static str) -> ServerError {
    coded(ServerError::new(message, None), "GRAPHQL_VALIDATION_FAILED")
}

/// An answer to an operation that took too long.
pub(super) fn timed_out(limit: Duration) -> Response {
    let message = format!("The operation took longer than {} ms.", limit.as_millis());
    Response::from_errors(vec![coded(ServerError::new(message, None), "TIMEOUT")])
}

/// An answer to an operation that a bug ended.
pub(super) fn panicked(panic: &(dyn Any + Send), id: Option<&RequestId>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let request_id = id.map_or("", |id| id.0.as_str());
    tracing::error!(request.id = request_id, panic = text, "an operation panicked");
    Response::from_errors(vec![internal(id)])
}

/// Brings the errors of `response` into the form that leaves the server.
pub(super) fn finish(mut response: Response, limits: &GraphqlLimits, id: Option<&RequestId>) -> Response {
    response.errors.truncate(limits.errors);
    for error in &mut response.errors {
        if code(error).is_none() {
            give_code(error, id);
        }
        shorten(&mut error.message, limits.error_message_bytes);
    }
    response
}

/// Errors without a code come from async-graphql: about the document when they have no path, about an argument's value
/// when they say so. Anything else is a fault of ours whose text must not leave.
fn give_code(error: &mut ServerError, id: Option<&RequestId>) {
    if error.path.is_empty() {
        *error = coded(error.clone(), "GRAPHQL_VALIDATION_FAILED");
    } else if error.message.starts_with("Failed to parse \"") || error.message.starts_with("Invalid value for argument")
    {
        *error = coded(error.clone(), "BAD_USER_INPUT");
    } else {
        let request_id = id.map_or("", |id| id.0.as_str());
        tracing::error!(request.id = request_id, error = %error.message, "a resolver failed without a code");
        let path = std::mem::take(&mut error.path);
        let locations = std::mem::take(&mut error.locations);
        *error = internal(id).with_path(path);
        error.locations = locations;
    }
}

fn internal(id: Option<&RequestId>) -> ServerError {
    let error = ServerError::new("Something went wrong on the server.", None);
    let mut error = coded(error, "INTERNAL");
    if let Some(id) = id {
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("requestId", id.0.clone());
    }
    error
}

fn code(error: &ServerError) -> Option<&Value> {
    error.extensions.as_ref()?.get("code")
}

fn coded(mut error: ServerError, code: &str) -> ServerError {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code);
    error
}

/// Cuts `message` to at most `limit` bytes, at a character's boundary.
fn shorten(message: &mut String, limit: usize) {
    if message.len() > limit {
        let mut end = limit.saturating_sub('…'.len_utf8());
        while !message.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        message.truncate(end);
        message.push('…');
    }
}
