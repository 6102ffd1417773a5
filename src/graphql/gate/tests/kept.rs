//! The parsed documents that are kept.

use async_graphql::{EmptySubscription, Executor as _, Request, Schema};

use super::super::{Described, Gate, Schemas};
use super::{Mutation, Query};
use crate::config::Config;
use crate::kernel::clock::Clock;
use crate::kernel::freshness::Freshness;

#[tokio::test]
async fn no_more_documents_are_kept_than_allowed() {
    let mut config = Config::default();
    config.limits.graphql.cached_documents = 3;
    let schema = Schema::new(Query, Mutation, EmptySubscription);
    let sdl = schema.sdl();
    let gate = Gate::new(
        Schemas::checking_only(schema),
        Described::unknown(&sdl),
        &config,
        &Clock::system(),
        Freshness::default(),
    )
    .unwrap();
    for n in 0..50 {
        assert!(gate.execute(Request::new(format!("{{ a{n}: f }}"))).await.is_ok());
    }
    gate.inner.documents.run_pending_tasks().await;
    assert!((1..=3).contains(&gate.inner.documents.entry_count()));
}
