//! The writes of the slice, one type each. They run inside the transaction of `kernel::write`.

mod built_in_roles;
mod change_password;
mod create_user;
mod end_session;
mod purge_sessions;
mod refresh_session;
mod register;
mod role_create;
mod role_delete;
mod role_update;
mod set_user_roles;
mod set_user_status;
mod start_session;
mod user_update;

pub use built_in_roles::EnsureBuiltInRoles;
pub use change_password::{ChangePassword, Replacement};
pub use create_user::{CreateFirstAdministrator, CreateUser};
pub use end_session::EndSession;
pub use purge_sessions::PurgeSessions;
pub use refresh_session::{RefreshSession, Refreshed, SessionFacts};
pub use register::Register;
pub use role_create::RoleCreate;
pub use role_delete::RoleDelete;
pub use role_update::RoleUpdate;
pub use set_user_roles::SetUserRoles;
pub use set_user_status::SetUserStatus;
pub use start_session::StartSession;
pub use user_update::UserUpdate;

use super::error::AccountError;
use crate::kernel::error::{Failure, Fault};
use crate::kernel::write::Cx;

use super::store;

/// What a command of this slice ends with.
type Done<T> = Result<T, Failure<AccountError>>;

fn stale(current: i64) -> Failure<AccountError> {
    Failure::refused("input.expectedVersion", AccountError::Stale { current })
}

/// A row that the transaction holds has vanished or doubled: a bug.
fn expect_one(written: bool, what: &str) -> Done<()> {
    if written { Ok(()) } else { Err(Fault::Internal(format!("{what} was not written exactly once")).into()) }
}

/// Makes this transaction the only one that may remove an administrator. Called before any other row is locked.
async fn lock_administrators(cx: &Cx<'_>) -> Done<()> {
    expect_one(store::lock_administrators(cx.tx).await?, "the administrators' role")
}

/// Refuses what has just left the shop without an active administrator.
async fn require_an_administrator(cx: &Cx<'_>, field: &str) -> Done<()> {
    if store::administrators(cx.tx).await? > 0 {
        Ok(())
    } else {
        Err(Failure::refused(field, AccountError::LastAdministrator))
    }
}
