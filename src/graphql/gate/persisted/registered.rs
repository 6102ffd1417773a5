//! The documents that clients have registered, by their hash. Bounded by number and by bytes. What anonymous callers
//! register and what users register is kept apart, so that a flood of the one pushes out nothing of the other; within
//! each, a document that is asked for often is not pushed out by ones that are asked for once.

use std::sync::Arc;

use moka::future::Cache;

use super::Hash;
use crate::config;

pub(super) struct Registered {
    anonymous: Cache<Hash, Arc<str>>,
    users: Cache<Hash, Arc<str>>,
}

impl Registered {
    pub(super) fn new(config: &config::Persisted) -> Self {
        let half = |whole: u64| (whole / 2).max(1);
        let (documents, bytes) = (half(config.automatic_documents), half(config.automatic_bytes));
        Self { anonymous: store(documents, bytes), users: store(documents, bytes) }
    }

    pub(super) async fn get(&self, hash: &Hash) -> Option<Arc<str>> {
        match self.users.get(hash).await {
            Some(text) => Some(text),
            None => self.anonymous.get(hash).await,
        }
    }

    /// Keeps `text` for a caller who is logged in, or for one who is not. Whatever is too much then is pushed out at once.
    pub(super) async fn insert(&self, hash: Hash, text: &str, is_known: bool) {
        let store = if is_known { &self.users } else { &self.anonymous };
        store.insert(hash, Arc::from(text)).await;
        store.run_pending_tasks().await;
    }
}

/// A store of at most so many documents of together so many bytes: each weighs its bytes, and at least its share of them.
fn store(documents: u64, bytes: u64) -> Cache<Hash, Arc<str>> {
    let share = u32::try_from(bytes.div_ceil(documents)).unwrap_or(u32::MAX);
    Cache::builder()
        .max_capacity(bytes)
        .weigher(move |_, text: &Arc<str>| u32::try_from(text.len()).unwrap_or(u32::MAX).max(share))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: u8, kind: u8) -> Hash {
        let mut hash = [0; 32];
        (hash[0], hash[1]) = (n, kind);
        hash
    }

    async fn fill(registered: &Registered, text: &str, is_known: bool) {
        for n in 0..200 {
            registered.insert(hash(n, u8::from(is_known)), text, is_known).await;
        }
    }

    fn bounded(automatic_documents: u64, automatic_bytes: u64) -> Registered {
        Registered::new(&config::Persisted { automatic_documents, automatic_bytes, ..config::Persisted::default() })
    }

    #[tokio::test]
    async fn the_number_of_documents_is_bounded() {
        let registered = bounded(20, 100_000);
        fill(&registered, "{f}", false).await;
        assert!((1..=10).contains(&registered.anonymous.entry_count()), "{}", registered.anonymous.entry_count());
    }

    #[tokio::test]
    async fn their_bytes_are_bounded() {
        let registered = bounded(1_000, 20_000);
        fill(&registered, &"x".repeat(1_000), false).await;
        assert!((1..=10).contains(&registered.anonymous.entry_count()), "{}", registered.anonymous.entry_count());
        assert!(registered.anonymous.weighted_size() <= 10_000);
    }

    #[tokio::test]
    async fn a_flood_of_anonymous_documents_pushes_out_none_of_a_user() {
        let registered = bounded(20, 100_000);
        registered.insert(hash(0, 7), "{mine}", true).await;
        fill(&registered, "{f}", false).await;
        assert_eq!(registered.get(&hash(0, 7)).await.as_deref(), Some("{mine}"));
    }

    #[tokio::test]
    async fn a_document_in_use_outlives_a_flood_of_others() {
        let registered = bounded(20, 100_000);
        registered.insert(hash(0, 7), "{popular}", false).await;
        for _ in 0..5 {
            assert!(registered.get(&hash(0, 7)).await.is_some());
        }
        registered.anonymous.run_pending_tasks().await;
        fill(&registered, "{f}", false).await;
        assert_eq!(registered.get(&hash(0, 7)).await.as_deref(), Some("{popular}"));
    }
}
