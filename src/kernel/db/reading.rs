//! The reading side: statements of their own, outside transactions, each over a connection that another one has just used.
//!
//! The pool of sqlx asks each connection that comes back whether it still answers: a way to the server and back, or on SQLite to a thread and back, for each
//! statement. So connections stay here for a moment, at hand for the next statement, and go back when nobody uses them, when somebody waits for
//! the pool, and now and then.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection as _, Database, Executor, IntoArguments, Pool, Postgres, Sqlite};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a connection stays at hand without being used. The pool trusts what comes back for as long.
const AT_HAND: Duration = super::TRUSTED_FOR;
/// How long one is used before the pool sees it again, which looks how it is and how old.
const AWAY: Duration = Duration::from_secs(10);

/// The reading side of a database; clones share the connections.
#[derive(Clone)]
pub struct Reading {
    connections: Connections,
    /// How many statements were sent, if they are counted.
    count: Option<Arc<AtomicU64>>,
}

#[derive(Clone)]
enum Connections {
    Postgres(Arc<AtHand<Postgres>>),
    Sqlite(Arc<AtHand<Sqlite>>),
}

/// Somebody who waits for a connection of the pool. While there is one, none stays at hand.
pub(super) struct Asking<'a>(&'a dyn Asked);

impl Reading {
    pub(super) fn postgres(pool: &Pool<Postgres>) -> Self {
        Self { connections: Connections::Postgres(AtHand::new(pool)), count: None }
    }

    pub(super) fn sqlite(pool: &Pool<Sqlite>) -> Self {
        Self { connections: Connections::Sqlite(AtHand::new(pool)), count: None }
    }

    /// The same connections, with statements counted.
    pub(super) fn counted(&self, count: Arc<AtomicU64>) -> Self {
        Self { connections: self.connections.clone(), count: Some(count) }
    }

    /// Whether the database answers.
    pub(super) async fn ping(&self) -> Result<(), DbErr> {
        match &self.connections {
            Connections::Postgres(at_hand) => at_hand.ping().await,
            Connections::Sqlite(at_hand) => at_hand.ping().await,
        }
    }

    /// For as long as somebody waits for a connection of the same pool without coming here.
    pub(super) fn asking(&self) -> Asking<'_> {
        match &self.connections {
            Connections::Postgres(at_hand) => Asking::new(&**at_hand),
            Connections::Sqlite(at_hand) => Asking::new(&**at_hand),
        }
    }

    /// Gives back everything, and keeps nothing any more.
    pub(super) fn give_back(&self) {
        match &self.connections {
            Connections::Postgres(at_hand) => at_hand.end(),
            Connections::Sqlite(at_hand) => at_hand.end(),
        }
    }

    fn count(&self) {
        if let Some(count) = &self.count {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[async_trait]
impl ConnectionTrait for Reading {
    fn get_database_backend(&self) -> DbBackend {
        match self.connections {
            Connections::Postgres(_) => DbBackend::Postgres,
            Connections::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.count();
        match &self.connections {
            Connections::Postgres(at_hand) => at_hand.execute(statement).await,
            Connections::Sqlite(at_hand) => at_hand.execute(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.count();
        match &self.connections {
            Connections::Postgres(at_hand) => at_hand.unprepared(sql).await,
            Connections::Sqlite(at_hand) => at_hand.unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.count();
        match &self.connections {
            Connections::Postgres(at_hand) => at_hand.one(statement).await,
            Connections::Sqlite(at_hand) => at_hand.one(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.count();
        match &self.connections {
            Connections::Postgres(at_hand) => at_hand.all(statement).await,
            Connections::Sqlite(at_hand) => at_hand.all(statement).await,
        }
    }
}

/// The connections of a pool that were in use a moment ago.
struct AtHand<DB: Database> {
    pool: Pool<DB>,
    /// As many as the pool has connections: who comes later waits here, in the order of coming, and takes what the one before leaves.
    turns: Semaphore,
    shelf: Mutex<Shelf<DB>>,
}

struct Shelf<DB: Database> {
    /// The latest to be used is the last.
    ready: Vec<Ready<DB>>,
    /// How many wait for the pool.
    asking: usize,
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

/// A connection in use. Dropped before the statement is over, it goes to the pool, which finds out how it is.
struct InUse<'a, DB: Database> {
    connection: PoolConnection<DB>,
    taken: Instant,
    at_hand: &'a Arc<AtHand<DB>>,
    _turn: SemaphorePermit<'a>,
}

impl<DB: Database> AtHand<DB> {
    fn new(pool: &Pool<DB>) -> Arc<Self> {
        let turns = usize::try_from(pool.options().get_max_connections()).unwrap_or(Semaphore::MAX_PERMITS);
        let shelf = Shelf { ready: Vec::new(), asking: 0, tended: false, ended: false };
        Arc::new(Self { pool: pool.clone(), turns: Semaphore::new(turns), shelf: Mutex::new(shelf) })
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<DB>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn acquire(self: &Arc<Self>) -> Result<InUse<'_, DB>, DbErr> {
        let turn = match self.turns.try_acquire() {
            Ok(turn) => turn,
            Err(_) => self.wait().await?,
        };
        let ready = self.shelf().ready.pop().filter(|ready| ready.used.elapsed() < AT_HAND);
        let (connection, taken) = if let Some(Ready { connection, taken, .. }) = ready {
            (connection, taken)
        } else {
            let _asking = Asking::new(&**self);
            (self.pool.acquire().await.map_err(not_acquired)?, Instant::now())
        };
        Ok(InUse { connection, taken, at_hand: self, _turn: turn })
    }

    async fn wait(&self) -> Result<SemaphorePermit<'_>, DbErr> {
        let turn = tokio::time::timeout(self.pool.options().get_acquire_timeout(), self.turns.acquire()).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
    }

    async fn ping(self: &Arc<Self>) -> Result<(), DbErr> {
        let mut in_use = self.acquire().await?;
        in_use.connection.ping().await.map_err(failed)?;
        in_use.done();
        Ok(())
    }

    fn end(&self) {
        let mut shelf = self.shelf();
        shelf.ended = true;
        let ready = std::mem::take(&mut shelf.ready);
        drop(shelf);
        drop(ready);
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

impl<DB: Database> InUse<'_, DB> {
    /// The statement is over, and the connection is as it was before.
    fn done(self) {
        let Self { connection, taken, at_hand, _turn } = self;
        let now = Instant::now();
        let mut shelf = at_hand.shelf();
        if shelf.asking > 0 || shelf.ended || now.duration_since(taken) > AWAY {
            drop(shelf);
            return drop(connection);
        }
        shelf.ready.push(Ready { connection, taken, used: now });
        if !std::mem::replace(&mut shelf.tended, true) {
            tokio::spawn(tend(Arc::downgrade(at_hand)));
        }
    }
}

/// Who can be told that somebody waits for the pool.
trait Asked: Sync {
    fn comes(&self);
    fn goes(&self);
}

impl<DB: Database> Asked for AtHand<DB> {
    fn comes(&self) {
        let mut shelf = self.shelf();
        shelf.asking += 1;
        // Several may come at once for what is idle there.
        let is_short = self.pool.num_idle() < shelf.asking;
        let oldest = (is_short && !shelf.ready.is_empty()).then(|| shelf.ready.remove(0));
        drop(shelf);
        drop(oldest);
    }

    fn goes(&self) {
        self.shelf().asking -= 1;
    }
}

impl<'a> Asking<'a> {
    fn new(asked: &'a dyn Asked) -> Self {
        asked.comes();
        Self(asked)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.goes();
    }
}

impl<DB: Database> AtHand<DB>
where
    SqlxValues: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Row: Into<QueryResult>,
    DB::QueryResult: Into<ExecResult>,
{
    async fn all(self: &Arc<Self>, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut in_use = self.acquire().await?;
        let rows = query(statement).fetch_all(&mut *in_use.connection).await.map_err(failed)?;
        in_use.done();
        Ok(rows.into_iter().map(Into::into).collect())
    }

    async fn one(self: &Arc<Self>, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut in_use = self.acquire().await?;
        let row = query(statement).fetch_optional(&mut *in_use.connection).await.map_err(failed)?;
        in_use.done();
        Ok(row.map(Into::into))
    }

    async fn execute(self: &Arc<Self>, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut in_use = self.acquire().await?;
        let result = query(statement).execute(&mut *in_use.connection).await.map_err(not_executed)?;
        in_use.done();
        Ok(result.into())
    }

    async fn unprepared(self: &Arc<Self>, sql: &str) -> Result<ExecResult, DbErr> {
        let mut in_use = self.acquire().await?;
        let result = (&mut *in_use.connection).execute(AssertSqlSafe(sql)).await.map_err(not_executed)?;
        in_use.done();
        Ok(result.into())
    }
}

/// The text of a [`Statement`] is one of the code's literals, with values apart.
fn query<DB: Database>(statement: Statement) -> Query<'static, DB, SqlxValues>
where
    SqlxValues: IntoArguments<DB>,
{
    let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn not_acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        other => DbErr::Conn(RuntimeErr::SqlxError(other.into())),
    }
}

fn not_executed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
