//! The accounts slice in the schema.

mod audit;
mod password;
mod role;
mod role_change;
mod session;
mod sign_in;
mod user;
mod user_change;

pub use audit::{AuditEntry, AuditEntryConnection, AuditEntryEdge};
pub use role::{Role, RoleConnection, RoleEdge};
pub use session::Session;
pub use user::{User, UserConnection, UserEdge};

pub(in crate::graphql) use audit::AuditContext;
pub(in crate::graphql) use role::RoleContext;
pub(in crate::graphql) use user::UserContext;

use async_graphql::MergedObject;

use super::error::user::UserError;
use crate::accounts::error::AccountError;
use crate::kernel::error::At;

/// Queries on accounts.
#[derive(MergedObject, Default)]
pub struct AccountsQuery(user::UserQuery, role::RoleQuery, audit::AuditQuery);

/// Mutations of accounts.
#[derive(MergedObject, Default)]
pub struct AccountsMutation(
    sign_in::SignInMutation,
    session::SessionMutation,
    password::PasswordMutation,
    user_change::UserMutation,
    role_change::RoleMutation,
);

/// The errors of the slice as the API shows them.
fn user_errors(errors: Vec<At<AccountError>>) -> Vec<UserError> {
    errors.into_iter().map(user_error).collect()
}

fn user_error(at: At<AccountError>) -> UserError {
    match at.error {
        AccountError::Stale { current } => UserError::stale(at, current),
        AccountError::Input(_)
        | AccountError::WeakPassword { .. }
        | AccountError::EmailTaken
        | AccountError::InvalidCredentials
        | AccountError::InvalidRefreshToken
        | AccountError::WrongPassword
        | AccountError::UserNotFound
        | AccountError::RoleNotFound
        | AccountError::SessionNotFound
        | AccountError::LastAdministrator
        | AccountError::AlreadyInState { .. }
        | AccountError::RoleCodeTaken
        | AccountError::BuiltInRole
        | AccountError::RoleInUse
        | AccountError::PermissionNotHeld { .. } => UserError::plain(at),
    }
}
