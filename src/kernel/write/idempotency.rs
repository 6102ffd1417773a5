//! Idempotency keys: the record of a request's outcome, claimed before the command and completed with it, in one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use super::{WriteError, Written};
use crate::kernel::clock::Timestamp;
use crate::kernel::db::sql::Sql;
use crate::kernel::db::{Tx, constraint};
use crate::kernel::error::{At, Fault};

/// A key as the caller gave it, with what it must belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The mutation, by its response key.
    pub field: String,
    /// The key: 1 to 255 printable ASCII characters.
    pub key: String,
    /// A keyed hash of the mutation's name and arguments.
    pub fingerprint: Vec<u8>,
}

/// A key as the database knows it: the actor's scope and the mutation it was used for belong to it.
pub(super) type Key<'a> = (&'a str, &'a str, &'a str);

pub(super) struct Record<'a> {
    pub actor: String,
    pub request: &'a Idempotency,
}

pub(super) enum Claim {
    /// This request does the work.
    Mine,
    /// An earlier request with the same arguments did it; its outcome as JSON.
    Done(String),
    /// An earlier request used the key for other arguments.
    Reused,
}

impl Claim {
    /// What the request is answered without being carried out; `None` when it has to be.
    pub fn settled<T: DeserializeOwned, E: DeserializeOwned>(self) -> Option<Result<Written<T, E>, WriteError>> {
        match self {
            Self::Mine => None,
            Self::Reused => Some(Err(WriteError::KeyReused)),
            Self::Done(outcome) => Some(
                serde_json::from_str(&outcome)
                    .map(|outcome| Written { outcome, replayed: true })
                    .map_err(|error| Fault::from(error).into()),
            ),
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    created_at: Timestamp,
    actor: String,
    field: String,
    key: String,
    fingerprint: Vec<u8>,
    outcome: Option<String>,
}

#[derive(FromQueryResult)]
struct Claimed {
    actor: String,
    field: String,
    key: String,
}

impl Record<'_> {
    pub fn key(&self) -> Key<'_> {
        (&self.actor, &self.request.field, &self.request.key)
    }

    /// Claims the key. While another transaction holds the claim, this waits for its end.
    pub async fn claim(&self, tx: &Tx, now: Timestamp, keep: Duration) -> Result<Claim, DbErr> {
        let claims = claim(tx, &[self], now, keep).await?;
        claims.into_iter().next().ok_or_else(vanished)
    }
}

/// Claims the keys, which must differ, with at most two statements, in an order that all who claim have in common. The claims are in the order of the records.
/// An optimistic transaction only looks; [`complete`] fails there when somebody else has come first.
pub(super) async fn claim(
    tx: &Tx,
    records: &[&Record<'_>],
    now: Timestamp,
    keep: Duration,
) -> Result<Vec<Claim>, DbErr> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let by_key: BTreeMap<Key<'_>, &Record<'_>> = records.iter().map(|record| (record.key(), *record)).collect();
    let claimed: Vec<Claimed> = if tx.is_optimistic() {
        Vec::new()
    } else {
        inserted(by_key.values().map(|record| (*record, None)), now)
            .push(" ON CONFLICT (actor, field, key) DO UPDATE SET fingerprint = excluded.fingerprint, outcome = NULL, created_at = excluded.created_at")
            .push(" WHERE idempotency_records.created_at < ")
            .bind(now - keep)
            .push(" RETURNING actor, field, key")
            .all(tx)
            .await?
    };
    let mine: BTreeSet<Key<'_>> = claimed.iter().map(|row| (&*row.actor, &*row.field, &*row.key)).collect();
    let others = by_key.iter().filter(|(key, _)| !mine.contains(*key)).map(|(_, record)| *record);
    let found = earlier(tx, others.collect()).await?;
    if tx.is_optimistic() && found.iter().any(|row| row.created_at < now - keep) {
        return Err(constraint::stale());
    }
    let found: BTreeMap<Key<'_>, &Row> = found.iter().map(|row| ((&*row.actor, &*row.field, &*row.key), row)).collect();
    let claim = |record: &&Record<'_>| {
        if mine.contains(&record.key()) {
            return Ok(Claim::Mine);
        }
        let Some(row) = found.get(&record.key()) else {
            return if tx.is_optimistic() { Ok(Claim::Mine) } else { Err(vanished()) };
        };
        let same: bool = row.fingerprint.ct_eq(&record.request.fingerprint).into();
        Ok(match &row.outcome {
            Some(outcome) if same => Claim::Done(outcome.clone()),
            Some(_) | None => Claim::Reused,
        })
    };
    records.iter().map(claim).collect()
}

/// Writes records with their outcomes, as far as they have one.
fn inserted<'r>(rows: impl Iterator<Item = (&'r Record<'r>, Option<&'r str>)>, now: Timestamp) -> Sql {
    Sql::new("INSERT INTO idempotency_records (actor, field, key, fingerprint, outcome, created_at) ").rows(
        rows,
        |(record, outcome)| {
            let [actor, field, key] = keyed(record);
            [actor, field, key, record.request.fingerprint.clone().into(), outcome.into(), now.into()]
        },
    )
}

/// What earlier requests left under these keys.
async fn earlier(tx: &impl ConnectionTrait, records: Vec<&Record<'_>>) -> Result<Vec<Row>, DbErr> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    Sql::new("SELECT actor, field, key, fingerprint, outcome, created_at FROM idempotency_records WHERE (actor, field, key) IN (")
        .rows(records, keyed)
        .push(")")
        .all(tx)
        .await
}

/// Stores the outcomes under the claimed keys, with one statement, at the latest with the commit.
pub(super) async fn complete(tx: &Tx, outcomes: &[(Record<'_>, String)], now: Timestamp) -> Result<(), DbErr> {
    if outcomes.is_empty() {
        return Ok(());
    }
    if tx.is_optimistic() {
        let rows = outcomes.iter().map(|(record, outcome)| (record, Some(outcome.as_str())));
        return tx.write_later(inserted(rows, now)).await;
    }
    let sql = Sql::new("WITH done (of_actor, of_field, of_key, result) AS (")
        .rows(outcomes, |(record, outcome)| {
            let [actor, field, key] = keyed(record);
            [actor, field, key, outcome.as_str().into()]
        })
        .push(") UPDATE idempotency_records SET outcome = done.result FROM done")
        .push(" WHERE idempotency_records.actor = done.of_actor AND idempotency_records.field = done.of_field")
        .push(" AND idempotency_records.key = done.of_key");
    tx.change_later(sql, outcomes.len()).await
}

fn keyed(record: &Record<'_>) -> [Value; 3] {
    let (actor, field, key) = record.key();
    [actor.into(), field.into(), key.into()]
}

fn vanished() -> DbErr {
    DbErr::RecordNotFound("an idempotency record vanished".to_owned())
}

pub(super) fn encode<T: Serialize, E: Serialize>(outcome: &Result<T, Vec<At<E>>>) -> Result<String, Fault> {
    Ok(serde_json::to_string(outcome)?)
}

/// Removes records older than `keep`.
pub(super) async fn purge(tx: &impl ConnectionTrait, now: Timestamp, keep: Duration) -> Result<u64, DbErr> {
    Sql::new("DELETE FROM idempotency_records WHERE created_at < ").bind(now - keep).execute(tx).await
}
