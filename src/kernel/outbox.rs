//! The outbox: events written in the transaction of the change, read in the order of commits after it.
//!
//! PostgreSQL hands out sequence numbers before commit, so a later number can become visible first. Each event therefore carries the id of its
//! transaction, and a reader takes only events of transactions older than the oldest one still running, ordered by (transaction, number):
//! nothing that commits later can sort before what was read. On SQLite there is one writer, and numbers are commit order.

pub mod feed;
pub mod notices;

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::clock::Timestamp;
use super::db::Tx;
use super::db::sql::Sql;
use super::freshness::Tag;
use super::id;
use super::secret;

/// An event to be written.
#[derive(Debug, Clone)]
pub struct Event {
    pub(super) topic: &'static str,
    pub(super) key: Uuid,
    pub(super) payload: Value,
    urgent: bool,
}

impl Event {
    /// The topic (`noun.verb` in the past tense), the object's id, and the facts that a subscriber needs.
    pub fn new<T: super::id::Id>(
        topic: &'static str,
        object: T,
        payload: &impl Serialize,
    ) -> Result<Self, super::error::Fault> {
        Self::of(topic, object.uuid(), payload)
    }

    /// The same for an object that is one of several kinds, whose id has no type of its own.
    pub fn of(topic: &'static str, key: Uuid, payload: &impl Serialize) -> Result<Self, super::error::Fault> {
        Ok(Self { topic, key, payload: serde_json::to_value(payload)?, urgent: false })
    }

    /// The same, of which other servers on PostgreSQL hear with its commit and not when they next look into the outbox: what they have kept is touched at
    /// once. Commits that say so queue up behind each other in PostgreSQL, so that it is not for what changes all the time.
    #[must_use]
    pub fn urgent(self) -> Self {
        Self { urgent: true, ..self }
    }

    /// What is touched by it.
    pub(super) fn tags(&self) -> impl Iterator<Item = Tag> {
        tags(self.topic, self.key, &self.payload)
    }
}

/// A process that writes events. Each has a number of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sea_orm::DeriveValueType)]
pub struct Origin(i64);

impl Origin {
    /// A number that no other process has, as good as certainly.
    pub(super) fn random() -> Self {
        Self(secret::random().map_or_else(|_| i64::from(std::process::id()), i64::from_le_bytes))
    }
}

/// An event as read back.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct Stored {
    /// The number of the event.
    pub seq: i64,
    /// The transaction that wrote it; 0 on SQLite.
    pub tx: i64,
    /// The topic.
    pub topic: String,
    /// The object's id.
    pub key: Uuid,
    /// The facts, as JSON.
    pub payload: String,
    /// When it was written.
    pub occurred_at: Timestamp,
    /// By which process.
    pub origin: Origin,
}

/// How far a reader has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    tx: i64,
    seq: i64,
}

impl Stored {
    /// What is touched by it.
    pub fn tags(&self) -> Vec<Tag> {
        let payload = serde_json::from_str(&self.payload).unwrap_or_default();
        tags(&self.topic, self.key, &payload).collect()
    }

    /// The place right behind this event.
    pub fn position(&self) -> Position {
        Position { tx: self.tx, seq: self.seq }
    }
}

/// An event touches its object, all objects that its facts name by their ids, and its kind: the noun of its topic.
fn tags(topic: &str, key: Uuid, payload: &Value) -> impl Iterator<Item = Tag> {
    let noun = topic.split_once('.').map_or(topic, |(noun, _verb)| noun);
    let facts = payload.as_object().into_iter().flat_map(|facts| facts.values());
    let named = facts.filter_map(Value::as_str).filter_map(id::split).map(|(_prefix, uuid)| Tag::object(uuid));
    [Tag::any(noun), Tag::object(key)].into_iter().chain(named)
}

/// Events of one statement at most: SQLite takes 32,766 parameters, and an event has five.
const ROWS: usize = 6_000;

/// Writes the events at the latest with the commit, with one statement or as many as their number needs, and has PostgreSQL give notice of the urgent ones.
pub(super) async fn append(tx: &Tx, now: Timestamp, origin: Origin, events: &[Event]) -> Result<(), DbErr> {
    for chunk in events.chunks(ROWS) {
        let sql = Sql::new("INSERT INTO outbox (topic, key, payload, occurred_at, origin) ").rows(chunk, |event| {
            [event.topic.into(), event.key.into(), event.payload.to_string().into(), now.into(), origin.into()]
        });
        tx.write_later(sql).await?;
    }
    let urgent: BTreeSet<Tag> = events.iter().filter(|event| event.urgent).flat_map(Event::tags).collect();
    if urgent.is_empty() || tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let notice = Sql::new("SELECT pg_notify(").bind(notices::CHANNEL).push(", ");
    tx.call_later(notice.bind(notices::text(origin, &urgent)).push(")")).await
}

const SELECT: &str = "SELECT seq, tx, topic, key, payload, occurred_at, origin FROM outbox WHERE ";

/// The next events behind `position`, at most `limit`, in commit order. An event whose elder transactions still run is not yet returned.
pub async fn read(db: &impl ConnectionTrait, position: Position, limit: u32) -> Result<Vec<Stored>, DbErr> {
    following(db.get_database_backend(), position, limit).all(db).await
}

/// What reads them.
pub fn following(backend: DbBackend, position: Position, limit: u32) -> Sql {
    behind(Sql::new(SELECT), backend, position).limit(limit)
}

/// The next events in this range that other processes than `origin` wrote, at most `limit`, in commit order. Its end must have been read before.
async fn of_others(
    db: &impl ConnectionTrait,
    origin: Origin,
    range: Range<Position>,
    limit: u32,
) -> Result<Vec<Stored>, DbErr> {
    let select = Sql::new(SELECT).push("origin <> ").bind(origin).push(" AND (tx, seq) <= (");
    let select = select.bind(range.end.tx).push(", ").bind(range.end.seq).push(") AND ");
    behind(select, db.get_database_backend(), range.start).limit(limit).all(db).await
}

/// Those behind `position`, in commit order.
fn behind(select: Sql, backend: DbBackend, position: Position) -> Sql {
    match backend {
        // The planner is not to look at the position: it is always near the end, and PostgreSQL would plan anew for each.
        DbBackend::Postgres => settled(
            select.push("(tx, seq) > ((SELECT ").bind(position.tx).push("), (SELECT ").bind(position.seq).push("))"),
            DbBackend::Postgres,
        )
        .push(" ORDER BY tx, seq"),
        // Of a comparison of rows SQLite searches the first column only, and `tx` is 0 in all of them. With `seq` alone it reads the whole table once `ANALYZE` has
        // seen a single row in it.
        _ => select.push("tx = 0 AND seq > ").bind(position.seq).push(" ORDER BY seq"),
    }
}

/// The place behind everything that can be read now.
pub async fn end(db: &impl ConnectionTrait) -> Result<Position, DbErr> {
    let sql = Sql::new(SELECT).push("1 = 1");
    let last: Option<Stored> =
        settled(sql, db.get_database_backend()).push(" ORDER BY tx DESC, seq DESC LIMIT 1").one(db).await?;
    Ok(last.map_or_else(Position::default, |event| event.position()))
}

fn settled(sql: Sql, backend: DbBackend) -> Sql {
    match backend {
        DbBackend::Postgres => sql.push(" AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"),
        _ => sql,
    }
}

/// Removes events older than `keep`; returns how many.
pub(super) async fn purge(db: &impl ConnectionTrait, now: Timestamp, keep: Duration) -> Result<u64, DbErr> {
    Sql::new("DELETE FROM outbox WHERE occurred_at < ").bind(now - keep).execute(db).await
}
