//! Who listens to the events of the outbox.

use sea_orm::DbBackend;
use stockroom::kernel::write::Meta;
use tokio::sync::broadcast::error::TryRecvError;

use super::write::{End, Probe, run};
use crate::support::{TestApp, both_databases};

both_databases!(whoever_listens_hears_what_is_committed_from_then_on);

/// Nobody listens in between, so that each time is the first, and what went before may not have been read yet.
async fn whoever_listens_hears_what_is_committed_from_then_on(app: TestApp) {
    let feed = &app.app.services.feed;
    // Those of other tests on the same PostgreSQL: what came after them can be read only when they are over.
    let older_transactions_run = app.app.services.db.backend() == DbBackend::Postgres;
    for round in 0..20 {
        let probe = Probe::that(End::Well);
        // Nobody is to hear of these.
        for _ in 0..round % 4 {
            run(&app, Meta::new("test"), &probe).await.unwrap().0.unwrap();
        }
        let mut events = feed.subscribe().await.unwrap();
        assert_eq!(feed.listeners(), 1);
        for number in 1..=3 {
            run(&app, Meta::new("test"), &probe).await.unwrap().0.unwrap();
            let mut event = events.recv().await.unwrap();
            while older_transactions_run && event.payload.parse::<usize>().unwrap() <= round % 4 {
                event = events.recv().await.unwrap();
            }
            assert_eq!((event.topic.as_str(), event.payload.clone()), ("probe.ran", (round % 4 + number).to_string()));
        }
        assert_eq!(events.try_recv().unwrap_err(), TryRecvError::Empty);
    }
}
