//! Follows the outbox and hands each event to whoever listens in this process: the source of every subscription.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{Notify, broadcast, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{Origin, Position, Stored};
use crate::kernel::db::Db;
use crate::kernel::freshness::Freshness;
use crate::kernel::write::Writer;

/// How often the outbox is read without a word of a commit: other processes write to it too. While nobody listens it is read no oftener.
const POLL: Duration = Duration::from_millis(200);

/// Events read at once.
const BATCH: u32 = 500;

/// The live events of this process.
#[derive(Clone)]
pub struct Feed {
    events: broadcast::Sender<Arc<Stored>>,
    newcomers: mpsc::Sender<Newcomer>,
}

/// Who is about to listen.
type Newcomer = oneshot::Sender<broadcast::Receiver<Arc<Stored>>>;

/// Newcomers who may wait without waiting for a place to wait in.
const NEWCOMERS: usize = 64;

impl Feed {
    /// Starts following at the present end of the outbox, until `stop`. `buffer` events are kept for a slow listener
    /// before it misses some and is told so. What the events of other processes touch is passed on to the writer's freshness.
    pub async fn start(db: Db, writer: &Writer, buffer: NonZeroUsize, stop: CancellationToken) -> Result<Self, DbErr> {
        let (events, _) = broadcast::channel(buffer.get());
        let (newcomers, coming) = mpsc::channel(NEWCOMERS);
        let position = super::end(db.background()).await?;
        let (committed, freshness, origin) = (writer.committed(), writer.freshness(), writer.origin());
        let follower = Follower { db, committed, freshness, origin, stop, events: events.clone() };
        tokio::spawn(follower.follow(position, coming));
        Ok(Self { events, newcomers })
    }

    /// Listens to what is committed from now on, and to nothing that could be read before; `None` when the server stops.
    pub async fn subscribe(&self) -> Option<broadcast::Receiver<Arc<Stored>>> {
        let (newcomer, admitted) = oneshot::channel();
        self.newcomers.send(newcomer).await.ok()?;
        admitted.await.ok()
    }

    /// How many listen at this moment.
    pub fn listeners(&self) -> usize {
        self.events.receiver_count()
    }
}

struct Follower {
    db: Db,
    committed: Arc<Notify>,
    freshness: Freshness,
    origin: Origin,
    stop: CancellationToken,
    events: broadcast::Sender<Arc<Stored>>,
}

impl Follower {
    async fn follow(self, mut position: Position, mut coming: mpsc::Receiver<Newcomer>) {
        let (mut failing, mut newcomers) = (false, Vec::new());
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.committed.notified(), if self.is_heard() => {}
                Some(newcomer) = coming.recv() => newcomers.push(newcomer),
                () = tokio::time::sleep(POLL) => {}
            }
            newcomers.extend(std::iter::from_fn(|| coming.try_recv().ok()));
            let read =
                if self.is_heard() { self.catch_up(&mut position).await } else { self.pass_over(&mut position).await };
            match read {
                Ok(()) => {
                    failing = false;
                    for newcomer in newcomers.drain(..) {
                        // Who went away meanwhile does not want to listen.
                        newcomer.send(self.events.subscribe()).ok();
                    }
                }
                // Whoever stopped us may have closed the database already.
                Err(_) if self.stop.is_cancelled() => return,
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(error = %error, "the outbox cannot be read; subscriptions wait");
                }
                Err(_) => {}
            }
        }
    }

    /// Whether anyone listens. Only the follower itself lets someone in.
    fn is_heard(&self) -> bool {
        self.events.receiver_count() > 0
    }

    /// Hands on what has been committed since.
    async fn catch_up(&self, position: &mut Position) -> Result<(), DbErr> {
        loop {
            let events = super::read(self.db.background(), *position, BATCH).await?;
            let Some(last) = events.last() else { return Ok(()) };
            *position = last.position();
            // Whatever is committed from now on wakes this again, or is found at the next look.
            let is_all = is_all(&events);
            for event in events {
                self.touch(&event);
                // Nobody listening is no error.
                let _ = self.events.send(Arc::new(event));
            }
            if is_all {
                return Ok(());
            }
        }
    }

    /// Goes to the end, as nobody listens. What this process did is known to it; what others did touches what is kept here.
    async fn pass_over(&self, position: &mut Position) -> Result<(), DbErr> {
        let end = super::end(self.db.background()).await?;
        while *position < end {
            let events = super::of_others(self.db.background(), self.origin, *position..end, BATCH).await?;
            let last = events.last().filter(|_| !is_all(&events));
            *position = last.map_or(end, Stored::position);
            for event in &events {
                self.touch(event);
            }
        }
        Ok(())
    }

    fn touch(&self, event: &Stored) {
        if event.origin != self.origin {
            self.freshness.touch(event.tags());
        }
    }
}

/// Whether there were no more of them.
fn is_all(events: &[Stored]) -> bool {
    u32::try_from(events.len()).is_ok_and(|read| read < BATCH)
}
