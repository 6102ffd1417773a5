//! Connections that were in use a moment ago stay at hand for whoever needs one next.
//!
//! The pool of sqlx asks each connection that comes back whether it still answers: a way to the server and back, or on SQLite to a thread and back, for each
//! statement. And it hands out the one that has been idle for longest, so that work in a single file wanders over all of PostgreSQL's processes, each with
//! plans and caches of its own. Here the latest to be used is the next. A connection goes back to the pool, which opens, bounds and checks them, when
//! nobody uses it, now and then, and whenever what was done with it did not end well.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Database, Pool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a connection stays at hand without being used. The pool trusts what comes back for as long.
const AT_HAND: Duration = super::TRUSTED_FOR;
/// How long one is used before the pool sees it again, which looks how it is and how old.
const AWAY: Duration = Duration::from_secs(10);

/// The connections of a pool. Whoever takes them from the pool itself may find that they are here.
pub(super) struct AtHand<DB: Database> {
    pool: Pool<DB>,
    /// As many as the pool has connections: who comes later waits here, in the order of coming, and takes what the one before leaves.
    turns: Arc<Semaphore>,
    shelf: Mutex<Shelf<DB>>,
}

struct Shelf<DB: Database> {
    /// The latest to be used is the last.
    ready: Vec<Ready<DB>>,
    /// Whether a task looks for what is not used any more.
    tended: bool,
    ended: bool,
}

struct Ready<DB: Database> {
    connection: PoolConnection<DB>,
    /// When the pool gave it.
    taken: Instant,
    used: Instant,
}

/// A connection in use. Dropped before what it is used for is over, it goes to the pool, which finds out how it is.
pub(super) struct InUse<DB: Database> {
    pub connection: PoolConnection<DB>,
    taken: Instant,
    at_hand: Arc<AtHand<DB>>,
    _turn: OwnedSemaphorePermit,
}

impl<DB: Database> AtHand<DB> {
    pub(super) fn new(pool: Pool<DB>) -> Arc<Self> {
        let turns = usize::try_from(pool.options().get_max_connections()).unwrap_or(Semaphore::MAX_PERMITS);
        let shelf = Shelf { ready: Vec::new(), tended: false, ended: false };
        Arc::new(Self { pool, turns: Arc::new(Semaphore::new(turns)), shelf: Mutex::new(shelf) })
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<DB>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn acquire(self: &Arc<Self>) -> Result<InUse<DB>, DbErr> {
        let turn = match self.turns.clone().try_acquire_owned() {
            Ok(turn) => turn,
            Err(_) => self.wait().await?,
        };
        let ready = self.shelf().ready.pop().filter(|ready| ready.used.elapsed() < AT_HAND);
        let (connection, taken) = match ready {
            Some(Ready { connection, taken, .. }) => (connection, taken),
            // In a box, as it is large and seldom needed: it would make each statement's future as large.
            None => (Box::pin(self.pool.acquire()).await.map_err(not_acquired)?, Instant::now()),
        };
        Ok(InUse { connection, taken, at_hand: self.clone(), _turn: turn })
    }

    async fn wait(&self) -> Result<OwnedSemaphorePermit, DbErr> {
        let turn = self.turns.clone().acquire_owned();
        let turn = tokio::time::timeout(self.pool.options().get_acquire_timeout(), turn).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
    }

    /// Whether the database answers.
    pub(super) async fn ping(self: &Arc<Self>) -> Result<(), DbErr> {
        let mut in_use = self.acquire().await?;
        in_use.connection.ping().await.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))?;
        in_use.done();
        Ok(())
    }

    /// Keeps nothing any more, and waits until all connections are closed.
    pub(super) async fn close(&self) {
        let ready = {
            let mut shelf = self.shelf();
            shelf.ended = true;
            std::mem::take(&mut shelf.ready)
        };
        drop(ready);
        self.pool.close().await;
    }

    /// Gives back what is not used any more. Whether there is anything left to look after.
    fn tidy(&self) -> bool {
        let mut shelf = self.shelf();
        let (idle, used) =
            std::mem::take(&mut shelf.ready).into_iter().partition(|ready| ready.used.elapsed() >= AT_HAND);
        shelf.ready = used;
        shelf.tended = !shelf.ready.is_empty();
        let goes_on = shelf.tended;
        drop(shelf);
        drop::<Vec<_>>(idle);
        goes_on
    }
}

async fn tend<DB: Database>(at_hand: Weak<AtHand<DB>>) {
    loop {
        tokio::time::sleep(AT_HAND).await;
        if !at_hand.upgrade().is_some_and(|at_hand| at_hand.tidy()) {
            return;
        }
    }
}

impl<DB: Database> Drop for AtHand<DB> {
    fn drop(&mut self) {
        // The way back to the pool is a task, and whoever ends the last handle may be outside the runtime.
        for Ready { connection, .. } in self.shelf().ready.drain(..) {
            drop(connection.detach());
        }
    }
}

impl<DB: Database> InUse<DB> {
    /// What it was used for is over, and it is as it was before.
    pub(super) fn done(self) {
        let Self { connection, taken, at_hand, _turn } = self;
        let now = Instant::now();
        let mut shelf = at_hand.shelf();
        if shelf.ended || now.duration_since(taken) > AWAY {
            drop(shelf);
            return drop(connection);
        }
        shelf.ready.push(Ready { connection, taken, used: now });
        if !std::mem::replace(&mut shelf.tended, true) {
            tokio::spawn(tend(Arc::downgrade(&at_hand)));
        }
    }
}

fn not_acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        other => DbErr::Conn(RuntimeErr::SqlxError(other.into())),
    }
}
