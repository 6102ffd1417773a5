//! Idempotency keys: the record of a request's outcome, claimed before the command and completed with it, in one transaction.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use crate::kernel::clock::Timestamp;
use crate::kernel::db::sql::Sql;
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

#[derive(FromQueryResult)]
struct Row {
    fingerprint: Vec<u8>,
    outcome: Option<String>,
}

impl Record<'_> {
    /// Claims the key. While another transaction holds the claim, this waits for its end.
    pub async fn claim(&self, tx: &impl ConnectionTrait, now: Timestamp, keep: Duration) -> Result<Claim, DbErr> {
        let claimed = Sql::new("INSERT INTO idempotency_records (actor, field, key, fingerprint, outcome, created_at) VALUES (")
            .bind(self.actor.clone())
            .push(", ")
            .bind(self.request.field.clone())
            .push(", ")
            .bind(self.request.key.clone())
            .push(", ")
            .bind(self.request.fingerprint.clone())
            .push(", NULL, ")
            .bind(now)
            .push(") ON CONFLICT (actor, field, key) DO UPDATE SET fingerprint = excluded.fingerprint, outcome = NULL, created_at = excluded.created_at")
            .push(" WHERE idempotency_records.created_at < ")
            .bind(now - keep)
            .execute(tx)
            .await?;
        if claimed == 1 {
            return Ok(Claim::Mine);
        }
        let found: Option<Row> =
            self.keyed(Sql::new("SELECT fingerprint, outcome FROM idempotency_records")).one(tx).await?;
        let row = found.ok_or_else(|| DbErr::RecordNotFound("an idempotency record vanished".to_owned()))?;
        let same: bool = row.fingerprint.ct_eq(&self.request.fingerprint).into();
        match row.outcome {
            Some(outcome) if same => Ok(Claim::Done(outcome)),
            Some(_) | None => Ok(Claim::Reused),
        }
    }

    /// Stores the outcome under the claimed key.
    pub async fn complete(&self, tx: &impl ConnectionTrait, outcome: &str) -> Result<(), Fault> {
        let stored =
            self.keyed(Sql::new("UPDATE idempotency_records SET outcome = ").bind(outcome)).execute(tx).await?;
        if stored == 1 {
            Ok(())
        } else {
            Err(Fault::Internal(format!("{stored} idempotency records completed instead of one")))
        }
    }

    fn keyed(&self, sql: Sql) -> Sql {
        sql.push(" WHERE actor = ")
            .bind(self.actor.clone())
            .push(" AND field = ")
            .bind(self.request.field.clone())
            .push(" AND key = ")
            .bind(self.request.key.clone())
    }
}

pub(super) fn encode<T: Serialize, E: Serialize>(outcome: &Result<T, Vec<At<E>>>) -> Result<String, Fault> {
    Ok(serde_json::to_string(outcome)?)
}

pub(super) fn decode<T: DeserializeOwned, E: DeserializeOwned>(outcome: &str) -> Result<Result<T, Vec<At<E>>>, Fault> {
    Ok(serde_json::from_str(outcome)?)
}

/// Removes records older than `keep`.
pub(super) async fn purge(tx: &impl ConnectionTrait, now: Timestamp, keep: Duration) -> Result<u64, DbErr> {
    Sql::new("DELETE FROM idempotency_records WHERE created_at < ").bind(now - keep).execute(tx).await
}
