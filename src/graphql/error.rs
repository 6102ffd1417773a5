//! The one mapping of errors: transport errors with a code from one list, and user errors as values of a payload.

pub mod code;
pub mod user;

use async_graphql::{Error, Pos, ServerError};

pub use self::code::ErrorCode;

use crate::kernel::actor::Denied;
use crate::kernel::db::constraint;
use crate::kernel::error::Fault;
use crate::kernel::page::ListError;
use crate::kernel::write::WriteError;

/// `error` as a part of an answer, at a place of the document where it has one.
pub fn placed(error: Error, position: Option<Pos>) -> ServerError {
    let mut placed = ServerError::new(error.message, position);
    placed.extensions = error.extensions;
    placed
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
        Fault::Overtaken(reason) => of_fault(&Fault::Unavailable((*reason).to_owned()), request_id),
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
