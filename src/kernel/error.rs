//! What can go wrong, in three kinds that never mix: refused input, denied access, and faults of ours.

use std::any::Any;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a value or a request was refused, for programs. The same list is the API's `UserErrorCode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum UserErrorCode {
    /// A value is malformed, too long, or holds characters that it may not.
    Invalid,
    /// A value is missing or blank.
    Required,
    /// A number lies outside its range.
    OutOfRange,
    /// Another object has this value already.
    Taken,
    /// The object does not exist, or the caller may not see it.
    NotFound,
    /// The object has changed since the caller read it.
    Stale,
    /// Other objects or history still need this one.
    InUse,
    /// There is not enough stock.
    InsufficientStock,
    /// The state of the object does not allow it.
    InvalidState,
    /// E-mail and password do not match, or the token is not valid.
    InvalidCredentials,
    /// The rules protect this object or value.
    Protected,
}

/// The error enum of one slice: everything that a user can do wrong there.
pub trait UserFault: std::error::Error + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The code for programs; `Display` is the message for people, worded to follow the field's name.
    fn code(&self) -> UserErrorCode;
}

/// An error at one place of the input.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct At<E> {
    /// What is wrong.
    pub error: E,
    /// Where: the path from the field's arguments on, such as `["input", "lines", "2", "delta"]`. Empty when it is not one place.
    pub field: Vec<String>,
}

impl<E> At<E> {
    /// An error at the dotted path, such as `input.lines.2.delta`.
    pub fn new(path: &str, error: E) -> Self {
        let field = path.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self { error, field }
    }

    /// The same place with another error.
    pub fn map<F>(self, f: impl FnOnce(E) -> F) -> At<F> {
        At { error: f(self.error), field: self.field }
    }
}

/// A fault that is not the caller's. Its text is for the log and never leaves the server.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database answered with an error.
    #[error("database: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// The server is too busy or cannot reach what it needs; trying again may help.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// What a transaction had read was overtaken before it held its locks: the write path runs it again.
    #[error("overtaken: {0}")]
    Overtaken(&'static str),
    /// A bug, or data that should not be there.
    #[error("internal: {0}")]
    Internal(String),
}

/// What somebody who panicked said, for the log.
pub fn text_of_panic(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    panic.downcast_ref::<&str>().copied().or(owned).unwrap_or("no message")
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("json: {error}"))
    }
}

/// Why a command did not do its work.
#[derive(Debug)]
pub enum Failure<E> {
    /// The caller asked for something that the rules refuse; nothing was written.
    Refused(Vec<At<E>>),
    /// Something broke; nothing was written.
    Fault(Fault),
}

impl<E> Failure<E> {
    /// Refused for one reason at one place.
    pub fn refused(path: &str, error: E) -> Self {
        Self::Refused(vec![At::new(path, error)])
    }
}

impl<E> From<At<E>> for Failure<E> {
    fn from(at: At<E>) -> Self {
        Self::Refused(vec![at])
    }
}

impl<E> From<Fault> for Failure<E> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<E> From<sea_orm::DbErr> for Failure<E> {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Fault(Fault::Database(error))
    }
}

/// Collects all that is wrong with an input, so that the caller learns of everything at once.
#[derive(Debug)]
pub struct Problems<E>(Vec<At<E>>);

impl<E> Default for Problems<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E> Problems<E> {
    /// Takes the value out of `result`, or notes what is wrong at `path`.
    pub fn take<T, F: Into<E>>(&mut self, path: &str, result: Result<T, F>) -> Option<T> {
        result.map_err(|error| self.add(path, error.into())).ok()
    }

    /// Notes an error at `path`.
    pub fn add(&mut self, path: &str, error: E) {
        self.0.push(At::new(path, error));
    }

    /// Notes errors found elsewhere.
    pub fn extend(&mut self, errors: Vec<At<E>>) {
        self.0.extend(errors);
    }

    /// The finished value when nothing was noted (then `value` must be there), else everything that was noted.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<At<E>>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            Some(_) | None => Err(self.0),
        }
    }
}
