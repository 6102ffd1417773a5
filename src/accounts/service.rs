//! What the slice does beside its commands: it checks passwords and tokens before a command runs, and remembers for a
//! moment what a session may do. Knows neither GraphQL nor HTTP.

mod administrator;
mod authenticate;
mod password;
mod sign_in;

pub use administrator::{FirstAdministrator, NewAdministrator};
pub use authenticate::Unauthenticated;
pub use password::Registration;
pub use sign_in::{Credentials, SignedIn};

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::commands::{EnsureBuiltInRoles, PurgeSessions};
use super::error::AccountError;
use super::passwords::{PasswordSettings, PasswordSettingsRefused, Passwords};
use super::rules::{PasswordPolicy, SessionPolicy, SessionTimes};
use super::tokens::{AccessSettings, AccessTokens, KeyFault, SigningKeys};
use crate::config;
use crate::kernel::actor::Actor;
use crate::kernel::clock::Clock;
use crate::kernel::db::Db;
use crate::kernel::error::At;
use crate::kernel::id::Ids;
use crate::kernel::write::{Meta, WriteError, Writer};

/// How long a session that is over stays on record.
const KEEP_SESSIONS: Duration = Duration::from_hours(30 * 24);

/// What became of an attempt: the inner error is what the user did wrong.
pub type Outcome<T> = Result<Result<T, Vec<At<AccountError>>>, WriteError>;

/// The services of the slice, one set for the whole process.
pub struct Accounts {
    db: Db,
    writer: Writer,
    clock: Clock,
    ids: Ids,
    passwords: Passwords,
    password_policy: PasswordPolicy,
    access: AccessTokens,
    sessions: SessionPolicy,
    remembered: authenticate::Remembered,
    genuine: authenticate::Genuine,
}

/// The handles that the services work with.
#[derive(Clone)]
pub struct Handles {
    /// The database, for reading.
    pub db: Db,
    /// The one way to write.
    pub writer: Writer,
    /// The time.
    pub clock: Clock,
    /// Makes ids.
    pub ids: Ids,
}

/// Why the services can't be made. The text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum AccountsRefused {
    /// The signing keys.
    #[error("signing keys: {0}")]
    Keys(#[from] KeyFault),
    /// The parameters of password hashing.
    #[error("accounts.argon2: {0}")]
    Passwords(#[from] PasswordSettingsRefused),
}

impl Accounts {
    /// Loads or makes the signing keys in `keys` and prepares the hashing of passwords.
    pub fn new(settings: &config::Accounts, keys: &Path, handles: Handles) -> Result<Self, AccountsRefused> {
        let Handles { db, writer, clock, ids } = handles;
        let access_settings = access_settings(settings);
        // From its `nbf` to its `exp`, with the leeway at both ends.
        let genuine = authenticate::Genuine::new(access_settings.lifetime + 2 * access_settings.leeway);
        let access = AccessTokens::new(SigningKeys::load_or_create(keys)?, access_settings);
        let remember = Duration::from_millis(settings.permissions_cache_ms);
        let remembered = authenticate::Remembered::new(writer.access_epoch(), remember);
        Ok(Self {
            genuine,
            passwords: Passwords::new(&password_settings(settings))?,
            password_policy: PasswordPolicy {
                min_chars: settings.password_min_chars,
                max_chars: settings.password_max_chars,
                min_score: settings.password_min_score,
            },
            sessions: session_policy(settings),
            db,
            writer,
            clock,
            ids,
            access,
            remembered,
        })
    }

    /// The hashing of passwords, with its counts.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// The public keys for others to verify access tokens with, as a JSON Web Key Set.
    pub fn jwks(&self) -> Value {
        self.access.jwks()
    }

    /// Brings the built-in roles up to the program's list. Writes only when something differs.
    pub async fn ensure_built_in_roles(&self) -> Result<(), WriteError> {
        if EnsureBuiltInRoles::is_done(self.db.read()).await? {
            return Ok(());
        }
        let written = self.writer.write(&Actor::system("start"), Meta::new("start"), EnsureBuiltInRoles).await?;
        match written.outcome {
            Ok(()) => Ok(()),
            Err(errors) => Err(never_refused(&errors)),
        }
    }

    /// Forgets sessions that are long over; returns how many.
    pub async fn purge(&self) -> Result<u64, WriteError> {
        let command = PurgeSessions { keep: KEEP_SESSIONS, grace: self.sessions.grace };
        let written = self.writer.write(&Actor::system("maintenance"), Meta::new("maintenance"), command).await?;
        written.outcome.map_err(|errors| never_refused(&errors))
    }
}

/// A command without input was refused for its input: a bug.
fn never_refused(errors: &[At<AccountError>]) -> WriteError {
    WriteError::Fault(crate::kernel::error::Fault::Internal(format!("refused: {errors:?}")))
}

fn access_settings(settings: &config::Accounts) -> AccessSettings {
    AccessSettings {
        issuer: settings.issuer.clone(),
        audience: settings.audience.clone(),
        lifetime: Duration::from_secs(settings.access_token_seconds),
        leeway: Duration::from_secs(settings.leeway_seconds),
    }
}

fn password_settings(settings: &config::Accounts) -> PasswordSettings {
    let defaults = PasswordSettings::default();
    PasswordSettings {
        memory_kib: settings.argon2.memory_kib,
        iterations: settings.argon2.iterations,
        parallelism: settings.argon2.parallelism,
        at_once: if settings.hashing_concurrency == 0 { defaults.at_once } else { settings.hashing_concurrency },
        queue: settings.hashing_queue,
        wait: Duration::from_millis(settings.hashing_wait_ms),
    }
}

fn session_policy(settings: &config::Accounts) -> SessionPolicy {
    let times =
        |idle, absolute| SessionTimes { idle: Duration::from_secs(idle), absolute: Duration::from_secs(absolute) };
    SessionPolicy {
        customer: times(settings.session_idle_seconds, settings.session_absolute_seconds),
        staff: times(settings.staff_session_idle_seconds, settings.staff_session_absolute_seconds),
        grace: Duration::from_secs(settings.refresh_grace_seconds),
        per_user: settings.sessions_per_user,
    }
}
