//! When somebody may last have come to be allowed less or more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the commits of this process that changed what someone may do. Whatever is remembered of it is worth the count
/// that was read before it was looked up, and nothing once the count has moved on.
#[derive(Debug, Clone, Default)]
pub struct AccessEpoch(Arc<AtomicU64>);

impl AccessEpoch {
    /// The count.
    pub fn current(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn advance(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
