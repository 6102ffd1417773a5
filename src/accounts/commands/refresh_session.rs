//! Exchanges a refresh token for its successor, and ends the session when a used one comes back.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::accounts::entity::session::{EndReason, RefreshTokenId};
use crate::accounts::error::AccountError;
use crate::accounts::rules::{Presented, RefreshDecision, SessionPolicy, decide_refresh};
use crate::accounts::store::{self, LastUse, PresentedToken};
use crate::kernel::actor::{Actor, Denied, SessionId, UserId};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Fault;
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Two that present one token at once: the second looks again after the first has committed.
const LOOKS: u32 = 2;

/// Exchanges the token with this hash. It runs without an idempotency key: its outcome is not for keeping.
pub struct RefreshSession {
    /// The SHA-256 of the token that came in.
    pub presented: [u8; 32],
    /// The SHA-256 of its successor, should it be exchanged.
    pub successor: [u8; 32],
    /// The successor, encrypted under the token that came in.
    pub sealed: Vec<u8>,
    /// How long sessions live, and how long a successor is repeated.
    pub policy: SessionPolicy,
}

/// What became of the token.
#[derive(Debug, Serialize, Deserialize)]
pub enum Refreshed {
    /// It was exchanged for the successor.
    Rotated(SessionFacts),
    /// It was exchanged a moment ago; this is the successor of then, encrypted under the token that came in.
    Repeated(SessionFacts, Vec<u8>),
    /// It had been used before: its session is ended now.
    Reused,
    /// It is unknown, or its session is over.
    Unknown,
}

/// Whose session it is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SessionFacts {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub session: SessionId,
    /// When the person logged in.
    pub started_at: Timestamp,
}

impl Command for RefreshSession {
    type Output = Refreshed;
    type Error = AccountError;

    fn authorize(&self, _actor: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<Refreshed> {
        for _ in 0..LOOKS {
            let Some(token) = store::presented_token(cx.tx, &self.presented).await? else {
                return Ok(Refreshed::Unknown);
            };
            match decide_refresh(presented(&token), self.policy.grace, cx.now) {
                RefreshDecision::Refuse => return Ok(Refreshed::Unknown),
                RefreshDecision::EndSession => return self.end(cx, &token).await,
                RefreshDecision::Rotate => {
                    if let Some(rotated) = self.rotate(cx, &token).await? {
                        return Ok(rotated);
                    }
                }
                RefreshDecision::RepeatSuccessor => {
                    let sealed = token.sealed_successor.clone().unwrap_or_default();
                    return Ok(Refreshed::Repeated(facts(&token), sealed));
                }
            }
        }
        Err(Fault::Unavailable("a refresh token was exchanged by others at the same time".to_owned()).into())
    }
}

impl RefreshSession {
    /// `None` when another request exchanged the token first. The session's row is written first, so that its end and its
    /// refresh wait for each other.
    async fn rotate(&self, cx: &mut Cx<'_>, token: &PresentedToken) -> Done<Option<Refreshed>> {
        let times = self.policy.times(store::is_staff(cx.tx, token.user_id).await?);
        let ends = times.ends(token.started_at, cx.now);
        let last_use = LastUse { session: token.session_id, idle_expires_at: ends.idle, expires_at: ends.absolute };
        if cx.now >= ends.absolute || !store::extend_session(cx.tx, last_use, cx.now).await? {
            return Ok(Some(Refreshed::Unknown));
        }
        let successor: RefreshTokenId = cx.ids.make();
        if !store::exchange_token(cx.tx, token, successor, &self.sealed, cx.now).await? {
            return Ok(None);
        }
        store::insert_token(cx.tx, successor, token.session_id, &self.successor, cx.now).await?;
        Ok(Some(Refreshed::Rotated(facts(token))))
    }

    async fn end(&self, cx: &mut Cx<'_>, token: &PresentedToken) -> Done<Refreshed> {
        let (id, user, reason) = (token.session_id, token.user_id, EndReason::RefreshTokenReused);
        if store::end_session(cx.tx, user, id, reason, cx.now).await? {
            cx.audit(Entry::new("session.end", id, Changes::new().set("user", &user).set("reason", &reason)));
            let payload = serde_json::json!({ "sessionId": id, "userId": user, "reason": reason });
            cx.emit(Event::new("session.ended", id, &payload)?);
            cx.access_changed();
        }
        Ok(Refreshed::Reused)
    }
}

fn presented(token: &PresentedToken) -> Presented {
    Presented {
        used_at: token.used_at,
        successor_unused: token.sealed_successor.is_some() && token.successor_used_at.is_none(),
        session_ends_at: token.idle_expires_at.min(token.expires_at),
        session_closed: token.ended_at.is_some() || token.user_status != "ACTIVE",
    }
}

fn facts(token: &PresentedToken) -> SessionFacts {
    SessionFacts { user: token.user_id, session: token.session_id, started_at: token.started_at }
}
