//! `[idempotency]`: how long the outcome of a write is kept for its repetition. It knows no write.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idempotency {
    /// Hours for which a repeated key answers what the first one did.
    pub retention_hours: u32,
}

impl Default for Idempotency {
    fn default() -> Self {
        Self { retention_hours: 24 }
    }
}
