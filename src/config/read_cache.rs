//! `[read_cache]`: answers that are given again instead of being read anew. It knows no answer.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadCache {
    /// Memory in bytes for answers to queries about the catalog from callers without any permission, given again until something in them changes.
    /// 0 turns this off.
    pub bytes: u64,
    /// Longest time in seconds for which such an answer is given; 5 at most where it tells what can be bought now.
    pub seconds: u32,
}

impl Default for ReadCache {
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, seconds: 60 }
    }
}
