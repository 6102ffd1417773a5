//! Begins a session for someone whose password has just been checked.

use super::Done;
use crate::accounts::entity::session::RefreshTokenId;
use crate::accounts::error::AccountError;
use crate::accounts::rules::SessionPolicy;
use crate::accounts::store::{self, NewSession, StartedLogin};
use crate::kernel::actor::{Actor, Denied, SessionId};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Begins the session that the actor names. The actor is the person whose password was checked.
pub struct StartSession {
    /// The hash that the password was checked against: if it is not the user's any more, the check is void.
    pub checked_hash: String,
    /// The hash to keep: another one when the parameters have changed since.
    pub keep_hash: String,
    /// The SHA-256 of the first refresh token.
    pub refresh_hash: [u8; 32],
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// How long sessions live, and how many one user may have.
    pub policy: SessionPolicy,
}

impl Command for StartSession {
    type Output = SessionId;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require_user().map(drop)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<SessionId> {
        let (Some(user), Some(id)) = (cx.actor.user_id(), cx.actor.session_id()) else {
            return Err(Fault::Internal("a session needs a user".to_owned()).into());
        };
        let login = StartedLogin { user, checked: &self.checked_hash, keep: &self.keep_hash };
        if !store::start_login(cx.tx, login, cx.now).await? {
            return Err(Failure::refused("", AccountError::InvalidCredentials));
        }
        let SessionPolicy { customer, staff, per_user, .. } = self.policy;
        let (customer_ends, staff_ends) = (customer.ends(cx.now, cx.now), staff.ends(cx.now, cx.now));
        let new = NewSession { id, user, user_agent: self.user_agent.clone(), customer_ends, staff_ends };
        let others = store::begin_session(cx.tx, new, cx.now).await?;
        let token: RefreshTokenId = cx.ids.make();
        store::insert_token(cx.tx, token, id, &self.refresh_hash, cx.now).await?;
        let ended = if others < i64::from(per_user) {
            0
        } else {
            cx.access_changed();
            store::end_excess_sessions(cx.tx, user, per_user, cx.now).await?
        };
        cx.audit(Entry::new("session.start", id, Changes::new().set("user", &user).field("endedOthers", &0, &ended)));
        cx.emit(Event::new("session.started", id, &serde_json::json!({ "sessionId": id, "userId": user }))?);
        Ok(id)
    }
}
