//! Those who wait to be carried out together, and how many work for them. It knows neither tasks nor transactions.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Answer, Joint};
use crate::kernel::actor::Actor;
use crate::kernel::write::{Author, Meta, idempotency};

/// The most rows that the commands of a transaction may be about, unless a single one is about more: so few that no statement of levels, movements or events is sent in
/// several writes, for each of which a connection without TCP_NODELAY (sqlx 0.9.0 sets none) waits some 40 ms. With 64 rows, reservations over TLS were half as fast.
const MOST_ROWS: usize = 32;
/// How long one is under way before a second one may begin beside it. Two that are about the same rows only wait for each other, and share what waits
/// between them; but one that waits for somebody else's lock must not hold up everybody.
pub(super) const LONE: Duration = Duration::from_millis(50);

/// A request as it came.
pub(super) struct Request<J> {
    pub actor: Actor,
    pub meta: Meta,
    pub command: J,
}

pub(super) struct Waiting<J: Joint> {
    number: u64,
    pub request: Request<J>,
    pub answer: oneshot::Sender<Answer<J>>,
}

/// Those who wait for a worker.
pub(super) struct Line<J: Joint> {
    waiting: VecDeque<Waiting<J>>,
    workers: usize,
    /// Those of them who have done everything but for the commit.
    ending: usize,
    /// When the latest of them began to work, or took its latest batch.
    begun: Instant,
    next: u64,
}

impl<J> Request<J> {
    pub fn author(&self) -> Author<'_> {
        Author { actor: &self.actor, request_id: &self.meta.request_id }
    }

    pub fn record(&self) -> Option<idempotency::Record<'_>> {
        let request = self.meta.idempotency.as_ref()?;
        Some(idempotency::Record { actor: self.actor.scope(), request })
    }
}

impl<J: Joint> Line<J> {
    pub fn new() -> Self {
        Self { waiting: VecDeque::new(), workers: 0, ending: 0, begun: Instant::now(), next: 0 }
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn take_in(&mut self, request: Request<J>, answer: oneshot::Sender<Answer<J>>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.waiting.push_back(Waiting { number, request, answer });
        number
    }

    /// Whether another one must begin to work for those who wait, since nobody does, or only one who waits for a commit or may be stuck; counts them in then.
    pub fn needs_worker(&mut self, most: usize) -> bool {
        let is_free = self.workers == self.ending || self.begun.elapsed() > LONE;
        let is_needed = !self.waiting.is_empty() && (self.workers == 0 || (self.workers < most && is_free));
        if is_needed {
            self.workers += 1;
            self.begun = Instant::now();
        }
        is_needed
    }

    /// Whether there is nothing to do any more for the worker who asks, who has left then.
    pub fn is_over(&mut self) -> bool {
        self.forget_who_left();
        let is_over = self.waiting.is_empty() || self.workers > 1;
        self.workers = self.workers.saturating_sub(usize::from(is_over));
        is_over
    }

    /// Notes that a worker has done everything but for the commit.
    pub fn ending(&mut self) {
        self.ending = self.ending.saturating_add(1);
    }

    /// Notes that the commit of one is over.
    pub fn ended(&mut self) {
        self.ending = self.ending.saturating_sub(1);
    }

    fn forget_who_left(&mut self) {
        self.waiting.retain(|waiting| !waiting.answer.is_closed());
    }

    /// Takes someone out who waits no longer; `false` when their turn has come.
    pub fn leave(&mut self, number: u64) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.number != number);
        self.waiting.len() < before
    }

    /// Takes the next ones who can share a transaction. Of requests under one idempotency key the first goes, and the others find what it left.
    pub fn batch(&mut self) -> Vec<Waiting<J>> {
        self.forget_who_left();
        self.begun = Instant::now();
        let (mut batch, mut left) = (Vec::new(), VecDeque::new());
        let (mut rows, mut keys) = (0_usize, BTreeSet::new());
        while let Some(waiting) = self.waiting.pop_front() {
            let sum = rows.saturating_add(waiting.request.command.rows().max(1));
            if sum > MOST_ROWS && !batch.is_empty() {
                self.waiting.push_front(waiting);
                break;
            }
            let key = waiting.request.record().map(|record| {
                let (actor, field, key) = record.key();
                (actor.to_owned(), field.to_owned(), key.to_owned())
            });
            if key.is_some_and(|key| !keys.insert(key)) {
                left.push_back(waiting);
                continue;
            }
            rows = sum;
            batch.push(waiting);
        }
        left.append(&mut self.waiting);
        self.waiting = left;
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::actor::Denied;
    use crate::kernel::error::{At, Fault, UserErrorCode, UserFault};
    use crate::kernel::write::{Cx, Joined};

    #[derive(Debug, thiserror::Error, serde::Serialize, serde::Deserialize)]
    #[error("never")]
    struct Never;

    impl UserFault for Never {
        fn code(&self) -> UserErrorCode {
            UserErrorCode::Invalid
        }
    }

    struct Nothing;

    impl Joint for Nothing {
        type Output = ();
        type Error = Never;

        fn authorize(&self, _: &Actor) -> Result<(), Denied> {
            Ok(())
        }

        fn rows(&self) -> usize {
            1
        }

        async fn run<'a>(
            _: &mut Cx<'a>,
            commands: &[Joined<'a, Self>],
        ) -> Result<Vec<Result<(), Vec<At<Never>>>>, Fault> {
            Ok(commands.iter().map(|_| Ok(())).collect())
        }
    }

    /// Somebody waits.
    fn wait(line: &mut Line<Nothing>) -> oneshot::Receiver<Answer<Nothing>> {
        let (answer, answered) = oneshot::channel();
        let request = Request { actor: Actor::anonymous(), meta: Meta::new("test"), command: Nothing };
        line.take_in(request, answer);
        answered
    }

    #[test]
    fn while_one_commits_the_next_begins() {
        let mut line = Line::new();
        assert!(!line.needs_worker(2), "nobody waits");
        let _first = wait(&mut line);
        assert!(line.needs_worker(2));
        assert_eq!(line.batch().len(), 1);
        let _second = wait(&mut line);
        assert!(!line.needs_worker(2), "one is at work");
        line.ending();
        assert!(!line.needs_worker(1), "the database takes one only");
        assert!(line.needs_worker(2));
        assert!(!line.needs_worker(2), "another is at work");
        line.ended();
        assert!(line.is_over(), "the other one goes on");
        assert_eq!(line.batch().len(), 1);
        assert!(line.is_over());
    }
}
