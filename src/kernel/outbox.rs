//! The outbox: events written in the transaction of the change, read in the order of commits after it.
//!
//! PostgreSQL hands out sequence numbers before commit, so a later number can become visible first. Each event therefore carries the id of its
//! transaction, and a reader takes only events of transactions older than the oldest one still running, ordered by (transaction, number):
//! nothing that commits later can sort before what was read. On SQLite there is one writer, and numbers are commit order.

pub mod feed;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::clock::Timestamp;
use super::db::sql::Sql;

/// An event to be written.
#[derive(Debug, Clone)]
pub struct Event {
    pub(super) topic: &'static str,
    pub(super) key: Uuid,
    pub(super) payload: Value,
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
        Ok(Self { topic, key, payload: serde_json::to_value(payload)? })
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
}

/// How far a reader has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    tx: i64,
    seq: i64,
}

impl Stored {
    /// The place right behind this event.
    pub fn position(&self) -> Position {
        Position { tx: self.tx, seq: self.seq }
    }
}

/// Events of one statement at most: SQLite takes 32,766 parameters, and an event has four.
const ROWS: usize = 8_000;

/// Writes the events with one statement, or as many as their number needs.
pub(super) async fn append(db: &impl ConnectionTrait, now: Timestamp, events: &[Event]) -> Result<(), DbErr> {
    for chunk in events.chunks(ROWS) {
        Sql::new("INSERT INTO outbox (topic, key, payload, occurred_at) VALUES ")
            .rows(chunk, |sql, event| {
                sql.bind(event.topic)
                    .push(", ")
                    .bind(event.key)
                    .push(", ")
                    .bind(event.payload.to_string())
                    .push(", ")
                    .bind(now)
            })
            .execute(db)
            .await?;
    }
    Ok(())
}

/// The next events behind `position`, at most `limit`, in commit order. An event whose elder transactions still run is not yet returned.
pub async fn read(db: &impl ConnectionTrait, position: Position, limit: u32) -> Result<Vec<Stored>, DbErr> {
    let sql = Sql::new("SELECT seq, tx, topic, key, payload, occurred_at FROM outbox WHERE (tx, seq) > (")
        .bind(position.tx)
        .push(", ")
        .bind(position.seq)
        .push(")");
    settled(sql, db.get_database_backend()).push(" ORDER BY tx, seq LIMIT ").bind(i64::from(limit)).all(db).await
}

/// The place behind everything that can be read now.
pub async fn end(db: &impl ConnectionTrait) -> Result<Position, DbErr> {
    let sql = Sql::new("SELECT seq, tx, topic, key, payload, occurred_at FROM outbox WHERE 1 = 1");
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
