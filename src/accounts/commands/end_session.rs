//! Ends a session of the actor: by logging out in it, or from another one.

use super::Done;
use crate::accounts::entity::session::EndReason;
use crate::accounts::error::AccountError;
use crate::accounts::store;
use crate::kernel::actor::{Actor, Denied, SessionId};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Ends a session; its tokens stop working at once.
#[derive(Debug, Clone)]
pub struct EndSession {
    /// Which one of the actor's; `None` for the one that the actor acts in.
    pub id: Option<SessionId>,
}

impl Command for EndSession {
    type Output = SessionId;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require_user().map(drop)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<SessionId> {
        let (Some(user), Some(own)) = (cx.actor.user_id(), cx.actor.session_id()) else {
            return Err(Fault::Internal("only a user has a session".to_owned()).into());
        };
        let id = self.id.unwrap_or(own);
        let reason = if id == own { EndReason::LoggedOut } else { EndReason::EndedByUser };
        if !store::end_session(cx.tx, user, id, reason, cx.now).await? {
            return Err(Failure::refused("input.id", AccountError::SessionNotFound));
        }
        cx.access_changed();
        cx.audit(Entry::new("session.end", id, Changes::new().set("user", &user).set("reason", &reason)));
        let payload = serde_json::json!({ "sessionId": id, "userId": user, "reason": reason });
        cx.emit(Event::new("session.ended", id, &payload)?);
        Ok(id)
    }
}
