//! Follows the outbox and hands each event to whoever listens in this process: the source of every subscription.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use super::{Origin, Position, Stored};
use crate::kernel::db::Db;
use crate::kernel::freshness::Freshness;
use crate::kernel::write::Writer;

/// How often the outbox is read without a word of a commit: other processes write to it too.
const POLL: Duration = Duration::from_millis(200);

/// Events read at once.
const BATCH: u32 = 500;

/// The live events of this process.
#[derive(Clone)]
pub struct Feed {
    events: broadcast::Sender<Arc<Stored>>,
}

impl Feed {
    /// Starts following at the present end of the outbox, until `stop`. `buffer` events are kept for a slow listener
    /// before it misses some and is told so. What the events of other processes touch is passed on to the writer's freshness.
    pub async fn start(db: Db, writer: &Writer, buffer: NonZeroUsize, stop: CancellationToken) -> Result<Self, DbErr> {
        let (events, _) = broadcast::channel(buffer.get());
        let position = super::end(db.background()).await?;
        let (committed, freshness, origin) = (writer.committed(), writer.freshness(), writer.origin());
        let follower = Follower { db, committed, freshness, origin, stop, events: events.clone() };
        tokio::spawn(follower.follow(position));
        Ok(Self { events })
    }

    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Stored>> {
        self.events.subscribe()
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
    async fn follow(self, mut position: Position) {
        let mut failing = false;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.committed.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
            match self.catch_up(&mut position).await {
                Ok(()) => failing = false,
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

    async fn catch_up(&self, position: &mut Position) -> Result<(), DbErr> {
        loop {
            let events = super::read(self.db.background(), *position, BATCH).await?;
            let Some(last) = events.last() else { return Ok(()) };
            *position = last.position();
            // Whatever is committed from now on wakes this again, or is found at the next look.
            let is_all = u32::try_from(events.len()).is_ok_and(|read| read < BATCH);
            for event in events {
                if event.origin != self.origin {
                    self.freshness.touch(event.tags());
                }
                // Nobody listening is no error.
                let _ = self.events.send(Arc::new(event));
            }
            if is_all {
                return Ok(());
            }
        }
    }
}
