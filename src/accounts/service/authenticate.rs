//! From an access token to an actor with permissions: one signature verified per token, one statement at most every second per session.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use sha2::{Digest as _, Sha256};

use super::Accounts;
use crate::accounts::store;
use crate::accounts::tokens::{AccessClaims, TokenRefused};
use crate::kernel::actor::{Actor, SessionId, UserId};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Fault;
use crate::kernel::write::AccessEpoch;

/// Sessions remembered at most.
const REMEMBERED_SESSIONS: u64 = 10_000;

/// Why a token makes nobody.
#[derive(Debug, thiserror::Error)]
pub enum Unauthenticated {
    /// It is not a token of ours, or its time is over.
    #[error(transparent)]
    Token(#[from] TokenRefused),
    /// Its session has ended, or its user is not active.
    #[error("the session has ended")]
    SessionOver,
    /// It could not be found out.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Tokens remembered as genuine at most.
const REMEMBERED_TOKENS: u64 = 10_000;

/// Tokens whose signature has been verified, by their SHA-256, so that each is verified once. Whether its time is over and whether its session still stands is
/// looked at every time.
pub(super) struct Genuine(Cache<[u8; 32], Arc<AccessClaims>>);

impl Genuine {
    /// Remembers tokens for as long as they may be valid.
    pub(super) fn new(lifetime: Duration) -> Self {
        Self(Cache::builder().max_capacity(REMEMBERED_TOKENS).time_to_live(lifetime).build())
    }
}

/// What sessions may do, as of a moment ago.
pub(super) struct Remembered {
    epoch: AccessEpoch,
    sessions: Cache<SessionId, Entry>,
}

#[derive(Clone)]
struct Entry {
    epoch: u64,
    actor: Actor,
    ends_at: Timestamp,
}

impl Remembered {
    /// Remembers for as long as another process's change may stay unseen. This process's own are seen at once.
    pub(super) fn new(epoch: AccessEpoch, time_to_live: Duration) -> Self {
        let capacity = if time_to_live.is_zero() { 0 } else { REMEMBERED_SESSIONS };
        Self { epoch, sessions: Cache::builder().max_capacity(capacity).time_to_live(time_to_live).build() }
    }
}

impl Accounts {
    /// Who acts with this token, and what they may do at this moment.
    pub async fn authenticate(&self, token: &str) -> Result<Actor, Unauthenticated> {
        let now = self.clock.now();
        let claims = self.genuine(token, now).await?;
        let found = self.actor_of(claims.sub, claims.sid, now).await?;
        found.ok_or(Unauthenticated::SessionOver)
    }

    async fn genuine(&self, token: &str, now: Timestamp) -> Result<Arc<AccessClaims>, TokenRefused> {
        let hash = Sha256::digest(token).into();
        if let Some(claims) = self.genuine.0.get(&hash).await {
            self.access.check_times(&claims, now)?;
            return Ok(claims);
        }
        let claims = Arc::new(self.access.verify(token, now)?);
        Box::pin(self.genuine.0.insert(hash, Arc::clone(&claims))).await;
        Ok(claims)
    }

    /// The same actor with what they may do by now; `None` when their session has ended. For work that outlasts a request.
    pub async fn actor_now(&self, actor: &Actor) -> Result<Option<Actor>, Fault> {
        match (actor.user_id(), actor.session_id()) {
            (Some(user), Some(session)) => self.actor_of(user, session, self.clock.now()).await,
            _ => Ok(Some(actor.clone())),
        }
    }

    async fn actor_of(&self, user: UserId, session: SessionId, now: Timestamp) -> Result<Option<Actor>, Fault> {
        // Read before the look-up: what is looked up while a change commits is then never taken for newer than it.
        let epoch = self.remembered.epoch.current();
        if let Some(entry) = self.remembered.sessions.get(&session).await
            && entry.epoch == epoch
            && entry.ends_at > now
            && entry.actor.user_id() == Some(user)
        {
            return Ok(Some(entry.actor));
        }
        // In a box, as it is large and seldom needed.
        Box::pin(self.look_up(user, session, now, epoch)).await
    }

    async fn look_up(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
        epoch: u64,
    ) -> Result<Option<Actor>, Fault> {
        let Some(access) = store::access_of(self.db.read(), user, session, now).await? else { return Ok(None) };
        let actor = Actor::user(user, session, access.permissions);
        let entry = Entry { epoch, actor: actor.clone(), ends_at: access.ends_at };
        self.remembered.sessions.insert(session, entry).await;
        Ok(Some(actor))
    }
}
