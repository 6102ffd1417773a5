//! The last look at an answer: every error has a code, is short and says nothing of the server's inside; what went
//! wrong inside goes to the log under the request's id.

use std::any::{Any, TypeId};
use std::time::Duration;

use async_graphql::{Data, Response, ServerError, Value, value};

use crate::config::GraphqlLimits;
use crate::graphql::error::{ErrorCode, of_fault, placed};
use crate::graphql::request::Caller;
use crate::kernel::error::{Fault, text_of_panic};

/// Who asks, as the transport put it into the request.
pub(super) fn caller(data: &Data) -> Option<Caller> {
    data.get(&TypeId::of::<Caller>())?.downcast_ref().cloned()
}

/// An answer to a request that names no runnable operation.
pub(super) fn invalid(message: &'static str) -> ServerError {
    placed(ErrorCode::GraphqlValidationFailed.with(&message), None)
}

/// An answer to an operation that took too long.
pub(super) fn timed_out(limit: Duration) -> Response {
    let message = format!("The operation took longer than {} ms.", limit.as_millis());
    Response::from_errors(vec![placed(ErrorCode::Timeout.with(&message), None)])
}

/// An answer to an operation that a bug ended.
pub(super) fn panicked(panic: &(dyn Any + Send), caller: Option<&Caller>) -> Response {
    let text = text_of_panic(panic);
    Response::from_errors(vec![internal(format!("a resolver panicked: {text}"), caller)])
}

/// Brings `response` into the form that leaves the server.
pub(super) fn finish(mut response: Response, limits: &GraphqlLimits, caller: Option<&Caller>) -> Response {
    response.errors.truncate(limits.errors);
    for error in &mut response.errors {
        if code(error).is_none() {
            give_code(error, caller);
        }
        shorten(&mut error.message, limits.error_message_bytes);
    }
    if caller.is_some_and(Caller::was_replayed) {
        response = response.extension("idempotency", value!({ "replayed": true }));
    }
    response
}

/// Errors without a code come from async-graphql: about the document when they have no path, about an argument's value
/// when they say so. Anything else is a fault of ours whose text must not leave.
fn give_code(error: &mut ServerError, caller: Option<&Caller>) {
    if error.path.is_empty() {
        set_code(error, ErrorCode::GraphqlValidationFailed);
    } else if is_about_an_argument(&error.message) {
        set_code(error, ErrorCode::BadUserInput);
    } else {
        let hidden = internal(std::mem::take(&mut error.message), caller);
        error.message = hidden.message;
        error.extensions = hidden.extensions;
    }
}

/// How async-graphql words a value that its scalar, enum or input object refuses.
fn is_about_an_argument(message: &str) -> bool {
    let openings = ["Failed to parse \"", "Expected input type \"", "Invalid value for argument"];
    openings.iter().any(|opening| message.starts_with(opening)) || message.contains("(occurred while parsing \"")
}

fn internal(reason: String, caller: Option<&Caller>) -> ServerError {
    let request_id = caller.map_or("none", |caller| caller.request_id.as_str());
    placed(of_fault(&Fault::Internal(reason), request_id), None)
}

fn code(error: &ServerError) -> Option<&Value> {
    error.extensions.as_ref()?.get("code")
}

fn set_code(error: &mut ServerError, code: ErrorCode) {
    error.extensions.get_or_insert_default().set("code", code.name());
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
