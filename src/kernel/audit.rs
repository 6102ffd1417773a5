//! The audit log: who did what to which object, when, and what changed. Written only by [`super::write`], inside the transaction of the change.

use sea_orm::entity::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::actor::{Actor, Identity, SessionId, UserId};
use super::clock::Timestamp;
use super::db::Tx;
use super::db::sql::{self, Sql};
use super::id::{Id, Ids};
use super::write::Author;

crate::id!(
    /// The id of an entry of the audit log.
    AuditEntryId, "audit"
);

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    /// The id, ordered by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    /// When it was done.
    pub at: Timestamp,
    /// `ANONYMOUS`, `USER` or `SYSTEM`.
    pub actor_kind: String,
    /// The user who did it.
    pub actor_id: Option<UserId>,
    /// The part of the server that did it, when no user did.
    pub actor_name: Option<String>,
    /// The session in which it was done.
    pub session_id: Option<SessionId>,
    /// What was done, such as `product.update`.
    pub action: String,
    /// The kind of the object: the prefix of its id.
    pub object_type: String,
    /// The object.
    pub object_id: Uuid,
    /// `{ "field": { "before": …, "after": … } }` as JSON.
    pub changes: String,
    /// The request that did it.
    pub request_id: String,
}

/// Entries refer to actors and objects by id only: they outlive both.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What is to be logged of one change.
#[derive(Debug, Clone)]
pub struct Entry {
    pub(super) action: &'static str,
    pub(super) object_type: &'static str,
    pub(super) object_id: Uuid,
    pub(super) changes: Changes,
    pub(super) system: Option<&'static str>,
}

impl Entry {
    /// The action (`noun.verb`), the object it was done to, and what changed.
    pub fn new<T: Id>(action: &'static str, object: T, changes: Changes) -> Self {
        Self { action, object_type: T::PREFIX, object_id: object.uuid(), changes, system: None }
    }

    /// The same, done by this part of the server, whoever gave the occasion.
    #[must_use]
    pub fn by_system(mut self, part: &'static str) -> Self {
        self.system = Some(part);
        self
    }
}

/// The fields that a command changed, with their values before and after. Secrets must never be put in.
#[derive(Debug, Clone, Default)]
pub struct Changes(Map<String, Value>);

impl Changes {
    /// Nothing changed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a field, unless it stayed the same.
    #[must_use]
    pub fn field<T: Serialize + ?Sized>(mut self, name: &str, before: &T, after: &T) -> Self {
        let (before, after) = (json!(before), json!(after));
        if before != after {
            self.0.insert(name.to_owned(), json!({ "before": before, "after": after }));
        }
        self
    }

    /// Notes the first value of a field of a new object.
    #[must_use]
    pub fn set<T: Serialize + ?Sized>(mut self, name: &str, after: &T) -> Self {
        self.0.insert(name.to_owned(), json!({ "before": Value::Null, "after": after }));
        self
    }

    /// Notes that a secret changed, without its value.
    #[must_use]
    pub fn secret(mut self, name: &str) -> Self {
        self.0.insert(name.to_owned(), json!({ "before": "(secret)", "after": "(secret)" }));
        self
    }

    /// Whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An entry, and who made it in which request.
#[derive(Debug)]
pub(super) struct Signed<'a> {
    pub author: Author<'a>,
    pub entry: Entry,
}

/// Writes the entries at the latest with the commit: with one statement, on PostgreSQL with as many as it takes so that none has more than a parcel of several.
pub(super) async fn append(tx: &Tx, now: Timestamp, ids: &Ids, entries: Vec<Signed<'_>>) -> Result<(), DbErr> {
    let most = tx.parcel();
    let (mut together, mut filled) = (Vec::new(), 0_usize);
    for signed in entries {
        let cells = cells(signed, now, ids);
        let size = sql::size(&cells);
        filled = filled.saturating_add(size);
        if filled > most && !together.is_empty() {
            filled = size;
            insert(tx, std::mem::take(&mut together)).await?;
        }
        together.push(cells);
    }
    insert(tx, together).await
}

fn cells(signed: Signed<'_>, now: Timestamp, ids: &Ids) -> [sea_orm::Value; 11] {
    let Signed { author, entry } = signed;
    let system = entry.system.map(Actor::system);
    let actor = system.as_ref().unwrap_or(author.actor);
    let (kind, name) = match actor.identity() {
        Identity::Anonymous => ("ANONYMOUS", None),
        Identity::User { .. } => ("USER", None),
        Identity::System(part) => ("SYSTEM", Some((*part).to_owned())),
    };
    [
        ids.make::<AuditEntryId>().into(),
        now.into(),
        kind.into(),
        actor.user_id().into(),
        name.into(),
        actor.session_id().into(),
        entry.action.into(),
        entry.object_type.into(),
        entry.object_id.into(),
        Value::Object(entry.changes.0).to_string().into(),
        author.request_id.into(),
    ]
}

async fn insert(tx: &Tx, rows: Vec<[sea_orm::Value; 11]>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let sql = Sql::new(
        "INSERT INTO audit_entries (id, at, actor_kind, actor_id, actor_name, session_id, action, object_type, object_id, changes, request_id) ",
    );
    tx.write_later(sql.rows(rows, |row| row)).await
}
