//! `UserError`: what a user did wrong, as a value of the payload, with typed facts where there are any.

use async_graphql::{Enum, Interface, SimpleObject};

use crate::graphql::inventory::{InsufficientStockError, OverReceiptError, StockChangedError};
use crate::kernel::error::{At, UserFault};

/// Why an input was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "crate::kernel::error::UserErrorCode")]
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

/// Something that the user did wrong. Nothing was written when a payload has one.
#[derive(Debug, Clone, Interface)]
#[graphql(
    field(name = "code", ty = "&UserErrorCode", desc = "Why, for programs."),
    field(name = "message", ty = "&String", desc = "Why, for people, in English."),
    field(
        name = "field",
        ty = "&Option<Vec<String>>",
        desc = "Where: the path of the input field, list indexes included, such as `[\"input\", \"lines\", \"2\", \"delta\"]`. Null when it is not one place."
    )
)]
pub enum UserError {
    /// See the type.
    InputError(InputError),
    /// See the type.
    StaleVersionError(StaleVersionError),
    /// See the type.
    InsufficientStockError(InsufficientStockError),
    /// See the type.
    StockChangedError(StockChangedError),
    /// See the type.
    OverReceiptError(OverReceiptError),
}

/// An input that the rules refuse.
#[derive(Debug, Clone, SimpleObject)]
pub struct InputError {
    /// Why, for programs.
    pub code: UserErrorCode,
    /// Why, for people, in English.
    pub message: String,
    /// Where: the path of the input field, list indexes included.
    pub field: Option<Vec<String>>,
}

/// The object has changed since the caller read it: read it again, and decide again.
#[derive(Debug, Clone, SimpleObject)]
pub struct StaleVersionError {
    /// Why, for programs: `STALE`.
    pub code: UserErrorCode,
    /// Why, for people, in English.
    pub message: String,
    /// Where: the path of the input field.
    pub field: Option<Vec<String>>,
    /// The version that the object has now.
    pub current_version: i64,
}

impl UserError {
    /// An error without typed facts.
    pub fn plain<E: UserFault>(at: At<E>) -> Self {
        let code = at.error.code().into();
        Self::InputError(InputError { code, message: sentence(&at.field, &at.error), field: path(at.field) })
    }

    /// A stale version.
    pub fn stale<E: UserFault>(at: At<E>, current_version: i64) -> Self {
        let (code, message) = (at.error.code().into(), sentence(&at.field, &at.error));
        Self::StaleVersionError(StaleVersionError { code, message, field: path(at.field), current_version })
    }
}

/// The path, or null when it is not one place.
pub fn path(field: Vec<String>) -> Option<Vec<String>> {
    (!field.is_empty()).then_some(field)
}

/// The message: the last name of the path, and what is wrong with it.
pub fn sentence(field: &[String], error: &impl std::fmt::Display) -> String {
    let name = field.iter().rev().find(|part| part.parse::<usize>().is_err() && *part != "input");
    name.map_or_else(|| error.to_string(), |name| format!("{name} {error}"))
}
