//! Gives the actor another password.

use super::Done;
use crate::accounts::entity::session::EndReason;
use crate::accounts::error::AccountError;
use crate::accounts::store;
use crate::kernel::actor::{Actor, Denied, UserId};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::Failure;
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Replaces the password that was checked, and ends the actor's other sessions.
pub struct ChangePassword {
    /// What to replace by what. Nothing when the present password was wrong: the command is then refused, unless it is a
    /// repetition, whose first run has made the password wrong and whose record answers.
    pub replacement: Option<Replacement>,
}

/// A password that was checked, and the one that takes its place.
pub struct Replacement {
    /// The hash that the present password was checked against.
    pub checked_hash: String,
    /// The PHC string of the new password.
    pub new_hash: String,
}

impl Command for ChangePassword {
    type Output = UserId;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require_user().map(drop)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<UserId> {
        let wrong = || Failure::refused("input.currentPassword", AccountError::WrongPassword);
        let user = cx.actor.user_id().ok_or_else(wrong)?;
        let Replacement { checked_hash, new_hash } = self.replacement.as_ref().ok_or_else(wrong)?;
        if !store::touch_user(cx.tx, user, None, cx.now).await?
            || !store::replace_password(cx.tx, user, checked_hash, new_hash).await?
        {
            return Err(wrong());
        }
        let reason = EndReason::PasswordChanged;
        let ended = store::end_sessions_of(cx.tx, user, cx.actor.session_id(), reason, cx.now).await?;
        cx.access_changed();
        let changes = Changes::new().secret("password").field("endedSessions", &0, &ended);
        cx.audit(Entry::new("user.change_password", user, changes));
        cx.emit(Event::new("user.password_changed", user, &serde_json::json!({ "userId": user }))?);
        Ok(user)
    }
}
