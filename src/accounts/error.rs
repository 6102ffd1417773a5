//! Everything that a user can do wrong with accounts, sessions and roles. Never holds a password, a token or an address.

use serde::{Deserialize, Serialize};

use crate::kernel::error::{UserErrorCode, UserFault};
use crate::kernel::id::IdError;
use crate::kernel::text::InputError;

/// Why an input was refused. The text follows the name of the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum AccountError {
    /// A value that is malformed, whatever its meaning.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A password that would be guessed.
    #[error("is too easy to guess. {advice}")]
    WeakPassword {
        /// Whole sentences for the person who chose it.
        advice: String,
    },
    /// Another account has this address.
    #[error("belongs to another account")]
    EmailTaken,
    /// The address or the password is wrong, or the account is deactivated: which of them is not told.
    #[error("E-mail address or password is wrong")]
    InvalidCredentials,
    /// The refresh token is unknown, used up or expired, or its session has ended.
    #[error("is not valid any more; log in again")]
    InvalidRefreshToken,
    /// The password given as the present one is not.
    #[error("is not the present password")]
    WrongPassword,
    /// There is no such user, or the caller may not know of it.
    #[error("does not name a user")]
    UserNotFound,
    /// There is no such role.
    #[error("does not name a role")]
    RoleNotFound,
    /// There is no such session, or it belongs to someone else, or it has ended.
    #[error("does not name a session of yours that is still open")]
    SessionNotFound,
    /// Changed since the caller read it.
    #[error("is out of date: the current version is {current}")]
    Stale {
        /// The version that the object has now.
        current: i64,
    },
    /// Nobody could administer the shop any more.
    #[error("would leave the shop without an active administrator")]
    LastAdministrator,
    /// The account is deactivated already, or active already.
    #[error("is {state} already")]
    AlreadyInState {
        /// `active` or `deactivated`.
        state: String,
    },
    /// Another role has this code.
    #[error("is the code of another role")]
    RoleCodeTaken,
    /// A built-in role.
    #[error("is a built-in role, which can't be changed or deleted")]
    BuiltInRole,
    /// Users still have the role.
    #[error("is still given to users")]
    RoleInUse,
    /// The caller would give or take what they don't have themselves.
    #[error("includes the permission {permission}, which you don't have yourself")]
    PermissionNotHeld {
        /// The permission's name.
        permission: String,
    },
}

impl AccountError {
    /// A malformed id, or one of another type.
    pub fn of_id(error: IdError) -> Self {
        Self::Input(error.into())
    }
}

impl UserFault for AccountError {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Input(error) => error.code(),
            Self::WeakPassword { .. } | Self::WrongPassword => UserErrorCode::Invalid,
            Self::EmailTaken | Self::RoleCodeTaken => UserErrorCode::Taken,
            Self::InvalidCredentials | Self::InvalidRefreshToken => UserErrorCode::InvalidCredentials,
            Self::UserNotFound | Self::RoleNotFound | Self::SessionNotFound => UserErrorCode::NotFound,
            Self::Stale { .. } => UserErrorCode::Stale,
            Self::AlreadyInState { .. } => UserErrorCode::InvalidState,
            Self::RoleInUse => UserErrorCode::InUse,
            Self::LastAdministrator | Self::BuiltInRole | Self::PermissionNotHeld { .. } => UserErrorCode::Protected,
        }
    }
}
