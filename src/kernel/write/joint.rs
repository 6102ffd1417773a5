//! Commands of one kind that wait for their turn are carried out together: one transaction, with statements for all of them at once. Each is still
//! accepted or refused on its own, and answered only after the commit. Nobody waits for company: whoever finds no one at work begins at once.

mod line;

use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use self::line::{Batch, LONE, Line, Request};
use super::retry::{self, Patience};
use super::{Author, Cx, Meta, WriteError, WriteSettings, Writer, Written, idempotency};
use crate::kernel::actor::{Actor, Denied};
use crate::kernel::clock::Timestamp;
use crate::kernel::db::{Tx, constraint};
use crate::kernel::error::{At, Fault, UserFault};

/// How many transactions of one kind may be under way at once, where the database takes several. With four there were a quarter fewer changes a second on two cores, as
/// fewer share each.
const MOST_WORKERS: usize = 2;

/// How long what is read is locked again, after somebody else came in between where it was not.
const CAUTION: Duration = Duration::from_secs(1);

/// Something of which commands may be about the same, such as a level of stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subject(u64);

impl Subject {
    /// The subject of this name. Two names may come to the same subject; commands about them wait for each other, then.
    pub fn of(name: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// A kind of change of which several can share a transaction.
pub trait Joint: Send + Sync + 'static {
    /// What one did: ids and facts that can be kept for replays. No secrets.
    type Output: Serialize + DeserializeOwned + Send + 'static;
    /// What a user can do wrong.
    type Error: UserFault;

    /// Whether all it decides on is looked at again by what it writes, so that it may run in an optimistic transaction ([`Tx::is_optimistic`]). Where it needs locks
    /// after all, it says that it was overtaken.
    const IS_OPTIMISTIC: bool = false;

    /// Refuses an actor who may not do this. Runs before anything else.
    fn authorize(&self, actor: &Actor) -> Result<(), Denied>;

    /// About how many rows it is.
    fn rows(&self) -> usize;

    /// What it is about, as far as it names it: transactions about the same would wait for each other's locks, and so are not begun beside each other.
    fn subjects(&self) -> Vec<Subject>;

    /// Decides each, in order and each on what the ones before it leave, and writes what is accepted; of what is refused nothing may remain. It may run
    /// more than once, each time in a fresh transaction.
    fn run<'a>(
        cx: &mut Cx<'a>,
        commands: &[Joined<'a, Self>],
    ) -> impl Future<Output = Result<Outcomes<Self>, Fault>> + Send
    where
        Self: Sized;
}

/// What became of commands that were carried out together, in their order.
type Outcomes<J> = Vec<Outcome<J>>;
type Outcome<J> = Result<<J as Joint>::Output, Vec<At<<J as Joint>::Error>>>;
type Answer<J> = Result<Written<<J as Joint>::Output, <J as Joint>::Error>, WriteError>;

/// One of the commands that share a transaction.
#[derive(Debug)]
pub struct Joined<'a, J> {
    /// Who asks for it.
    pub author: Author<'a>,
    /// What is asked for.
    pub command: &'a J,
}

/// The writer for one kind of commands. Clones share everything.
pub struct JointWriter<J: Joint> {
    writer: Writer,
    line: Arc<Mutex<Line<J>>>,
    /// Until when nothing is read without locking it.
    cautious: Arc<Mutex<Option<Instant>>>,
}

impl<J: Joint> Clone for JointWriter<J> {
    fn clone(&self) -> Self {
        Self { writer: self.writer.clone(), line: self.line.clone(), cautious: self.cautious.clone() }
    }
}

impl<J: Joint> JointWriter<J> {
    /// A writer beside `writer`, whose turns it takes.
    pub fn new(writer: Writer) -> Self {
        Self { writer, line: Arc::new(Mutex::new(Line::new())), cautious: Arc::default() }
    }

    /// Carries the command out with whatever waits beside it. A caller who goes away before its turn has done nothing.
    pub async fn write(&self, actor: &Actor, meta: Meta, command: J) -> Answer<J> {
        command.authorize(actor)?;
        let (answer, mut answered) = oneshot::channel();
        let number = self.line().take_in(Request { actor: actor.clone(), meta, command }, answer);
        let (start, longest_wait) = (Instant::now(), self.writer.settings.longest_wait);
        let answer = loop {
            self.see_that_somebody_works();
            let pause = LONE.min(longest_wait.saturating_sub(start.elapsed()));
            match tokio::time::timeout(pause, &mut answered).await {
                Ok(answer) => break answer,
                Err(_elapsed) if start.elapsed() < longest_wait => {}
                Err(_elapsed) if self.line().leave(number) => return Err(no_turn(longest_wait).into()),
                Err(_elapsed) => break answered.await,
            }
        };
        answer.map_err(|_| Fault::Internal("a command was not answered".to_owned()))?
    }

    fn see_that_somebody_works(&self) {
        if self.line().needs_worker(self.writer.db.writers().min(MOST_WORKERS)) {
            self.writer.tasks.spawn(self.clone().work());
        }
    }

    /// How many wait to be carried out. For tests and metrics.
    pub fn waiting(&self) -> usize {
        self.line().len()
    }

    fn line(&self) -> MutexGuard<'_, Line<J>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one batch after the other until nobody waits, or somebody else does so.
    async fn work(self) {
        loop {
            match self.writer.queue.enter().await {
                Ok(_place) => {
                    let batch = self.line().batch();
                    let number = batch.number;
                    self.carry_out(batch).await;
                    self.line().ended(number);
                }
                Err(fault) => {
                    tracing::debug!(error = %fault, "no turn for what waits");
                    let batch = self.line().batch();
                    self.line().ended(batch.number);
                    for waiting in batch.members {
                        waiting.answer.send(Err(no_turn(self.writer.settings.longest_wait).into())).ok();
                    }
                }
            }
            if self.line().is_over() {
                return;
            }
        }
    }

    /// Together; or each alone where one of them breaks, so that nobody suffers for another's sake. Where the database fails, or a commit of which nobody
    /// knows whether it took place, nothing is done again.
    async fn carry_out(&self, batch: Batch<J>) {
        if batch.members.is_empty() {
            return;
        }
        let (requests, callers): (Vec<_>, Vec<_>) =
            batch.members.into_iter().map(|waiting| (waiting.request, waiting.answer)).unzip();
        let batch = Arc::new(Requests { batch: batch.number, requests });
        let requests = &batch.requests;
        let answers = match self.settled(&batch, 0..requests.len()).await {
            Ok(Settled::Answered(answers)) => answers,
            Ok(Settled::Apart) => {
                tracing::debug!(
                    commands = requests.len(),
                    "commands run alone, as one of them would leave a trace of its refusal"
                );
                self.each_alone(&batch).await
            }
            Err(Broken { error, .. }) if requests.len() == 1 => vec![Err(error)],
            Err(broken) if broken.may_be_done || broken.is_outage() => {
                callers.iter().map(|_| Err(broken.for_each())).collect()
            }
            Err(Broken { error, .. }) => {
                tracing::warn!(error = %error, commands = requests.len(), "commands that could not be carried out together run alone");
                self.each_alone(&batch).await
            }
        };
        for (caller, answer) in callers.into_iter().zip(answers) {
            // Who went away meanwhile does not want to know.
            caller.send(answer).ok();
        }
    }

    async fn each_alone(&self, batch: &Arc<Requests<J>>) -> Vec<Answer<J>> {
        let mut answers = Vec::new();
        for index in 0..batch.requests.len() {
            match self.settled(batch, index..index.saturating_add(1)).await {
                Ok(Settled::Answered(answer)) => answers.extend(answer),
                Ok(Settled::Apart) => answers.push(Err(Fault::Internal("one command ran apart".to_owned()).into())),
                Err(Broken { error, .. }) => answers.push(Err(error)),
            }
        }
        answers
    }

    async fn settled(&self, batch: &Arc<Requests<J>>, range: std::ops::Range<usize>) -> Result<Settled<J>, Broken> {
        let (this, batch, committing) = (self.clone(), batch.clone(), Arc::new(AtomicBool::new(false)));
        let commits = committing.clone();
        let task = self.writer.tasks.spawn(async move {
            let WriteSettings { retries, longest_wait, .. } = this.writer.settings;
            let attempt = Attempt { batch: batch.batch, committing: &commits };
            let requests = batch.requests.get(range).unwrap_or_default();
            retry::until_settled(Patience { retries, longest_wait }, || this.attempt(requests, &attempt)).await
        });
        let settled =
            task.await.unwrap_or_else(|error| Err(Fault::Internal(format!("a command panicked: {error}")).into()));
        settled.map_err(|error| Broken { error, may_be_done: committing.load(Ordering::SeqCst) })
    }

    /// Without locks, where that may do; with them, where somebody came in between or something has to be locked.
    async fn attempt(&self, requests: &[Request<J>], attempt: &Attempt<'_>) -> Result<Settled<J>, WriteError> {
        attempt.committing.store(false, Ordering::SeqCst);
        let db = &self.writer.db;
        let hopes = J::IS_OPTIMISTIC && !self.is_cautious();
        let tx = if hopes { db.begin_optimistically().await? } else { db.begin().await? };
        let is_optimistic = tx.is_optimistic();
        match self.attempt_in(tx, requests, attempt).await {
            Err(WriteError::Fault(fault)) if is_optimistic && needs_locks(&fault) => {
                tracing::debug!(error = %fault, "commands run again with locks");
                if was_refused(&fault) {
                    *self.cautious() = Instant::now().checked_add(CAUTION);
                }
                attempt.committing.store(false, Ordering::SeqCst);
                self.attempt_in(db.begin().await?, requests, attempt).await
            }
            settled => settled,
        }
    }

    fn is_cautious(&self) -> bool {
        self.cautious().is_some_and(|until| Instant::now() < until)
    }

    fn cautious(&self) -> MutexGuard<'_, Option<Instant>> {
        self.cautious.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn attempt_in(
        &self,
        mut tx: Tx,
        requests: &[Request<J>],
        attempt: &Attempt<'_>,
    ) -> Result<Settled<J>, WriteError> {
        let Writer { db, clock, ids, .. } = &self.writer;
        let now = clock.now();
        let mut answers = self.replayed(&tx, requests, now).await?;
        let open = requests.iter().zip(&answers).filter(|(_, answer)| answer.is_none());
        let commands: Vec<Joined<'_, J>> =
            open.map(|(request, _)| Joined { author: request.author(), command: &request.command }).collect();
        let Some(first) = commands.first() else { return Ok(Settled::all(answers)) };
        if commands.len() > 1 {
            tx.in_parcels();
        }
        let mut cx = Cx::new(&tx, first.author, now, ids);
        let outcomes = J::run(&mut cx, &commands).await?;
        if cx.apart && commands.len() > 1 {
            return Ok(Settled::Apart);
        }
        if outcomes.len() != commands.len() {
            return Err(Fault::Internal(format!("{} outcomes of {} commands", outcomes.len(), commands.len())).into());
        }
        let mut after = None;
        if outcomes.iter().any(Result::is_ok) {
            after = Some(self.writer.report(cx).await?);
        }
        let mut outcomes = outcomes.into_iter();
        let mut outcomes: Vec<Option<Outcome<J>>> =
            answers.iter().map(|answer| if answer.is_none() { outcomes.next() } else { None }).collect();
        if after.is_none() {
            // Nothing of what is refused remains but its record.
            let is_optimistic = tx.is_optimistic();
            tx.rollback().await?;
            tx = if is_optimistic { db.begin_optimistically().await? } else { db.begin().await? };
            answers = self.replayed(&tx, requests, now).await?;
        }
        let mut completed = Vec::new();
        for ((answer, outcome), request) in answers.iter_mut().zip(&mut outcomes).zip(requests) {
            if answer.is_some() {
                continue;
            }
            let Some(outcome) = outcome.take() else {
                return Err(Fault::Internal("a record vanished".to_owned()).into());
            };
            if let Some(record) = request.record() {
                completed.push((record, idempotency::encode(&outcome)?));
            }
            *answer = Some(Ok(Written { outcome, replayed: false }));
        }
        idempotency::complete(&tx, &completed, now).await?;
        if tx.has_begun() {
            tx.flush().await?;
            // Those who wait for what this one is about begin while it commits.
            self.line().ending(attempt.batch);
            self.see_that_somebody_works();
        }
        attempt.committing.store(true, Ordering::SeqCst);
        tx.commit().await?;
        if let Some(after) = after {
            self.writer.follow_up(after);
        }
        Ok(Settled::all(answers))
    }

    /// Claims the keys: the answers of requests that were carried out before, and nothing for those that are to be.
    async fn replayed(
        &self,
        tx: &Tx,
        requests: &[Request<J>],
        now: Timestamp,
    ) -> Result<Vec<Option<Answer<J>>>, WriteError> {
        let records: Vec<_> = requests.iter().map(Request::record).collect();
        let keyed: Vec<&idempotency::Record<'_>> = records.iter().flatten().collect();
        let claims = idempotency::claim(tx, &keyed, now, self.writer.settings.keep_outcomes).await?;
        let mut claims = claims.into_iter();
        let answer =
            |record: &Option<_>| record.as_ref().and_then(|_| claims.next()).and_then(idempotency::Claim::settled);
        Ok(records.iter().map(answer).collect())
    }
}

/// The requests of a batch.
struct Requests<J> {
    batch: u64,
    requests: Vec<Request<J>>,
}

/// What an attempt at some of a batch tells of itself.
struct Attempt<'a> {
    batch: u64,
    committing: &'a AtomicBool,
}

/// What became of a transaction that did not break.
enum Settled<J: Joint> {
    /// The answers, in the order of the requests.
    Answered(Vec<Answer<J>>),
    /// Nothing: its commands must run apart.
    Apart,
}

impl<J: Joint> Settled<J> {
    fn all(answers: Vec<Option<Answer<J>>>) -> Self {
        Self::Answered(answers.into_iter().flatten().collect())
    }
}

/// Why a transaction came to nothing, as far as is known.
struct Broken {
    error: WriteError,
    /// It broke in its commit.
    may_be_done: bool,
}

impl Broken {
    /// Whether it would be the same for whoever tries now.
    fn is_outage(&self) -> bool {
        matches!(self.error, WriteError::Fault(Fault::Unavailable(_)))
    }

    /// What each of several is told.
    fn for_each(&self) -> WriteError {
        let reason = self.error.to_string();
        if self.is_outage() { Fault::Unavailable(reason).into() } else { Fault::Internal(reason).into() }
    }
}

/// Whether what came to nothing without locks is to be tried with them. The database has refused it, then, or was not asked to write it: nothing of it remains.
fn needs_locks(fault: &Fault) -> bool {
    was_refused(fault) || matches!(fault, Fault::Overtaken(_))
}

/// Whether the database has refused what was written without locks: somebody else was in its way.
fn was_refused(fault: &Fault) -> bool {
    let Fault::Database(error) = fault else { return false };
    constraint::is_stale(error) || constraint::is_transient(error) || constraint::violated(error).is_some()
}

fn no_turn(wait: Duration) -> Fault {
    Fault::Unavailable(format!("no turn to write came within {} ms", wait.as_millis()))
}
