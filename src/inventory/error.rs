//! Everything that a user can do wrong in this slice.

use serde::{Deserialize, Serialize};

use crate::kernel::error::{UserErrorCode, UserFault};
use crate::kernel::id::IdError;
use crate::kernel::text::InputError;

/// What a user did wrong. The messages follow the name of the input field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum InventoryError {
    /// A value is not acceptable by itself.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The location does not exist, or the caller may not see it.
    #[error("names no location")]
    LocationNotFound,
    /// Another location has the code.
    #[error("is taken by another location")]
    CodeTaken,
    /// The object has changed since the caller read it.
    #[error("is stale: the object is at version {current}")]
    Stale {
        /// The version that it has now.
        current: i64,
    },
}

impl InventoryError {
    /// A malformed id, or one of another type.
    pub fn of_id(error: IdError) -> Self {
        Self::Input(error.into())
    }
}

impl UserFault for InventoryError {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Input(error) => error.code(),
            Self::LocationNotFound => UserErrorCode::NotFound,
            Self::CodeTaken => UserErrorCode::Taken,
            Self::Stale { .. } => UserErrorCode::Stale,
        }
    }
}
