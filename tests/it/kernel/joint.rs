//! Commands that share a transaction: each is decided and answered on its own, and none suffers for another's sake.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult};
use stockroom::kernel::actor::{Actor, Denied, Permission, UserId};
use stockroom::kernel::audit::{Changes, Entry};
use stockroom::kernel::db::sql::Sql;
use stockroom::kernel::error::{At, Fault};
use stockroom::kernel::outbox::Event;
use stockroom::kernel::write::{Cx, Idempotency, Joined, Joint, JointWriter, Meta, Subject, WriteError, Written};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::turns::Holders;
use super::write::{Refusal, keyed, traces};
use crate::support::patience::PATIENCE;
use crate::support::{TestApp, both_databases};

both_databases!(
    what_waits_shares_a_transaction_and_is_decided_one_by_one,
    who_waits_for_nobody_begins_at_once,
    what_breaks_breaks_alone,
    what_may_have_been_committed_is_not_done_again,
    of_two_under_one_key_one_does_it,
    whoever_goes_away_before_the_turn_has_done_nothing_here_either,
    so_many_share_a_transaction_at_most,
    beside_one_that_is_stuck_another_one_begins,
);

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Well,
    Refused,
    Broken,
    Panics,
    BreaksTheCommit,
    Waits,
}

/// Writes a row into a table of the kernel's own, unless it is refused.
#[derive(Debug)]
struct Share {
    end: End,
    /// How many commands each transaction was begun with.
    begun: Arc<Mutex<Vec<usize>>>,
    gate: Arc<Gate>,
}

/// Where a command waits that is to be stuck.
#[derive(Debug, Default)]
struct Gate {
    reached: Notify,
    go_on: Notify,
}

impl Joint for Share {
    type Output = usize;
    type Error = Refusal;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    fn rows(&self) -> usize {
        1
    }

    fn subjects(&self) -> Vec<Subject> {
        vec![Subject::of(&"one table")]
    }

    async fn run<'a>(
        cx: &mut Cx<'a>,
        commands: &[Joined<'a, Self>],
    ) -> Result<Vec<Result<usize, Vec<At<Refusal>>>>, Fault> {
        commands[0].command.begun.lock().unwrap().push(commands.len());
        let mut outcomes = Vec::new();
        for (index, Joined { author, command }) in commands.iter().enumerate() {
            cx.act_as(*author);
            outcomes.push(match command.end {
                End::Well => {
                    let object: UserId = cx.ids.make();
                    insert(cx, object).await?;
                    let changes = Changes::new().set("run", &index).set("text", &"a".repeat(400));
                    cx.audit(Entry::new("probe.run", object, changes));
                    cx.emit(Event::new("probe.ran", object, &index)?);
                    Ok(index)
                }
                End::Refused => Err(vec![At::new("input", Refusal)]),
                End::Broken => return Err(Fault::Internal("on purpose".to_owned())),
                End::Panics => panic!("on purpose"),
                End::BreaksTheCommit => {
                    break_the_commit(cx).await;
                    Ok(index)
                }
                End::Waits => {
                    command.gate.reached.notify_one();
                    command.gate.go_on.notified().await;
                    Ok(index)
                }
            });
        }
        Ok(outcomes)
    }
}

/// Breaks a rule that the database looks at only when everything is done.
async fn break_the_commit(cx: &Cx<'_>) {
    let statements = match cx.tx.get_database_backend() {
        DbBackend::Postgres => {
            "CREATE TABLE late (id BIGINT UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO late VALUES (1), (1)"
        }
        _ => {
            "PRAGMA defer_foreign_keys = ON; CREATE TABLE late (id BIGINT REFERENCES roles (id)); INSERT INTO late VALUES (1)"
        }
    };
    cx.tx.execute_unprepared(statements).await.unwrap();
}

async fn insert(cx: &Cx<'_>, object: UserId) -> Result<(), Fault> {
    Sql::new("INSERT INTO roles (id, code, name, description, built_in, version, created_at, updated_at) VALUES (")
        .bind(object.0)
        .push(", ")
        .bind(format!("PROBE_{}", object.0.simple()))
        .push(", 'Probe', '', ")
        .bind(false)
        .push(", 1, 0, 0)")
        .execute(cx.tx)
        .await?;
    Ok(())
}

type Answer = Result<Written<usize, Refusal>, WriteError>;

/// A writer of such commands, and what it did.
struct Shares {
    writer: JointWriter<Share>,
    begun: Arc<Mutex<Vec<usize>>>,
    gate: Arc<Gate>,
}

impl Shares {
    fn of(app: &TestApp) -> Self {
        Self { writer: JointWriter::new(app.app.services.writer.clone()), begun: Arc::default(), gate: Arc::default() }
    }

    fn command(&self, end: End) -> Share {
        Share { end, begun: self.begun.clone(), gate: self.gate.clone() }
    }

    /// Asks for a command, and returns when it waits.
    async fn ask(&self, meta: Meta, end: End) -> JoinHandle<Answer> {
        let (writer, command) = (self.writer.clone(), self.command(end));
        let before = self.writer.waiting();
        let name = meta.request_id.clone().leak();
        let asked = tokio::spawn(async move { writer.write(&Actor::system(name), meta, command).await });
        self.until(before + 1).await;
        asked
    }

    /// Asks for a command that has to wait for nobody.
    async fn ask_at_once(&self, end: End) -> Result<(Result<usize, usize>, bool), String> {
        short(self.writer.write(&Actor::system("test"), Meta::new("request"), self.command(end)).await)
    }

    async fn until(&self, waiting: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.writer.waiting() != waiting {
            assert!(Instant::now() < deadline, "{} wait, not {waiting}", self.writer.waiting());
            tokio::task::yield_now().await;
        }
    }

    /// How many commands each transaction was begun with.
    fn begun(&self) -> Vec<usize> {
        self.begun.lock().unwrap().clone()
    }
}

fn request(number: usize) -> Meta {
    Meta::new(format!("request-{number}"))
}

/// The answer in short: the place in its transaction, or how it failed, and whether it was replayed.
fn short(answer: Answer) -> Result<(Result<usize, usize>, bool), String> {
    let written = answer.map_err(|error| error.to_string())?;
    Ok((written.outcome.map_err(|errors| errors.len()), written.replayed))
}

async fn what_waits_shares_a_transaction_and_is_decided_one_by_one(app: TestApp) {
    let (shares, holders) = (Shares::of(&app), Holders::of(&app).await);
    let mut asked = Vec::new();
    for number in 0..12 {
        let end = if number == 5 { End::Refused } else { End::Well };
        let meta = if number % 2 == 0 { request(number) } else { keyed(&format!("key-{number}")) };
        asked.push(shares.ask(meta, end).await);
    }
    let held = holders.go_on().await;
    for (number, answer) in asked.into_iter().enumerate() {
        let expected = if number == 5 { Err(1) } else { Ok(number) };
        assert_eq!(short(answer.await.unwrap()), Ok((expected, false)), "{number}");
    }
    assert_eq!(shares.begun(), [12]);
    assert_eq!(traces(&app).await, (11 + held, 11 + held, 11 + held, 6));
    // Each entry names its own author and request.
    assert_eq!(signatures(&app).await, 6);
    let command = Shares::of(&app).command(End::Well);
    let again = shares.writer.write(&Actor::system("request"), keyed("key-5"), command).await;
    assert_eq!(short(again), Ok((Err(1), true)));
}

/// How many entries of requests with a number name the same request as their actor.
async fn signatures(app: &TestApp) -> i64 {
    #[derive(FromQueryResult)]
    struct Found {
        count: i64,
    }
    let sql = "SELECT COUNT(DISTINCT request_id) AS count FROM audit_entries WHERE request_id LIKE 'request-%' AND actor_name = request_id";
    let found: Option<Found> = Sql::new(sql).one(app.app.services.db.read()).await.unwrap();
    found.unwrap().count
}

async fn who_waits_for_nobody_begins_at_once(app: TestApp) {
    let shares = Shares::of(&app);
    for number in 0..3 {
        assert_eq!(shares.ask_at_once(End::Well).await, Ok((Ok(0), false)), "{number}");
    }
    assert_eq!(shares.begun(), [1, 1, 1]);
    let command = Shares::of(&app).command(End::Well);
    let denied = shares.writer.write(&Actor::anonymous(), request(3), command).await;
    assert!(matches!(denied, Err(WriteError::Denied(Denied::Unauthenticated))));
    assert_eq!(traces(&app).await, (3, 3, 3, 0));
}

async fn what_breaks_breaks_alone(app: TestApp) {
    for end in [End::Broken, End::Panics] {
        let (shares, holders, before) = (Shares::of(&app), Holders::of(&app).await, traces(&app).await);
        let mut asked = Vec::new();
        for number in 0..5 {
            let end = if number == 2 { end } else { End::Well };
            asked.push(shares.ask(keyed(&format!("{end:?}-{number}-{:?}", before.0)), end).await);
        }
        let held = holders.go_on().await;
        for (number, answer) in asked.into_iter().enumerate() {
            let answer = short(answer.await.unwrap());
            if number == 2 {
                assert!(answer.unwrap_err().contains("on purpose") || end == End::Panics);
            } else {
                assert_eq!(answer, Ok((Ok(0), false)), "{number}");
            }
        }
        assert_eq!(shares.begun(), [5, 1, 1, 1, 1, 1]);
        let (rows, entries, events, keys) = traces(&app).await;
        let new = (rows - before.0, entries - before.1, events - before.2, keys - before.3);
        assert_eq!(new, (4 + held, 4 + held, 4 + held, 4), "{end:?}");
    }
}

async fn what_may_have_been_committed_is_not_done_again(app: TestApp) {
    let (shares, holders) = (Shares::of(&app), Holders::of(&app).await);
    let mut asked = Vec::new();
    for end in [End::Well, End::BreaksTheCommit, End::Well] {
        asked.push(shares.ask(request(0), end).await);
    }
    let held = holders.go_on().await;
    for answer in asked {
        assert!(matches!(answer.await.unwrap(), Err(WriteError::Fault(_))));
    }
    assert_eq!(shares.begun(), [3]);
    assert_eq!(traces(&app).await, (held, held, held, 0));
    assert!(shares.ask_at_once(End::Well).await.is_ok());
}

async fn of_two_under_one_key_one_does_it(app: TestApp) {
    let (shares, holders) = (Shares::of(&app), Holders::of(&app).await);
    let other = |key: &str| {
        let idempotency = Idempotency { fingerprint: b"others".to_vec(), ..keyed(key).idempotency.unwrap() };
        Meta { idempotency: Some(idempotency), ..Meta::new("request") }
    };
    let mut asked = Vec::new();
    for meta in [keyed("one"), keyed("one"), keyed("two"), other("one"), keyed("one")] {
        asked.push(shares.ask(meta, End::Well).await);
    }
    holders.go_on().await;
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(short(answer.await.unwrap()));
    }
    assert_eq!(answers.remove(3), Err(WriteError::KeyReused.to_string()));
    assert!(matches!(answers.remove(2), Ok((Ok(_), false))));
    // Which of the three does it is for the workers to settle where there are two.
    let (mut done, mut outcomes): (Vec<_>, Vec<_>) =
        answers.into_iter().map(Result::unwrap).map(|(a, b)| (b, a)).unzip();
    done.sort_unstable();
    assert_eq!(done, [false, true, true]);
    outcomes.dedup();
    assert_eq!(outcomes.len(), 1);
    // What was answered from a record was not begun again.
    assert_eq!(shares.begun().into_iter().sum::<usize>(), 2);
}

async fn whoever_goes_away_before_the_turn_has_done_nothing_here_either(app: TestApp) {
    let (shares, holders) = (Shares::of(&app), Holders::of(&app).await);
    let (gone, stays) = (shares.ask(request(0), End::Well).await, shares.ask(request(1), End::Well).await);
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    let held = holders.go_on().await;
    assert_eq!(short(stays.await.unwrap()).map(|(_, replayed)| replayed), Ok(false));
    shares.until(0).await;
    assert_eq!(traces(&app).await.0, 1 + held);
}

/// To PostgreSQL the entries of several go in parcels that TLS sends at once; the rest of a bigger one would wait for an acknowledgement.
async fn so_many_share_a_transaction_at_most(app: TestApp) {
    let (shares, holders) = (Shares::of(&app), Holders::of(&app).await);
    let db = &app.app.services.db;
    let mut asked = Vec::new();
    for number in 0..70 {
        asked.push(shares.ask(request(number), End::Well).await);
    }
    let before = db.statements();
    holders.go_on().await;
    for answer in asked {
        assert!(answer.await.unwrap().unwrap().outcome.is_ok());
    }
    let statements = db.statements() - before;
    let mut begun = shares.begun();
    begun.sort_unstable();
    assert_eq!(begun, [6, 32, 32]);
    let (written, entries, ..) = traces(&app).await;
    assert_eq!(entries, written);
    // Whoever held up the others writes an entry and an event.
    let holders = u64::try_from(written - 70).unwrap();
    let expected = if db.backend() == DbBackend::Postgres { 2 + 2 + 1 + holders } else { 2 * (3 + holders) };
    assert_eq!(statements, 70 + expected);
}

async fn beside_one_that_is_stuck_another_one_begins(app: TestApp) {
    let shares = Shares::of(&app);
    let (writer, command) = (shares.writer.clone(), shares.command(End::Waits));
    let stuck = tokio::spawn(async move { writer.write(&Actor::system("test"), request(0), command).await });
    shares.gate.reached.notified().await;
    let other = shares.ask_at_once(End::Well);
    tokio::pin!(other);
    if app.app.services.db.writers() > 1 {
        assert_eq!(other.await, Ok((Ok(0), false)));
        assert!(!stuck.is_finished());
        shares.gate.go_on.notify_one();
    } else {
        // There is but one turn.
        let waits = tokio::time::timeout(Duration::from_millis(200), &mut other).await;
        assert!(waits.is_err(), "{waits:?}");
        shares.gate.go_on.notify_one();
        assert_eq!(other.await, Ok((Ok(0), false)));
    }
    assert_eq!(short(stuck.await.unwrap()), Ok((Ok(0), false)));
}
