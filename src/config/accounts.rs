//! `[accounts]`: how passwords are hashed and how long tokens and sessions live. It knows no user.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// E-mail of the administrator made on an empty database. Short: `STOCKROOM_ADMIN_EMAIL`.
    pub admin_email: String,
    /// Password of that administrator; absent: one is generated and printed once. Short: `STOCKROOM_ADMIN_PASSWORD`.
    #[serde(serialize_with = "super::hide_secret")]
    pub admin_password: Option<SecretString>,
    /// The `iss` claim of access tokens.
    pub issuer: String,
    /// The `aud` claim of access tokens.
    pub audience: String,
    /// Life of an access token in seconds.
    pub access_token_seconds: u64,
    /// Difference between clocks that a token's times may have, in seconds.
    pub leeway_seconds: u64,
    /// A session unused for this many seconds has ended.
    pub session_idle_seconds: u64,
    /// A session of this many seconds has ended however much it is used.
    pub session_absolute_seconds: u64,
    /// `session_idle_seconds` of staff.
    pub staff_session_idle_seconds: u64,
    /// `session_absolute_seconds` of staff.
    pub staff_session_absolute_seconds: u64,
    /// For this many seconds after its use a refresh token answers the same successor again.
    pub refresh_grace_seconds: u64,
    /// Sessions of one user; a further log-in ends the oldest.
    pub sessions_per_user: u32,
    /// For how many milliseconds the permissions of a session are remembered. A change by this process is seen at once in
    /// any case, one by another process after this long. 0 looks at each request.
    pub permissions_cache_ms: u64,
    /// Shortest password, in characters.
    pub password_min_chars: usize,
    /// Longest password, in characters.
    pub password_max_chars: usize,
    /// Least zxcvbn score of a new password, 0 to 4.
    pub password_min_score: u8,
    /// Passwords hashed at once; 0: as many as there are cores.
    pub hashing_concurrency: usize,
    /// Hashings that may wait for a place; the next is told to come back.
    pub hashing_queue: usize,
    /// Longest wait for a place, in milliseconds.
    pub hashing_wait_ms: u64,
    pub argon2: Argon2,
}

impl Default for Accounts {
    fn default() -> Self {
        const HOUR: u64 = 3_600;
        const DAY: u64 = 24 * HOUR;
        Self {
            admin_email: "admin@example.com".to_owned(),
            admin_password: None,
            issuer: "stockroom".to_owned(),
            audience: "stockroom".to_owned(),
            access_token_seconds: 300,
            leeway_seconds: 5,
            session_idle_seconds: 7 * DAY,
            session_absolute_seconds: 30 * DAY,
            staff_session_idle_seconds: 8 * HOUR,
            staff_session_absolute_seconds: DAY,
            refresh_grace_seconds: 30,
            sessions_per_user: 20,
            permissions_cache_ms: 1_000,
            password_min_chars: 8,
            password_max_chars: 128,
            password_min_score: 3,
            hashing_concurrency: 0,
            hashing_queue: 32,
            hashing_wait_ms: 500,
            argon2: Argon2::default(),
        }
    }
}

/// `[accounts.argon2]`: the cost of hashing a password with argon2id. A hash made under other parameters is renewed
/// at the next log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argon2 {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Argon2 {
    /// The least that production accepts: the first choice of OWASP's password storage cheat sheet.
    pub const MINIMUM: Self = Self { memory_kib: 19_456, iterations: 2, parallelism: 1 };
}

impl Default for Argon2 {
    fn default() -> Self {
        Self::MINIMUM
    }
}
