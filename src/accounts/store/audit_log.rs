//! Reading the audit log.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, Select};
use uuid::Uuid;

use crate::kernel::actor::{Actor, Permission, UserId};
use crate::kernel::audit::{self, AuditEntryId};
use crate::kernel::clock::Timestamp;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Order, Page, Reading, fetch};

/// Which entries a list holds: those that meet every condition given.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Done by this user.
    pub actor: Option<UserId>,
    /// One of these actions.
    pub actions: Option<Vec<String>>,
    /// Done to objects of this kind: the prefix of their ids.
    pub object_type: Option<String>,
    /// Done to this object.
    pub object: Option<Uuid>,
    /// Not earlier than this.
    pub from: Option<Timestamp>,
    /// Earlier than this.
    pub until: Option<Timestamp>,
}

/// The orders of the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuditOrder {
    /// The oldest first.
    AtAsc,
    /// The newest first.
    AtDesc,
}

impl AuditOrder {
    fn order(self) -> Order<audit::Model> {
        let (name, descending) = match self {
            Self::AtAsc => ("AT_ASC", false),
            Self::AtDesc => ("AT_DESC", true),
        };
        Order {
            name,
            column: Some(Expr::col((audit::Entity, audit::Column::At))),
            nullable: false,
            id: Expr::col((audit::Entity, audit::Column::Id)),
            descending,
            key: |row| Key::Int(row.at.0),
            row_id: |row| row.id.0,
            parts: None,
        }
    }
}

/// The entries that `actor` may see: all or none. Every read of the log starts here.
fn visible_to(actor: &Actor) -> Select<audit::Entity> {
    let all = audit::Entity::find();
    if actor.may(Permission::ReadAuditLog) { all } else { all.filter(Expr::value(false)) }
}

/// The entries of a list that `actor` may see.
pub fn audit_entries(actor: &Actor, filter: &AuditFilter) -> Select<audit::Entity> {
    use audit::Column;
    let condition = Condition::all()
        .add_option(filter.actor.map(|actor| Column::ActorId.eq(actor)))
        .add_option(filter.actions.as_ref().map(|actions| Column::Action.is_in(actions.iter().map(String::as_str))))
        .add_option(filter.object_type.as_ref().map(|kind| Column::ObjectType.eq(kind.as_str())))
        .add_option(filter.object.map(|object| Column::ObjectId.eq(object)))
        .add_option(filter.from.map(|from| Column::At.gte(from)))
        .add_option(filter.until.map(|until| Column::At.lt(until)));
    visible_to(actor).filter(condition)
}

/// One page of the entries of `select`.
pub fn audit_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<audit::Entity>,
    order: AuditOrder,
    page: &'a Page,
) -> Reading<'a, audit::Model> {
    fetch(db, select, order.order(), page)
}

/// The entries with these ids that `actor` may see.
pub async fn audit_entries_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[AuditEntryId],
) -> Result<HashMap<AuditEntryId, audit::Model>, DbErr> {
    let rows = visible_to(actor).filter(audit::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
