//! Logging in and refreshing: what happens before and after the command that writes it down. None of it is recorded
//! under an idempotency key, as its outcome holds secrets.

use secrecy::SecretString;

use super::{Accounts, Outcome};
use crate::accounts::commands::{RefreshSession, Refreshed, SessionFacts, StartSession};
use crate::accounts::entity::user::{self, UserStatus};
use crate::accounts::error::AccountError;
use crate::accounts::passwords::Checked;
use crate::accounts::rules::{Email, TypedPassword};
use crate::accounts::store;
use crate::accounts::tokens::{AccessGrant, RefreshToken, SignedAccess};
use crate::kernel::actor::{Actor, SessionId, UserId};
use crate::kernel::error::{At, Fault};
use crate::kernel::write::{Meta, WriteError};

/// The longest name of a client that is kept, in characters.
const MAX_USER_AGENT: usize = 200;

/// What someone logs in with.
#[derive(Debug)]
pub struct Credentials {
    /// The address as typed.
    pub email: String,
    /// The password as typed.
    pub password: SecretString,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

/// Someone with a session, and the tokens to act in it.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// For the next minutes.
    pub access: SignedAccess,
    /// For a new pair of tokens after that.
    pub refresh: SecretString,
}

impl Accounts {
    /// Checks a password and begins a session. An unknown address, a wrong password and a deactivated account get the
    /// same answer after the same work.
    pub async fn login(&self, request_id: &str, credentials: Credentials) -> Outcome<SignedIn> {
        let typed = TypedPassword::new(&credentials.password);
        let found = match Email::parse(&credentials.email) {
            Ok(email) => store::user_by_email_key(self.db.read(), email.key()).await?,
            Err(_) => None,
        };
        let stored = found.as_ref().map(|user| user.password_hash.as_str());
        let checked = self.passwords.check(&typed, stored).await.map_err(Fault::from)?;
        let Some(user) = found.filter(|user| user.status == UserStatus::Active && checked != Checked::Wrong) else {
            tracing::info!(request.id = request_id, "a log-in was refused");
            return Ok(Err(vec![At::new("", AccountError::InvalidCredentials)]));
        };
        let keep_hash = match checked {
            // A busy moment must not cost anyone their log-in: the hash is renewed at the next one.
            Checked::RightButOutdated => self.passwords.rehash(&typed).await.ok(),
            Checked::Right | Checked::Wrong => None,
        };
        self.start_session(request_id, user, keep_hash, credentials.user_agent).await
    }

    async fn start_session(
        &self,
        request_id: &str,
        user: user::Model,
        keep_hash: Option<String>,
        user_agent: Option<String>,
    ) -> Outcome<SignedIn> {
        let refresh = RefreshToken::generate().map_err(Fault::from)?;
        let command = StartSession {
            keep_hash: keep_hash.unwrap_or_else(|| user.password_hash.clone()),
            checked_hash: user.password_hash,
            refresh_hash: refresh.hash(),
            user_agent: user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect()),
            policy: self.sessions,
        };
        let actor = Actor::user(user.id, self.ids.make(), []);
        let started_at = self.clock.now();
        match self.writer.write(&actor, Meta::new(request_id), command).await?.outcome {
            Ok(session) => self.signed_in(SessionFacts { user: user.id, session, started_at }, &refresh).map(Ok),
            Err(errors) => Ok(Err(errors)),
        }
    }

    /// Exchanges a refresh token. One that was exchanged before ends its session, but for the moment in which another
    /// tab may just have done so: then the same successor is given again.
    pub async fn refresh(&self, request_id: &str, presented: &SecretString) -> Outcome<SignedIn> {
        let refused = || Ok(Err(vec![At::new("input.refreshToken", AccountError::InvalidRefreshToken)]));
        let Some(presented) = RefreshToken::parse(presented) else {
            return refused();
        };
        let successor = RefreshToken::generate().map_err(Fault::from)?;
        let command = RefreshSession {
            presented: presented.hash(),
            successor: successor.hash(),
            sealed: presented.seal(&successor).map_err(Fault::from)?,
            policy: self.sessions,
        };
        let written = self.writer.write(&Actor::system("sessions"), Meta::new(request_id), command).await?;
        match written.outcome {
            Ok(Refreshed::Rotated(facts)) => self.signed_in(facts, &successor).map(Ok),
            Ok(Refreshed::Repeated(facts, sealed)) => {
                let same = presented.open(&sealed).map_err(Fault::from)?;
                self.signed_in(facts, &same).map(Ok)
            }
            Ok(Refreshed::Reused) => {
                tracing::warn!(request.id = request_id, "a used refresh token came back, and its session was ended");
                refused()
            }
            Ok(Refreshed::Unknown) => refused(),
            Err(errors) => Ok(Err(errors)),
        }
    }

    fn signed_in(&self, facts: SessionFacts, refresh: &RefreshToken) -> Result<SignedIn, WriteError> {
        let SessionFacts { user, session, started_at } = facts;
        let grant = AccessGrant { user, session, token: self.ids.make(), authenticated_at: started_at };
        let access = self.access.issue(grant, self.clock.now()).map_err(|error| Fault::Internal(error.to_string()))?;
        Ok(SignedIn { user, session, access, refresh: refresh.reveal() })
    }
}
