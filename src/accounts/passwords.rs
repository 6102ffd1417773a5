//! Hashes and checks passwords: argon2id on the blocking pool, a bounded number at once. Knows nothing of users, rows
//! or requests; the passwords it is given have been composed by `rules` already.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use argon2_rust::params::Memory;
use argon2_rust::{Algorithm, Argon2, Error, Hasher, Params, Version};
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
/// The most memory for a stored hash that was made with other parameters: such a text must not be able to ask for all there is.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;

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
    hashers: Hashers,
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
        let out_of_range = |error: Error| PasswordSettingsRefused::OutOfRange(error.to_string());
        let params = params(settings.memory_kib, settings.iterations, settings.parallelism).map_err(out_of_range)?;
        let hashers = Hashers::new(Argon2::new(Algorithm::Argon2id, Version::V0x13, params));
        let dummy_hash = hashers.with(|hasher| hash(hasher, b"")).map_err(out_of_range)?;
        Ok(Self {
            hashers,
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
        self.compute(move |hasher| hash(hasher, secret.expose_secret().as_bytes())).await
    }

    /// Checks a typed password against a stored PHC string. Without one (unknown user) it does the same work against a
    /// hash that nothing matches, so that neither the answer nor its time tells whether the user exists.
    pub async fn check(&self, typed: &TypedPassword, stored: Option<&str>) -> Result<Checked, PasswordFault> {
        let known = stored.is_some() && typed.secret().is_some();
        let phc = stored.filter(|_| known).unwrap_or(&self.dummy_hash).to_owned();
        let secret = typed.secret().cloned().unwrap_or_else(|| SecretString::from(String::new()));
        let found = self.compute(move |hasher| check(hasher, secret.expose_secret().as_bytes(), &phc)).await?;
        Ok(if known { found } else { Checked::Wrong })
    }

    /// Gives back the memory of hashers that have not worked for so long. The next ones to work get theirs anew.
    pub fn release_unused(&self, for_at_least: Duration) {
        let mut idle = self.hashers.idle();
        let (unused, used) =
            std::mem::take(&mut *idle).into_iter().partition(|hasher| hasher.since.elapsed() >= for_at_least);
        *idle = used;
        drop(idle);
        drop::<Vec<Idle>>(unused);
    }

    /// How many hashes have been computed since the start.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Waits for its turn, then works on the blocking pool. The permits travel into the work, so that a caller who goes
    /// away does not let another one start while the first is still computing.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Hasher) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, PasswordFault> {
        let permits = self.turn().await?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        let hashers = self.hashers.clone();
        let task = tokio::task::spawn_blocking(move || {
            let result = hashers.with(work);
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

/// Hashers that wait for work, each with its memory: getting 19 MiB from the system and giving them back costs a third of a hash. Clones share them, and
/// there are never more than work at once. The library wipes the memory after each hash.
#[derive(Clone)]
struct Hashers {
    argon2: Argon2,
    /// The latest to work is the last.
    idle: Arc<Mutex<Vec<Idle>>>,
}

struct Idle {
    hasher: Hasher,
    since: Instant,
}

impl Hashers {
    fn new(argon2: Argon2) -> Self {
        Self { argon2, idle: Arc::default() }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Hasher) -> T) -> T {
        let taken = self.idle().pop();
        let mut hasher = taken.map_or_else(|| self.argon2.hasher(), |idle| idle.hasher);
        let done = work(&mut hasher);
        self.idle().push(Idle { hasher, since: Instant::now() });
        done
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn params(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Params, Error> {
    Params::builder().memory(Memory::kib(memory_kib.into())).passes(iterations).lanes(parallelism).build()
}

fn hash(hasher: &mut Hasher, password: &[u8]) -> Result<String, Error> {
    let salt = secret::random::<SALT_BYTES>().map_err(|_| Error::OsRandom)?;
    hasher.hash_password(password, &salt)
}

fn check(hasher: &mut Hasher, password: &[u8], phc: &str) -> Result<Checked, Error> {
    let stored = argon2_rust::decode_phc(phc)?;
    if stored.params.memory_kib() > hasher.params().memory_kib().max(MAX_MEMORY_KIB) {
        return Err(Error::MemoryTooMuch);
    }
    let costs = |params: &Params| (params.memory_kib(), params.passes(), params.lanes());
    let is_current = stored.algorithm == hasher.algorithm()
        && stored.version == hasher.version()
        && costs(&stored.params) == costs(hasher.params());
    match hasher.verify_password(phc, password, stored.algorithm) {
        Ok(()) if is_current => Ok(Checked::Right),
        Ok(()) => Ok(Checked::RightButOutdated),
        Err(Error::VerifyMismatch) => Ok(Checked::Wrong),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
