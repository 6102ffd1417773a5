//! Keeps someone out, or lets them in again.

use super::{Done, expect_one, lock_administrators, require_an_administrator, stale};
use crate::accounts::entity::session::EndReason;
use crate::accounts::entity::user::UserStatus;
use crate::accounts::error::AccountError;
use crate::accounts::rules;
use crate::accounts::store;
use crate::kernel::actor::{Actor, Denied, Permission, UserId};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::Failure;
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Deactivates a user, which ends their sessions, or reactivates them. Nobody does so to someone who may more than they.
#[derive(Debug, Clone)]
pub struct SetUserStatus {
    /// The user.
    pub id: UserId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// What the user is to be.
    pub status: UserStatus,
}

impl Command for SetUserStatus {
    type Output = UserId;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageUsers)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<UserId> {
        lock_administrators(cx).await?;
        let refused = |error| Failure::refused("input.id", error);
        let touched = store::touch_user(cx.tx, self.id, self.expected_version, cx.now).await?;
        let user = store::user_by_id(cx.tx, self.id).await?.ok_or_else(|| refused(AccountError::UserNotFound))?;
        if !touched {
            return Err(stale(user.version));
        }
        if user.status == self.status {
            return Err(refused(AccountError::AlreadyInState { state: word(self.status).to_owned() }));
        }
        let theirs = store::permissions_of_users(cx.tx, &[self.id]).await?.remove(&self.id).unwrap_or_default();
        rules::may_handle(cx.actor, theirs).map_err(refused)?;
        expect_one(store::set_user_status(cx.tx, self.id, self.status).await?, "a user's status")?;
        let action = match self.status {
            UserStatus::Active => "user.reactivate",
            UserStatus::Deactivated => {
                store::end_sessions_of(cx.tx, self.id, None, EndReason::UserDeactivated, cx.now).await?;
                require_an_administrator(cx, "input.id").await?;
                "user.deactivate"
            }
        };
        cx.access_changed();
        cx.audit(Entry::new(action, self.id, Changes::new().field("status", &user.status, &self.status)));
        let payload = serde_json::json!({ "userId": self.id, "status": self.status });
        cx.emit(Event::new("user.status_changed", self.id, &payload)?);
        Ok(self.id)
    }
}

fn word(status: UserStatus) -> &'static str {
    match status {
        UserStatus::Active => "active",
        UserStatus::Deactivated => "deactivated",
    }
}
