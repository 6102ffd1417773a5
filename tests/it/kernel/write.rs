//! The write path: all or nothing, once, and to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{DbErr, FromQueryResult, RuntimeErr};
use serde::{Deserialize, Serialize};
use stockroom::kernel::actor::{Actor, Denied, Permission, UserId};
use stockroom::kernel::audit::{Changes, Entry};
use stockroom::kernel::db::sql::Sql;
use stockroom::kernel::error::{Failure, Fault, UserErrorCode, UserFault};
use stockroom::kernel::outbox::Event;
use stockroom::kernel::write::{Command, Cx, Idempotency, Meta, WriteError};
use tokio::sync::Notify;

use crate::support::{TestApp, both_databases};

both_databases!(
    a_command_commits_with_its_audit_entry_and_its_event,
    a_refused_command_leaves_nothing,
    a_refusal_under_a_key_is_replayed_and_leaves_nothing_else,
    a_broken_command_leaves_nothing_and_frees_its_key,
    a_key_may_be_used_again_after_its_retention,
    a_key_belongs_to_one_actor_and_one_mutation,
    a_caller_who_goes_away_stops_nothing,
    an_actor_without_permission_reaches_no_transaction,
    old_records_are_removed,
    a_transaction_that_deadlocks_runs_again,
);

/// Writes two rows into a table of the kernel's own, then ends as it was told to.
#[derive(Clone)]
pub(super) struct Probe {
    end: End,
    runs: Arc<AtomicU32>,
    pub(super) reached: Arc<Notify>,
    pub(super) go_on: Option<Arc<Notify>>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum End {
    Well,
    Refused,
    Broken,
    LosesTheFirstRace,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[error("is refused")]
pub(super) struct Refusal;

impl UserFault for Refusal {
    fn code(&self) -> UserErrorCode {
        UserErrorCode::Invalid
    }
}

impl Probe {
    pub(super) fn that(end: End) -> Self {
        Self { end, runs: Arc::default(), reached: Arc::default(), go_on: None }
    }

    /// Ends well as soon as it is told to go on.
    pub(super) fn that_waits() -> Self {
        Self { go_on: Some(Arc::default()), ..Self::that(End::Well) }
    }
}

impl Command for Probe {
    type Output = u32;
    type Error = Refusal;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<u32, Failure<Refusal>> {
        let run = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
        let object: UserId = cx.ids.make();
        Sql::new("INSERT INTO roles (id, code, name, description, built_in, version, created_at, updated_at) VALUES (")
            .bind(object.0)
            .push(", ")
            .bind(format!("PROBE_{run}_{}", object.0.simple()))
            .push(", 'Probe', '', ")
            .bind(false)
            .push(", 1, 0, 0)")
            .execute(cx.tx)
            .await?;
        cx.audit(Entry::new("probe.run", object, Changes::new().set("run", &run)));
        cx.emit(Event::new("probe.ran", object, &run)?);
        self.reached.notify_one();
        if let Some(go_on) = &self.go_on {
            go_on.notified().await;
        }
        match self.end {
            End::Well => Ok(run),
            End::LosesTheFirstRace if run > 1 => Ok(run),
            End::LosesTheFirstRace => Err(lost_race(cx).await.into()),
            End::Refused => Err(Failure::refused("input", Refusal)),
            End::Broken => Err(Fault::Internal("on purpose".to_owned()).into()),
        }
    }
}

/// A real error of the database that asks for another attempt.
async fn lost_race(cx: &Cx<'_>) -> DbErr {
    use sea_orm::{ConnectionTrait as _, DbBackend};
    if cx.tx.get_database_backend() == DbBackend::Postgres {
        let raise = "DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$";
        return cx.tx.execute_unprepared(raise).await.unwrap_err();
    }
    // A second connection that wants to write while this transaction holds the write lock is told BUSY.
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(busy().await)))
}

async fn busy() -> sqlx::Error {
    use sqlx::{Connection as _, Executor as _};
    let folder = tempfile::tempdir().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("busy.db"))
        .create_if_missing(true)
        .busy_timeout(std::time::Duration::ZERO);
    let mut holder = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let mut second = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    holder.execute("BEGIN IMMEDIATE").await.unwrap();
    second.execute("BEGIN IMMEDIATE").await.unwrap_err()
}

pub(super) fn keyed(key: &str) -> Meta {
    let fingerprint = b"arguments".to_vec();
    let idempotency = Idempotency { field: "probe".to_owned(), key: key.to_owned(), fingerprint };
    Meta { idempotency: Some(idempotency), ..Meta::new("request") }
}

#[derive(Debug, PartialEq, FromQueryResult)]
struct Traces {
    rows: i64,
    entries: i64,
    events: i64,
    keys: i64,
}

pub(super) async fn traces(app: &TestApp) -> (i64, i64, i64, i64) {
    let sql = "SELECT (SELECT COUNT(*) FROM roles WHERE code LIKE 'PROBE%') AS rows, \
        (SELECT COUNT(*) FROM audit_entries WHERE action = 'probe.run') AS entries, \
        (SELECT COUNT(*) FROM outbox WHERE topic = 'probe.ran') AS events, \
        (SELECT COUNT(*) FROM idempotency_records) AS keys";
    let found: Traces = Sql::new(sql).one(app.app.services.db.read()).await.unwrap().unwrap();
    (found.rows, found.entries, found.events, found.keys)
}

pub(super) async fn run(app: &TestApp, meta: Meta, probe: &Probe) -> Result<(Result<u32, usize>, bool), WriteError> {
    let written = app.app.services.writer.write(&Actor::system("test"), meta, probe.clone()).await?;
    Ok((written.outcome.map_err(|errors| errors.len()), written.replayed))
}

async fn a_command_commits_with_its_audit_entry_and_its_event(app: TestApp) {
    let ran = run(&app, Meta::new("request"), &Probe::that(End::Well)).await.unwrap();
    assert_eq!(ran, (Ok(1), false));
    assert_eq!(traces(&app).await, (1, 1, 1, 0));
}

async fn a_refused_command_leaves_nothing(app: TestApp) {
    let ran = run(&app, Meta::new("request"), &Probe::that(End::Refused)).await.unwrap();
    assert_eq!(ran, (Err(1), false));
    assert_eq!(traces(&app).await, (0, 0, 0, 0));
}

async fn a_refusal_under_a_key_is_replayed_and_leaves_nothing_else(app: TestApp) {
    let probe = Probe::that(End::Refused);
    assert_eq!(run(&app, keyed("k"), &probe).await.unwrap(), (Err(1), false));
    assert_eq!(run(&app, keyed("k"), &probe).await.unwrap(), (Err(1), true));
    assert_eq!(traces(&app).await, (0, 0, 0, 1));
    assert_eq!(probe.runs.load(Ordering::SeqCst), 1);
}

async fn a_broken_command_leaves_nothing_and_frees_its_key(app: TestApp) {
    let broken = run(&app, keyed("k"), &Probe::that(End::Broken)).await.unwrap_err();
    assert!(matches!(broken, WriteError::Fault(Fault::Internal(_))));
    assert_eq!(traces(&app).await, (0, 0, 0, 0));
    assert_eq!(run(&app, keyed("k"), &Probe::that(End::Well)).await.unwrap(), (Ok(1), false));
}

async fn a_key_may_be_used_again_after_its_retention(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    let probe = Probe::that(End::Well);
    assert_eq!(run(&app, keyed("k"), &probe).await.unwrap(), (Ok(1), false));
    hand.advance(std::time::Duration::from_hours(23));
    assert_eq!(run(&app, keyed("k"), &probe).await.unwrap(), (Ok(1), true));
    hand.advance(std::time::Duration::from_hours(2));
    assert_eq!(run(&app, keyed("k"), &probe).await.unwrap(), (Ok(2), false));
}

async fn a_key_belongs_to_one_actor_and_one_mutation(app: TestApp) {
    let probe = Probe::that(End::Well);
    assert_eq!(run(&app, keyed("k"), &probe).await.unwrap(), (Ok(1), false));
    let mut other_field = keyed("k");
    "other".clone_into(&mut other_field.idempotency.as_mut().unwrap().field);
    assert_eq!(run(&app, other_field, &probe).await.unwrap(), (Ok(2), false));
    let other_actor =
        app.app.services.writer.write(&Actor::system("another"), keyed("k"), probe.clone()).await.unwrap();
    assert!(!other_actor.replayed);
    let mut other_arguments = keyed("k");
    other_arguments.idempotency.as_mut().unwrap().fingerprint = b"others".to_vec();
    let refused = run(&app, other_arguments, &probe).await.unwrap_err();
    assert!(matches!(refused, WriteError::KeyReused));
}

async fn a_caller_who_goes_away_stops_nothing(app: TestApp) {
    let probe = Probe::that_waits();
    let caller = {
        let (writer, probe) = (app.app.services.writer.clone(), probe.clone());
        tokio::spawn(async move { writer.write(&Actor::system("test"), Meta::new("request"), probe).await })
    };
    probe.reached.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    probe.go_on.unwrap().notify_one();
    app.app.services.writer.drain().await;
    assert_eq!(traces(&app).await, (1, 1, 1, 0));
}

async fn an_actor_without_permission_reaches_no_transaction(app: TestApp) {
    let (probe, before) = (Probe::that(End::Well), app.statements());
    let denied = app.app.services.writer.write(&Actor::anonymous(), keyed("k"), probe.clone()).await.unwrap_err();
    assert!(matches!(denied, WriteError::Denied(Denied::Unauthenticated)));
    assert_eq!((probe.runs.load(Ordering::SeqCst), app.statements()), (0, before));
}

async fn old_records_are_removed(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    assert_eq!(run(&app, keyed("k"), &Probe::that(End::Well)).await.unwrap(), (Ok(1), false));
    app.app.keep_house().await;
    assert_eq!(traces(&app).await, (1, 1, 1, 1));
    hand.advance(std::time::Duration::from_hours(25));
    app.app.keep_house().await;
    assert_eq!(traces(&app).await, (1, 1, 1, 0));
    hand.advance(std::time::Duration::from_hours(7 * 24));
    app.app.keep_house().await;
    assert_eq!(traces(&app).await, (1, 1, 0, 0));
}

async fn a_transaction_that_deadlocks_runs_again(app: TestApp) {
    let ran = run(&app, keyed("k"), &Probe::that(End::LosesTheFirstRace)).await.unwrap();
    assert_eq!(ran, (Ok(2), false));
    assert_eq!(traces(&app).await, (1, 1, 1, 1));
}
