//! Hashes and checks passwords: argon2id on the blocking pool, a bounded number at once. Knows nothing of users, rows
//! or requests; the passwords it is given have been composed by `rules` already.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argon2::password_hash::{self, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::rules::{NewPassword, TypedPassword};
use crate::kernel::error::Fault;
use crate::kernel::secret;

/// The weakest parameters that the service starts with: OWASP's first choice for argon2id.
const MIN_MEMORY_KIB: u32 = 19_456;
const MIN_ITERATIONS: u32 = 2;
const MIN_PARALLELISM: u32 = 1;
/// Recommended by RFC 9106, section 3.1.
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// How costly one hash is, and how many may be computed and waited for.
#[derive(Debug, Clone)]
pub struct PasswordSettings {
    /// Memory of one hash in KiB, at least 19456.
    pub memory_kib: u32,
    /// Passes over that memory, at least 2.
    pub iterations: u32,
    /// Lanes, at least 1.
    pub parallelism: u32,
    /// How many hashes may be computed at the same time; the number of cores is a good choice.
    pub at_once: usize,
    /// How many callers may wait for their turn; the next one is sent away.
    pub queue: usize,
    /// How long a caller waits for its turn before it is sent away.
    pub wait: Duration,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            memory_kib: MIN_MEMORY_KIB,
            iterations: MIN_ITERATIONS,
            parallelism: MIN_PARALLELISM,
            at_once: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            queue: 32,
            wait: Duration::from_millis(500),
        }
    }
}

/// Why a password could not be hashed or checked: never because it is wrong.
#[derive(Debug, thiserror::Error)]
pub enum PasswordFault {
    /// Too many others are being checked; the caller may try again in a moment.
    #[error("too many passwords are being checked at this moment")]
    Busy,
    /// A stored hash that can't be read, or a failing random source.
    #[error("password hashing failed: {0}")]
    Broken(String),
}

impl From<PasswordFault> for Fault {
    fn from(fault: PasswordFault) -> Self {
        match fault {
            PasswordFault::Busy => Self::Unavailable(fault.to_string()),
            PasswordFault::Broken(_) => Self::Internal(fault.to_string()),
        }
    }
}

/// The parameters of the configuration are too weak or out of argon2's range.
#[derive(Debug, thiserror::Error)]
pub enum PasswordSettingsRefused {
    /// Below the floor.
    #[error("{key} is {given}: the least allowed is {least}")]
    TooWeak {
        /// The setting.
        key: &'static str,
        /// Its value.
        given: u64,
        /// The floor.
        least: u64,
    },
    /// Not a combination that argon2 accepts.
    #[error("argon2 refuses these parameters: {0}")]
    OutOfRange(String),
}

/// What a check found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The password does not belong to the hash, or there is no hash.
    Wrong,
    /// It does, and the hash has today's parameters.
    Right,
    /// It does, but the hash was made with other parameters and should be replaced.
    RightButOutdated,
}

/// The one place where passwords are hashed.
pub struct Passwords {
    argon2: Argon2<'static>,
    dummy_hash: String,
    admitted: Arc<Semaphore>,
    computing: Arc<Semaphore>,
    wait: Duration,
    computed: AtomicU64,
}

impl Passwords {
    /// Checks the settings and prepares the hash that stands in for unknown users (so this takes as long as one login).
    pub fn new(settings: &PasswordSettings) -> Result<Self, PasswordSettingsRefused> {
        refuse_below("memory_kib", settings.memory_kib.into(), MIN_MEMORY_KIB.into())?;
        refuse_below("iterations", settings.iterations.into(), MIN_ITERATIONS.into())?;
        refuse_below("parallelism", settings.parallelism.into(), MIN_PARALLELISM.into())?;
        let at_once = settings.at_once.max(1);
        let out_of_range = |error: String| PasswordSettingsRefused::OutOfRange(error);
        let params = Params::new(settings.memory_kib, settings.iterations, settings.parallelism, Some(HASH_BYTES))
            .map_err(|error| out_of_range(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy_hash = hash(&argon2, b"").map_err(|error| out_of_range(error.to_string()))?;
        Ok(Self {
            argon2,
            dummy_hash,
            admitted: Arc::new(Semaphore::new(at_once.saturating_add(settings.queue))),
            computing: Arc::new(Semaphore::new(at_once)),
            wait: settings.wait,
            computed: AtomicU64::new(0),
        })
    }

    /// The PHC string to store for a new password.
    pub async fn hash(&self, password: &NewPassword) -> Result<String, PasswordFault> {
        self.hash_secret(password.secret().clone()).await
    }

    /// A PHC string with today's parameters for a password that was just found right.
    pub async fn rehash(&self, right: &TypedPassword) -> Result<String, PasswordFault> {
        let secret = right.secret().cloned().ok_or_else(|| PasswordFault::Broken("nothing to hash".to_owned()))?;
        self.hash_secret(secret).await
    }

    async fn hash_secret(&self, secret: SecretString) -> Result<String, PasswordFault> {
        let argon2 = self.argon2.clone();
        self.compute(move || hash(&argon2, secret.expose_secret().as_bytes())).await
    }

    /// Checks a typed password against a stored PHC string. Without one (unknown user) it does the same work against a
    /// hash that nothing matches, so that neither the answer nor its time tells whether the user exists.
    pub async fn check(&self, typed: &TypedPassword, stored: Option<&str>) -> Result<Checked, PasswordFault> {
        let argon2 = self.argon2.clone();
        let known = stored.is_some() && typed.secret().is_some();
        let phc = stored.filter(|_| known).unwrap_or(&self.dummy_hash).to_owned();
        let secret = typed.secret().cloned().unwrap_or_else(|| SecretString::from(String::new()));
        let found = self.compute(move || check(&argon2, secret.expose_secret().as_bytes(), &phc)).await?;
        Ok(if known { found } else { Checked::Wrong })
    }

    /// How many hashes have been computed since the start.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Waits for its turn, then works on the blocking pool. The permits travel into the work, so that a caller who goes
    /// away does not let another one start while the first is still computing.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> password_hash::Result<T> + Send + 'static,
    ) -> Result<T, PasswordFault> {
        let permits = self.turn().await?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        let task = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permits);
            result
        });
        match task.await {
            Ok(result) => result.map_err(|error| PasswordFault::Broken(error.to_string())),
            Err(error) => Err(PasswordFault::Broken(error.to_string())),
        }
    }

    async fn turn(&self) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), PasswordFault> {
        let admitted = self.admitted.clone().try_acquire_owned().map_err(|_| PasswordFault::Busy)?;
        let turn = tokio::time::timeout(self.wait, self.computing.clone().acquire_owned()).await;
        match turn {
            Ok(Ok(computing)) => Ok((admitted, computing)),
            Ok(Err(_)) | Err(_) => Err(PasswordFault::Busy),
        }
    }
}

fn refuse_below(key: &'static str, given: u64, least: u64) -> Result<(), PasswordSettingsRefused> {
    if given < least { Err(PasswordSettingsRefused::TooWeak { key, given, least }) } else { Ok(()) }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> password_hash::Result<String> {
    let salt = secret::random::<SALT_BYTES>().map_err(|_| password_hash::Error::Crypto)?;
    let salt = SaltString::encode_b64(&salt)?;
    Ok(argon2.hash_password(password, &salt)?.to_string())
}

fn check(argon2: &Argon2<'_>, password: &[u8], phc: &str) -> password_hash::Result<Checked> {
    let stored = PasswordHash::new(phc)?;
    match argon2.verify_password(password, &stored) {
        Ok(()) if is_current(argon2, &stored)? => Ok(Checked::Right),
        Ok(()) => Ok(Checked::RightButOutdated),
        Err(password_hash::Error::Password) => Ok(Checked::Wrong),
        Err(error) => Err(error),
    }
}

fn is_current(argon2: &Argon2<'_>, stored: &PasswordHash<'_>) -> password_hash::Result<bool> {
    let (old, new) = (Params::try_from(stored)?, argon2.params());
    Ok(stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && (old.m_cost(), old.t_cost(), old.p_cost()) == (new.m_cost(), new.t_cost(), new.p_cost()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::rules::{Email, PasswordPolicy, PersonName};

    fn new_password(text: &str) -> NewPassword {
        let email = Email::parse("ada@example.com").unwrap();
        NewPassword::parse(
            &text.to_owned().into(),
            PasswordPolicy::default(),
            &email,
            &PersonName::parse("Ada").unwrap(),
        )
        .unwrap()
    }

    fn typed(text: &str) -> TypedPassword {
        TypedPassword::new(&text.to_owned().into())
    }

    fn passwords(settings: &PasswordSettings) -> Passwords {
        Passwords::new(settings).unwrap()
    }

    #[tokio::test]
    async fn the_right_password_is_accepted_and_every_other_refused() {
        let service = passwords(&PasswordSettings::default());
        let stored = service.hash(&new_password("violet anvil cobalt")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_eq!(service.check(&typed("violet anvil cobalt"), Some(&stored)).await.unwrap(), Checked::Right);
        for wrong in ["", "violet anvil cobalt ", "Violet anvil cobalt", &"x".repeat(600)] {
            assert_eq!(service.check(&typed(wrong), Some(&stored)).await.unwrap(), Checked::Wrong);
        }
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let service = passwords(&PasswordSettings::default());
        let password = new_password("violet anvil cobalt");
        assert_ne!(service.hash(&password).await.unwrap(), service.hash(&password).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_user_costs_one_computation_like_a_wrong_password() {
        let service = passwords(&PasswordSettings::default());
        let stored = service.hash(&new_password("violet anvil cobalt")).await.unwrap();
        let before = service.computed();
        assert_eq!(service.check(&typed("wrong"), Some(&stored)).await.unwrap(), Checked::Wrong);
        assert_eq!(service.computed(), before + 1);
        for guess in ["wrong", ""] {
            let before = service.computed();
            assert_eq!(service.check(&typed(guess), None).await.unwrap(), Checked::Wrong);
            assert_eq!(service.computed(), before + 1);
        }
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_is_accepted_and_reported_as_outdated() {
        let old = passwords(&PasswordSettings { iterations: 3, ..PasswordSettings::default() });
        let stored = old.hash(&new_password("violet anvil cobalt")).await.unwrap();
        let service = passwords(&PasswordSettings::default());
        let found = service.check(&typed("violet anvil cobalt"), Some(&stored)).await.unwrap();
        assert_eq!(found, Checked::RightButOutdated);
        assert_eq!(service.check(&typed("wrong"), Some(&stored)).await.unwrap(), Checked::Wrong);
    }

    #[tokio::test]
    async fn an_unreadable_stored_hash_is_a_fault_and_not_a_wrong_password() {
        let service = passwords(&PasswordSettings::default());
        let found = service.check(&typed("violet"), Some("not a hash")).await;
        assert!(matches!(found, Err(PasswordFault::Broken(_))), "{found:?}");
    }

    #[test]
    fn parameters_below_the_floor_are_refused_by_name() {
        let weak = [
            ("memory_kib", PasswordSettings { memory_kib: 19_455, ..PasswordSettings::default() }),
            ("iterations", PasswordSettings { iterations: 1, ..PasswordSettings::default() }),
            ("parallelism", PasswordSettings { parallelism: 0, ..PasswordSettings::default() }),
        ];
        for (name, settings) in weak {
            let Err(PasswordSettingsRefused::TooWeak { key, .. }) = Passwords::new(&settings) else {
                panic!("{name} should be refused")
            };
            assert_eq!(key, name);
        }
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_or_waits_too_long_is_sent_away() {
        let settings =
            PasswordSettings { at_once: 1, queue: 1, wait: Duration::from_millis(1), ..PasswordSettings::default() };
        let service = passwords(&settings);
        let held = service.turn().await.unwrap();
        let waited = service.check(&typed("violet"), None).await;
        assert!(matches!(waited, Err(PasswordFault::Busy)), "{waited:?}");
        assert_eq!(service.computed(), 0);
        let queued = service.admitted.clone().try_acquire_owned().unwrap();
        assert!(matches!(service.turn().await, Err(PasswordFault::Busy)));
        drop((held, queued));
        assert_eq!(service.check(&typed("violet"), None).await.unwrap(), Checked::Wrong);
    }
}
