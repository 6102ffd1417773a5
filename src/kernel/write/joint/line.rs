//! Those who wait to be carried out together, and how many work for them. It knows neither tasks nor transactions.
//!
//! Where the database takes several transactions, those whose subjects nobody is at work on need not wait for those who are: another worker takes them
//! meanwhile. Those who would only wait for each other's locks gather here instead, and share a transaction when the one before them commits.

use std::collections::{HashSet, VecDeque};
use std::iter;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Answer, Joint, Subject};
use crate::kernel::actor::Actor;
use crate::kernel::write::{Author, Meta, idempotency};

/// The most rows that the commands of a transaction may be about, unless a single one is about more: so few that no statement of levels, movements or events is sent in
/// several writes, for each of which a connection without TCP_NODELAY (sqlx 0.9.0 sets none) waits some 40 ms. With 64 rows, reservations over TLS were half as fast.
const MOST_ROWS: usize = 32;
/// How many at most must wait who need not wait for those at work, before another worker begins beside them; as many as those are, when they are fewer. Each transaction costs something,
/// whoever shares it.
const COMPANY: usize = 4;
/// How long one is under way before another may begin beside it, whatever it is about: one that waits for somebody else's lock must not hold up everybody.
pub(super) const LONE: Duration = Duration::from_millis(50);

/// A request as it came.
pub(super) struct Request<J> {
    pub actor: Actor,
    pub meta: Meta,
    pub command: J,
}

pub(super) struct Waiting<J: Joint> {
    number: u64,
    subjects: Vec<Subject>,
    /// The one of them that is its idempotency key.
    key: Option<Subject>,
    pub request: Request<J>,
    pub answer: oneshot::Sender<Answer<J>>,
}

/// Those who are carried out together.
pub(super) struct Batch<J: Joint> {
    pub number: u64,
    pub members: Vec<Waiting<J>>,
}

/// What a worker is about.
struct AtWork {
    batch: u64,
    members: usize,
    subjects: HashSet<Subject>,
    /// It has done everything but for the commit: whoever begins now finds its locks as good as gone.
    ending: bool,
}

/// Those who wait for a worker.
pub(super) struct Line<J: Joint> {
    waiting: VecDeque<Waiting<J>>,
    workers: usize,
    at_work: Vec<AtWork>,
    /// How many wait who need not wait for anybody.
    open: usize,
    /// What the others wait for. Nobody who comes later overtakes them there.
    blocked: HashSet<Subject>,
    /// Whoever is next is to be taken, though somebody else is at work on the same.
    regardless: bool,
    /// When the latest worker began, or took its latest batch.
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

impl<J: Joint> Request<J> {
    /// What must not be worked on by two at once: what the command is about, and its idempotency key.
    fn subjects(&self) -> (Vec<Subject>, Option<Subject>) {
        let key = self.record().map(|record| Subject::of(&record.key()));
        let mut subjects = self.command.subjects();
        subjects.extend(key);
        (subjects, key)
    }
}

impl<J: Joint> Line<J> {
    pub fn new() -> Self {
        Self {
            waiting: VecDeque::new(),
            workers: 0,
            at_work: Vec::new(),
            open: 0,
            blocked: HashSet::new(),
            regardless: false,
            begun: Instant::now(),
            next: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn take_in(&mut self, request: Request<J>, answer: oneshot::Sender<Answer<J>>) -> u64 {
        let (number, (subjects, key)) = (self.number(), request.subjects());
        self.look_at(&subjects);
        self.waiting.push_back(Waiting { number, subjects, key, request, answer });
        number
    }

    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        number
    }

    /// Looks whether one who waits behind those looked at before can begin.
    fn look_at(&mut self, subjects: &[Subject]) -> bool {
        let at_work = self.at_work.iter().filter(|work| !work.ending).map(|work| &work.subjects);
        let mut busy = at_work.chain(iter::once(&self.blocked));
        let is_free = !busy.any(|busy| subjects.iter().any(|subject| busy.contains(subject)));
        if is_free {
            self.open = self.open.saturating_add(1);
        } else {
            self.blocked.extend(subjects.iter().copied());
        }
        is_free
    }

    fn look_again(&mut self) {
        self.open = 0;
        self.blocked.clear();
        let waiting = std::mem::take(&mut self.waiting);
        for one in &waiting {
            self.look_at(&one.subjects);
        }
        self.waiting = waiting;
    }

    /// Whether another one must begin to work for those who wait, as nobody does, or only on something else or maybe in vain; counts them in then.
    pub fn needs_worker(&mut self, most: usize) -> bool {
        if self.waiting.is_empty() || self.workers >= most.max(1) {
            return false;
        }
        let all_at_work = self.workers == self.at_work.len();
        let is_late = all_at_work && self.begun.elapsed() > LONE;
        let largest = self.at_work.iter().map(|work| work.members).max().unwrap_or_default();
        let is_worth_it = all_at_work && self.open >= largest.clamp(1, COMPANY);
        let is_needed = self.workers == 0 || is_late || is_worth_it;
        if is_needed {
            self.workers = self.workers.saturating_add(1);
            self.regardless = is_late && self.open == 0;
            self.begun = Instant::now();
        }
        is_needed
    }

    /// Whether there is nothing to do any more for the worker who asks, who has left then.
    pub fn is_over(&mut self) -> bool {
        self.forget_who_left();
        let is_over = self.waiting.is_empty() || (self.workers > 1 && self.open == 0);
        self.workers = self.workers.saturating_sub(usize::from(is_over));
        is_over
    }

    /// Notes that a batch has been carried out but for the commit.
    pub fn ending(&mut self, batch: u64) {
        self.at_work.iter_mut().filter(|work| work.batch == batch).for_each(|work| work.ending = true);
        self.look_again();
    }

    /// Notes that nobody is at work on a batch any more.
    pub fn ended(&mut self, batch: u64) {
        self.at_work.retain(|work| work.batch != batch);
        self.look_again();
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

    /// Takes the next ones who can share a transaction, and need not wait for those who are at work. Of requests under one idempotency key the first goes,
    /// and the others find what it left.
    pub fn batch(&mut self) -> Batch<J> {
        self.forget_who_left();
        self.begun = Instant::now();
        self.blocked.clear();
        let regardless = std::mem::take(&mut self.regardless);
        let (mut members, mut left) = (Vec::new(), VecDeque::new());
        let (mut rows, mut keys, mut subjects) = (0_usize, HashSet::new(), HashSet::new());
        while let Some(waiting) = self.waiting.pop_front() {
            let sum = rows.saturating_add(waiting.request.command.rows().max(1));
            if sum > MOST_ROWS && !members.is_empty() {
                self.waiting.push_front(waiting);
                break;
            }
            let is_free = regardless || self.look_at(&waiting.subjects);
            if !is_free || waiting.key.is_some_and(|key| !keys.insert(key)) {
                left.push_back(waiting);
                continue;
            }
            rows = sum;
            subjects.extend(waiting.subjects.iter().copied());
            members.push(waiting);
        }
        left.append(&mut self.waiting);
        self.waiting = left;
        let number = self.number();
        if !members.is_empty() {
            self.at_work.push(AtWork { batch: number, members: members.len(), subjects, ending: false });
        }
        self.look_again();
        Batch { number, members }
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

    struct About(&'static str);

    impl Joint for About {
        type Output = ();
        type Error = Never;

        fn authorize(&self, _: &Actor) -> Result<(), Denied> {
            Ok(())
        }

        fn rows(&self) -> usize {
            1
        }

        fn subjects(&self) -> Vec<Subject> {
            self.0.split(' ').map(|word| Subject::of(&word)).collect()
        }

        async fn run<'a>(
            _: &mut Cx<'a>,
            commands: &[Joined<'a, Self>],
        ) -> Result<Vec<Result<(), Vec<At<Never>>>>, Fault> {
            Ok(commands.iter().map(|_| Ok(())).collect())
        }
    }

    /// A line, and those in it.
    struct Scene {
        line: Line<About>,
        answered: Vec<oneshot::Receiver<Answer<About>>>,
    }

    impl Scene {
        fn new() -> Self {
            Self { line: Line::new(), answered: Vec::new() }
        }

        fn waits(&mut self, about: &'static str) {
            self.waits_under(None, about);
        }

        fn waits_under(&mut self, key: Option<&str>, about: &'static str) {
            let (answer, answered) = oneshot::channel();
            let idempotency = key.map(|key| {
                let (field, key) = ("change".to_owned(), key.to_owned());
                idempotency::Idempotency { field, key, fingerprint: Vec::new() }
            });
            let meta = Meta { idempotency, ..Meta::new("test") };
            let request = Request { actor: Actor::anonymous(), meta, command: About(about) };
            self.line.take_in(request, answer);
            self.answered.push(answered);
        }

        /// The next batch: its number, and what it is about.
        fn batch(&mut self) -> (u64, Vec<&'static str>) {
            let batch = self.line.batch();
            (batch.number, batch.members.iter().map(|waiting| waiting.request.command.0).collect())
        }
    }

    #[test]
    fn who_waits_for_the_same_gathers_until_it_commits() {
        let mut scene = Scene::new();
        assert!(!scene.line.needs_worker(2), "nobody waits");
        scene.waits("a");
        assert!(scene.line.needs_worker(2), "nobody waits for company");
        let (first, about) = scene.batch();
        assert_eq!(about, ["a"]);
        for _ in 0..COMPANY {
            scene.waits("a");
        }
        assert!(!scene.line.needs_worker(2), "somebody is at work on it");
        scene.line.ending(first);
        assert!(!scene.line.needs_worker(1), "the database takes one only");
        assert!(scene.line.needs_worker(2));
        assert!(!scene.line.needs_worker(2), "the other one is about to take them");
        assert_eq!(scene.batch().1, ["a"; COMPANY]);
        scene.line.ended(first);
        assert!(scene.line.is_over(), "the other one goes on");
    }

    #[test]
    fn who_waits_for_nobody_is_taken_by_another_and_nobody_overtakes() {
        let mut scene = Scene::new();
        for _ in 0..COMPANY {
            scene.waits("a");
        }
        assert!(scene.line.needs_worker(2));
        let (first, _) = scene.batch();
        scene.waits("a b");
        for _ in 0..COMPANY {
            scene.waits("b");
        }
        assert!(!scene.line.needs_worker(2), "they wait for the one before them, which waits for the first");
        for about in ["c", "d", "e"] {
            scene.waits(about);
            assert!(!scene.line.needs_worker(2), "too few for a transaction beside the first");
        }
        scene.waits("f");
        assert!(scene.line.needs_worker(2));
        let (second, about) = scene.batch();
        assert_eq!(about, ["c", "d", "e", "f"]);
        scene.line.ended(second);
        assert!(scene.line.is_over(), "what waits, waits for the first");
        scene.line.ended(first);
        assert!(!scene.line.is_over());
        assert_eq!(scene.batch().1, ["a b", "b", "b", "b", "b"]);
        assert!(scene.line.is_over());
    }

    #[test]
    fn of_those_under_one_key_the_first_goes() {
        let mut scene = Scene::new();
        for (key, about) in [("x", "a"), ("y", "b"), ("x", "c")] {
            scene.waits_under(Some(key), about);
        }
        scene.waits("d");
        assert!(scene.line.needs_worker(2));
        let (first, about) = scene.batch();
        assert_eq!(about, ["a", "b", "d"]);
        scene.line.ended(first);
        assert_eq!(scene.batch().1, ["c"]);
    }

    #[test]
    fn beside_one_another_one_is_enough() {
        let mut scene = Scene::new();
        for about in ["a", "b"] {
            scene.waits(about);
            assert!(scene.line.needs_worker(2));
            assert_eq!(scene.batch().1, [about]);
        }
        scene.waits("c");
        assert!(!scene.line.needs_worker(2), "no more than the database takes");
    }

    #[test]
    fn whoever_ends_takes_what_waits_however_little() {
        let mut scene = Scene::new();
        scene.waits("a");
        scene.waits("a");
        assert!(scene.line.needs_worker(2));
        let (first, _) = scene.batch();
        scene.waits("b");
        assert!(!scene.line.needs_worker(2));
        scene.line.ended(first);
        assert!(!scene.line.is_over());
        assert_eq!(scene.batch().1, ["b"]);
    }
}
