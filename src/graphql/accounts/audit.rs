//! The audit log in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Json, Object, Result, SimpleObject};
use serde_json::Value;

use super::User;
use super::user::UserContext as _;
use crate::accounts::store::{self, AuditFilter};
use crate::connection;
use crate::graphql::connection::Total;
use crate::graphql::error::{self, ErrorCode};
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::kernel::actor;
use crate::kernel::audit::{self, AuditEntryId};
use crate::kernel::error::Fault;
use crate::kernel::id;
use crate::kernel::page::PageArgs;

/// The most actions to filter by.
const MAX_ACTIONS: usize = 100;

/// Who did what to which object, when, and what changed.
#[derive(Debug, Clone)]
pub struct AuditEntry(pub audit::Model);

/// Who did what to which object, when, and what changed. Entries are never changed or deleted.
#[Object]
impl AuditEntry {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// When it was done.
    async fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// What kind of actor did it.
    async fn actor_kind(&self) -> Result<AuditActorKind> {
        match self.0.actor_kind.as_str() {
            "USER" => Ok(AuditActorKind::User),
            "SYSTEM" => Ok(AuditActorKind::System),
            _ => Ok(AuditActorKind::Anonymous),
        }
    }

    /// The id of the user who did it; null when no user did.
    async fn actor_id(&self) -> Option<ID> {
        self.0.actor_id.map(scalars::id)
    }

    /// The user who did it; null when no user did, or when the caller may not see users (`READ_USERS`).
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.actor_id {
            Some(id) => ctx.user(id).await,
            None => Ok(None),
        }
    }

    /// The part of the server that did it, such as `import`; null when a user did.
    async fn actor_name(&self) -> Option<&str> {
        self.0.actor_name.as_deref()
    }

    /// The session in which it was done; null when no user did it.
    async fn session_id(&self) -> Option<ID> {
        self.0.session_id.map(scalars::id)
    }

    /// What was done, such as `product.update`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// The kind of the object: the prefix of its id.
    async fn object_type(&self) -> &str {
        &self.0.object_type
    }

    /// The id of the object. It may be gone by now.
    async fn object_id(&self) -> ID {
        ID(id::format(&self.0.object_type, self.0.object_id))
    }

    /// The fields that changed, by name. Secrets are named without their values.
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<AuditChange>> {
        let read: Result<serde_json::Map<String, Value>, _> = serde_json::from_str(&self.0.changes);
        let changes = read.map_err(|error| error::of_fault(&Fault::from(error), &ctx.caller().request_id))?;
        let value = |change: &Value, side: &str| change.get(side).filter(|value| !value.is_null()).cloned().map(Json);
        Ok(changes
            .into_iter()
            .map(|(field, change)| AuditChange {
                field,
                before: value(&change, "before"),
                after: value(&change, "after"),
            })
            .collect())
    }

    /// The request that did it: the id that the client got, and that the server's log names.
    async fn request_id(&self) -> &str {
        &self.0.request_id
    }
}

/// What kind of actor did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum AuditActorKind {
    /// Someone without an access token, such as by registering.
    Anonymous,
    /// A user.
    User,
    /// The server itself, or its command line.
    System,
}

/// A field that changed.
#[derive(Debug, SimpleObject)]
pub struct AuditChange {
    /// Its name.
    pub field: String,
    /// Its value before; null when it had none.
    pub before: Option<Json<Value>>,
    /// Its value after; null when it has none.
    pub after: Option<Json<Value>>,
}

connection!(
    /// A page of the audit log.
    AuditEntryConnection,
    AuditEntryEdge,
    AuditEntry
);

/// How to order the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::AuditOrder")]
pub enum AuditOrder {
    /// The oldest entry first.
    AtAsc,
    /// The newest entry first.
    AtDesc,
}

/// Which entries to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
#[graphql(name = "AuditFilter")]
pub struct AuditFilterInput {
    /// Done by this user.
    pub actor_id: Option<ID>,
    /// One of these actions, such as `product.update`: at most 100.
    pub actions: Option<Vec<String>>,
    /// Done to objects of this kind: the prefix of their ids, such as `product`.
    pub object_type: Option<String>,
    /// Done to this object.
    pub object_id: Option<ID>,
    /// Not earlier than this moment.
    pub from: Option<DateTime>,
    /// Earlier than this moment.
    pub until: Option<DateTime>,
}

impl AuditFilterInput {
    fn read(self) -> Result<AuditFilter> {
        if self.actions.as_ref().is_some_and(|actions| actions.len() > MAX_ACTIONS) {
            let message = format!("filter.actions has too many items: at most {MAX_ACTIONS}");
            return Err(ErrorCode::BadUserInput.with(&message));
        }
        let texts = self.actions.iter().flatten().chain(&self.object_type);
        if texts.into_iter().any(|text| text.contains('\0')) {
            return Err(ErrorCode::BadUserInput.with(&"filter must not contain control characters"));
        }
        let actor = self.actor_id.map(|id| scalars::read_id("filter.actorId", &id)).transpose()?;
        let object = match self.object_id {
            Some(text) => {
                let not_an_id = || ErrorCode::BadUserInput.with(&"filter.objectId is not an id");
                Some(id::split(&text).ok_or_else(not_an_id)?)
            }
            None => None,
        };
        let (kind, object) = object.unzip();
        let object_type = match (self.object_type, kind) {
            (Some(wanted), Some(kind)) if wanted != kind => {
                let message = format!("filter.objectId is the id of a {kind}, but filter.objectType is {wanted}");
                return Err(ErrorCode::BadUserInput.with(&message.chars().take(200).collect::<String>()));
            }
            (wanted, kind) => wanted.or(kind),
        };
        let (from, until) = (self.from.map(|from| from.0), self.until.map(|until| until.0));
        Ok(AuditFilter { actor, actions: self.actions, object_type, object, from, until })
    }
}

#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Who did what, when. Requires the permission `READ_AUDIT_LOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadAuditLog)",
        directive = requires::apply(Permission::ReadAuditLog)
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries to list.")] filter: Option<AuditFilterInput>,
        #[graphql(desc = "How to order them.", default_with = "AuditOrder::AtDesc")] order_by: AuditOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<AuditEntryConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let select = store::audit_entries(ctx.actor(), &filter.unwrap_or_default().read()?);
        let db = &ctx.services().db;
        let slice = store::audit_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(AuditEntryConnection::of(slice, Total::of(db, select), AuditEntry))
    }
}

/// Short ways to entries.
pub(in crate::graphql) trait AuditContext {
    /// The entry, if the caller may see it.
    async fn audit_entry(&self, id: AuditEntryId) -> Result<Option<AuditEntry>>;
}

impl AuditContext for Context<'_> {
    async fn audit_entry(&self, id: AuditEntryId) -> Result<Option<AuditEntry>> {
        let found = self.loaders().audit_entries.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(AuditEntry))
    }
}
