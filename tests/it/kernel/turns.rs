//! Turns to write: a queue that moves is no outage, and behind a writer that is stuck nobody waits without end.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use stockroom::kernel::actor::Actor;
use stockroom::kernel::error::Fault;
use stockroom::kernel::write::{Meta, WriteError};
use tokio::task::JoinHandle;

use super::write::{End, Probe, run, traces};
use crate::inventory::shelves::{ADJUST, Shop, line};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_turn_comes_later_than_a_connection_may,
    behind_a_stuck_writer_nobody_waits_without_end,
    whoever_goes_away_before_the_turn_has_done_nothing,
);

/// Commands that hold every turn until they are told to go on.
pub(crate) struct Holders(Vec<(Probe, JoinHandle<bool>)>);

impl Holders {
    pub(crate) async fn of(app: &TestApp) -> Self {
        let mut holders = Vec::new();
        for _ in 0..app.app.services.db.writers() {
            let probe = Probe::that_waits();
            let (writer, command) = (app.app.services.writer.clone(), probe.clone());
            let running = tokio::spawn(async move {
                writer.write(&Actor::system("test"), Meta::new("holder"), command).await.unwrap().outcome.is_ok()
            });
            probe.reached.notified().await;
            holders.push((probe, running));
        }
        Self(holders)
    }

    /// Lets them end; tells how many there were.
    pub(crate) async fn go_on(self) -> i64 {
        let mut count = 0;
        for (probe, running) in self.0 {
            probe.go_on.unwrap().notify_one();
            assert!(running.await.unwrap());
            count += 1;
        }
        count
    }
}

async fn a_turn_comes_later_than_a_connection_may(mut app: TestApp) {
    const CONNECTION: u64 = 500;
    app.reconfigure(|config| {
        (config.database.acquire_timeout_ms, config.database.postgres_connections) = (CONNECTION, 4);
    })
    .await;
    let holders = Holders::of(&app).await;
    let waiting = (0..8).map(async |_| run(&app, Meta::new("request"), &Probe::that(End::Well)).await);
    let mut waiting = Box::pin(join_all(waiting));
    let turn = tokio::time::timeout(Duration::from_millis(CONNECTION * 2), &mut waiting).await;
    assert!(turn.is_err(), "{turn:?}");
    // Who reads is not in the queue.
    traces(&app).await;
    holders.go_on().await;
    for ran in waiting.await {
        assert_eq!(ran.unwrap(), (Ok(1), false));
    }
}

async fn behind_a_stuck_writer_nobody_waits_without_end(mut app: TestApp) {
    app.reconfigure(|config| {
        config.limits.time.execution_ms = 2_000.try_into().unwrap();
        config.database.postgres_connections = 4;
    })
    .await;
    Shop::small(&app, 1, 1).await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let holders = Holders::of(&app).await;
    let receive = json!({ "reason": "OTHER", "lines": [line("SKU-0", "LOC-0", 1)] });
    assert_eq!(keeper.mutate(ADJUST, receive.clone()).await.codes(), ["UNAVAILABLE"]);
    let refused = run(&app, Meta::new("request"), &Probe::that(End::Well)).await.unwrap_err();
    assert!(
        matches!(&refused, WriteError::Fault(Fault::Unavailable(reason)) if reason.starts_with("no command has ended")),
        "{refused}"
    );
    // What is stuck may come free again.
    holders.go_on().await;
    keeper.mutate(ADJUST, receive).await.payload("stockAdjust");
}

async fn whoever_goes_away_before_the_turn_has_done_nothing(app: TestApp) {
    let (holders, probe) = (Holders::of(&app).await, Probe::that(End::Well));
    let gone = tokio::time::timeout(Duration::from_millis(50), run(&app, Meta::new("request"), &probe)).await;
    assert!(gone.is_err(), "{gone:?}");
    let held = holders.go_on().await;
    app.app.services.writer.drain().await;
    assert_eq!(traces(&app).await, (held, held, held, 0));
}
