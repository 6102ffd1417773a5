//! The one write path. In this order: permission → a turn to write → begin → claim the idempotency key → command → audit entries → outbox events →
//! commit → wake the readers of the outbox. From `begin` on, all of it commits together or not at all, in a task of its own, so that a caller who
//! goes away stops nothing midway.

mod access;
mod idempotency;
mod joint;
mod queue;
mod retry;

pub use access::AccessEpoch;
pub use idempotency::Idempotency;
pub use joint::{Joined, Joint, JointWriter, Subject};

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use self::queue::Queue;
use self::retry::Patience;
use super::actor::{Actor, Denied};
use super::audit::{self, Entry, Signed};
use super::clock::{Clock, Timestamp};
use super::db::{Db, Tx};
use super::error::{At, Failure, Fault, UserFault};
use super::freshness::{Freshness, Tag};
use super::id::Ids;
use super::outbox::{self, Event, Origin};

/// One kind of change. Its fields are parsed values; whoever makes one has checked the input.
pub trait Command: Send + Sync + 'static {
    /// What the command did: ids and facts that can be kept for replays. No secrets.
    type Output: Serialize + DeserializeOwned + Send + 'static;
    /// What a user can do wrong.
    type Error: UserFault;

    /// Refuses an actor who may not do this. Runs before anything else.
    fn authorize(&self, actor: &Actor) -> Result<(), Denied>;

    /// Does the work inside the transaction. It may run more than once, each time in a fresh transaction.
    fn run(&self, cx: &mut Cx<'_>) -> impl Future<Output = Result<Self::Output, Failure<Self::Error>>> + Send;
}

/// Who asks for a change, and in which request.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// Who acts.
    pub actor: &'a Actor,
    /// The request.
    pub request_id: &'a str,
}

/// What a command works with.
pub struct Cx<'a> {
    /// The transaction. Everything that the command reads and writes goes through it.
    pub tx: &'a Tx,
    /// Who acts.
    pub actor: &'a Actor,
    /// When: one moment for the whole command.
    pub now: Timestamp,
    /// Makes ids.
    pub ids: &'a Ids,
    /// The request.
    pub request_id: &'a str,
    entries: Vec<Signed<'a>>,
    events: Vec<Event>,
    access_changed: bool,
    rolled_back: bool,
    apart: bool,
}

impl<'a> Cx<'a> {
    fn new(tx: &'a Tx, author: Author<'a>, now: Timestamp, ids: &'a Ids) -> Self {
        let Author { actor, request_id } = author;
        let (entries, events) = (Vec::new(), Vec::new());
        Self {
            tx,
            actor,
            now,
            ids,
            request_id,
            entries,
            events,
            access_changed: false,
            rolled_back: false,
            apart: false,
        }
    }

    /// Who acts now.
    pub fn author(&self) -> Author<'a> {
        Author { actor: self.actor, request_id: self.request_id }
    }

    /// Goes on in another's name, where several share a transaction.
    pub fn act_as(&mut self, author: Author<'a>) {
        Author { actor: self.actor, request_id: self.request_id } = author;
    }

    /// Adds an entry to the audit log.
    pub fn audit(&mut self, entry: Entry) {
        self.entries.push(Signed { author: self.author(), entry });
    }

    /// Adds an event to the outbox.
    pub fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Says that someone may do less or more from the commit on, so that nothing remembered of it outlives the commit.
    pub fn access_changed(&mut self) {
        self.access_changed = true;
    }

    /// Says that commands that share this transaction must run apart after all, because something of one that is refused would remain.
    pub fn run_apart(&mut self) {
        self.apart = true;
    }

    /// Says that nothing of this is to remain: the output is given as it would have been, and the transaction is rolled back.
    pub fn roll_back(&mut self) {
        self.rolled_back = true;
    }
}

/// What must follow a commit.
#[derive(Default)]
struct After {
    events: bool,
    touched: BTreeSet<Tag>,
    access_changed: bool,
    rolled_back: bool,
}

/// What comes with a request, beside its command.
#[derive(Debug, Clone)]
pub struct Meta {
    /// The id of the request, for the audit log.
    pub request_id: String,
    /// The idempotency key, if the caller gave one.
    pub idempotency: Option<Idempotency>,
}

impl Meta {
    /// A request without an idempotency key.
    pub fn new(request_id: impl Into<String>) -> Self {
        Self { request_id: request_id.into(), idempotency: None }
    }
}

/// What became of a command.
#[derive(Debug)]
pub struct Written<T, E> {
    /// The output, or why it was refused.
    pub outcome: Result<T, Vec<At<E>>>,
    /// Whether an earlier request with the same idempotency key did the work.
    pub replayed: bool,
}

/// Why a command was not carried out, other than for its input.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The actor may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The idempotency key was used before with other arguments.
    #[error("the idempotency key was used before with other arguments")]
    KeyReused,
    /// Something broke.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sea_orm::DbErr> for WriteError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Fault(Fault::Database(error))
    }
}

/// How commands are run, and how long their records are kept.
#[derive(Debug, Clone, Copy)]
pub struct WriteSettings {
    /// How long the outcome under an idempotency key is kept.
    pub keep_outcomes: Duration,
    /// How long an event stays in the outbox.
    pub keep_events: Duration,
    /// How often a transaction that lost a race is run again at most.
    pub retries: u32,
    /// The longest wait for a turn to write.
    pub longest_wait: Duration,
}

impl Default for WriteSettings {
    fn default() -> Self {
        Self {
            keep_outcomes: Duration::from_hours(24),
            keep_events: Duration::from_hours(7 * 24),
            retries: 5,
            longest_wait: Duration::from_secs(8),
        }
    }
}

/// One command in one attempt.
struct Job<'a, C> {
    actor: &'a Actor,
    meta: &'a Meta,
    command: &'a C,
    now: Timestamp,
}

/// The writer: runs commands. Clones share everything.
#[derive(Clone)]
pub struct Writer {
    db: Db,
    clock: Clock,
    ids: Ids,
    settings: WriteSettings,
    queue: Queue,
    committed: Arc<Notify>,
    access: AccessEpoch,
    freshness: Freshness,
    origin: Origin,
    tasks: TaskTracker,
}

impl Writer {
    /// A writer on `db`.
    pub fn new(db: Db, clock: Clock, ids: Ids, settings: WriteSettings) -> Self {
        let (committed, access, tasks) = (Arc::default(), AccessEpoch::default(), TaskTracker::new());
        let queue = Queue::new(db.writers(), settings.longest_wait);
        let (freshness, origin) = (Freshness::default(), Origin::random());
        Self { db, clock, ids, settings, queue, committed, access, freshness, origin, tasks }
    }

    /// The same writer under another clock, for replaying what is said to have happened earlier.
    #[must_use]
    pub fn with_clock(&self, clock: Clock) -> Self {
        Self { clock, ..self.clone() }
    }

    /// Moves on after each commit of this process that changed what someone may do.
    pub fn access_epoch(&self) -> AccessEpoch {
        self.access.clone()
    }

    /// Knows what has been touched: by each commit of this process before it is answered, and by others as soon as this process hears of them.
    pub fn freshness(&self) -> Freshness {
        self.freshness.clone()
    }

    /// The mark of this process on its events.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Wakes its waiter after each commit of this process that wrote an event.
    pub fn committed(&self) -> Arc<Notify> {
        self.committed.clone()
    }

    /// Waits until no command is under way; none may be started any more.
    pub async fn drain(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Waits for a turn to write, then runs the command to its end, even when the caller stops waiting. A caller who goes away before its turn has
    /// done nothing, so that no queue outgrows those who still want to know.
    pub async fn write<C: Command>(
        &self,
        actor: &Actor,
        meta: Meta,
        command: C,
    ) -> Result<Written<C::Output, C::Error>, WriteError> {
        command.authorize(actor)?;
        let place = self.queue.enter().await?;
        let (writer, actor) = (self.clone(), actor.clone());
        let task = self.tasks.spawn(async move {
            let _place = place;
            let WriteSettings { retries, longest_wait, .. } = writer.settings;
            retry::until_settled(Patience { retries, longest_wait }, || writer.attempt(&actor, &meta, &command)).await
        });
        task.await.map_err(|error| Fault::Internal(format!("a command panicked: {error}")))?
    }

    async fn attempt<C: Command>(
        &self,
        actor: &Actor,
        meta: &Meta,
        command: &C,
    ) -> Result<Written<C::Output, C::Error>, WriteError> {
        let mut tx = self.db.begin().await?;
        let now = self.clock.now();
        let job = Job { actor, meta, command, now };
        let record = meta.idempotency.as_ref().map(|request| idempotency::Record { actor: actor.scope(), request });
        if let Some(replayed) = self.replayed(&tx, record.as_ref(), now).await? {
            return replayed;
        }
        let (outcome, after) = match self.apply(&tx, job).await {
            Ok((output, after)) => (Ok(output), (!after.rolled_back).then_some(after)),
            Err(Failure::Refused(errors)) => (Err(errors), None),
            Err(Failure::Fault(fault)) => return Err(fault.into()),
        };
        if after.is_none() {
            if outcome.is_ok() {
                // What is only tried out is tried whole.
                tx.flush().await?;
            }
            // Nothing of what is refused remains but its record.
            tx.rollback().await?;
            if record.is_none() {
                return Ok(Written { outcome, replayed: false });
            }
            tx = self.db.begin().await?;
            if let Some(replayed) = self.replayed(&tx, record.as_ref(), now).await? {
                return replayed;
            }
        }
        if let Some(record) = record {
            idempotency::complete(&tx, &[(record, idempotency::encode(&outcome)?)], now).await?;
        }
        tx.commit().await?;
        if let Some(after) = after {
            self.follow_up(after);
        }
        Ok(Written { outcome, replayed: false })
    }

    /// Claims the key, if there is one: the answer of the request that was carried out under it before.
    async fn replayed<T: DeserializeOwned, E: DeserializeOwned>(
        &self,
        tx: &Tx,
        record: Option<&idempotency::Record<'_>>,
        now: Timestamp,
    ) -> Result<Option<Result<Written<T, E>, WriteError>>, WriteError> {
        let Some(record) = record else { return Ok(None) };
        Ok(record.claim(tx, now, self.settings.keep_outcomes).await?.settled())
    }

    /// The command with its audit entries and events; tells what must follow the commit.
    async fn apply<C: Command>(&self, tx: &Tx, job: Job<'_, C>) -> Result<(C::Output, After), Failure<C::Error>> {
        let Job { actor, meta, command, now } = job;
        let author = Author { actor, request_id: &meta.request_id };
        let mut cx = Cx::new(tx, author, now, &self.ids);
        let output = command.run(&mut cx).await?;
        Ok((output, self.report(cx).await?))
    }

    /// Writes the audit entries and the events of what has been done; tells what must follow the commit.
    async fn report(&self, cx: Cx<'_>) -> Result<After, Fault> {
        let Cx { tx, now, entries, events, access_changed, rolled_back, .. } = cx;
        let touched = events.iter().flat_map(Event::tags).collect();
        let after = After { events: !events.is_empty(), touched, access_changed, rolled_back };
        audit::append(tx, now, &self.ids, entries).await?;
        outbox::append(tx, now, self.origin, &events).await?;
        Ok(after)
    }

    fn follow_up(&self, after: After) {
        self.freshness.touch(after.touched);
        if after.access_changed {
            self.access.advance();
        }
        if after.events {
            self.committed.notify_one();
        }
    }

    /// Removes records that have outlived their retention; returns how many.
    pub async fn purge(&self) -> Result<u64, Fault> {
        let _place = self.queue.enter().await?;
        let (now, tx) = (self.clock.now(), self.db.begin().await?);
        let keys = idempotency::purge(&tx, now, self.settings.keep_outcomes).await?;
        let events = outbox::purge(&tx, now, self.settings.keep_events).await?;
        tx.commit().await?;
        Ok(keys + events)
    }
}
