//! The audit log: who did what to which object, when, and what changed. Written only by [`super::write`], inside the transaction of the change.

use sea_orm::DbBackend;
use sea_orm::entity::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::actor::{Actor, Identity, SessionId, UserId};
use super::clock::Timestamp;
use super::db::sql::Sql;
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

/// The most that one statement has of the entries of several commands, in bytes: TLS sends 16 KB at once, and what is left would wait some 40 ms until the other
/// side has said that it has the rest, as sqlx 0.9.0 sets no TCP_NODELAY.
pub(super) const PARCEL: usize = 15 * 1_024;

/// Writes the entries with one statement; on PostgreSQL with as many as it takes so that none of them has more than `most` bytes of several entries.
pub(super) async fn append(
    db: &impl ConnectionTrait,
    now: Timestamp,
    ids: &Ids,
    entries: Vec<Signed<'_>>,
    most: usize,
) -> Result<(), DbErr> {
    let most = if db.get_database_backend() == DbBackend::Postgres { most } else { usize::MAX };
    let (mut together, mut size) = (Vec::new(), 0_usize);
    for Signed { author, entry } in entries {
        let Entry { action, object_type, object_id, changes, system } = entry;
        let changes = Value::Object(changes.0).to_string();
        let line = Line { author, system, action, object_type, object_id, changes };
        size = size.saturating_add(line.size());
        if size > most && !together.is_empty() {
            size = line.size();
            insert(db, now, ids, std::mem::take(&mut together)).await?;
        }
        together.push(line);
    }
    insert(db, now, ids, together).await
}

/// An entry as it is written.
struct Line<'a> {
    author: Author<'a>,
    system: Option<&'static str>,
    action: &'static str,
    object_type: &'static str,
    object_id: Uuid,
    changes: String,
}

impl Line<'_> {
    /// About what is sent of it: its changes are JSON in JSON, with a stroke before each quotation mark.
    fn size(&self) -> usize {
        self.changes.len() * 5 / 4 + 256
    }

    fn cells(self, now: Timestamp, ids: &Ids) -> [sea_orm::Value; 11] {
        let system = self.system.map(Actor::system);
        let actor = system.as_ref().unwrap_or(self.author.actor);
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
            self.action.into(),
            self.object_type.into(),
            self.object_id.into(),
            self.changes.into(),
            self.author.request_id.into(),
        ]
    }
}

async fn insert(db: &impl ConnectionTrait, now: Timestamp, ids: &Ids, lines: Vec<Line<'_>>) -> Result<(), DbErr> {
    if lines.is_empty() {
        return Ok(());
    }
    Sql::new(
        "INSERT INTO audit_entries (id, at, actor_kind, actor_id, actor_name, session_id, action, object_type, object_id, changes, request_id) ",
    )
    .rows(lines, |line| line.cells(now, ids))
    .execute(db)
    .await
    .map(drop)
}
