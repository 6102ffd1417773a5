//! Write-offs and returns: their rows and lines, and the lists of them.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};

use crate::inventory::entity::stock_adjustment::Reason;
use crate::inventory::entity::stock_slip::{self, Column, Entity, Kind, SlipId, Status};
use crate::inventory::entity::stock_slip_line;
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;
use crate::kernel::db::Tx;
use crate::kernel::db::sql::insert_later;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Order, Page, Reading, fetch};

/// Writes a slip with its lines, at the latest with the commit.
pub async fn insert_slip(tx: &Tx, slip: &stock_slip::Model, lines: &[stock_slip_line::Model]) -> Result<(), DbErr> {
    insert_later::<Entity>(tx, std::slice::from_ref(slip)).await?;
    insert_later::<stock_slip_line::Entity>(tx, lines).await
}

/// The slip of this kind, locked until the transaction ends: it moves on only here.
pub async fn lock_slip(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    kind: Kind,
    id: SlipId,
) -> Result<Option<stock_slip::Model>, DbErr> {
    let select = stock_slip::visible_to(actor).filter(Column::Id.eq(id)).filter(Column::Kind.eq(kind));
    select.lock_exclusive().one(tx).await
}

/// Moves a locked slip on from version `before`; `false` when it has another version.
pub async fn update_slip(
    tx: &impl ConnectionTrait,
    before: &stock_slip::Model,
    after: &stock_slip::Model,
) -> Result<bool, DbErr> {
    let updated = Entity::update_many()
        .col_expr(Column::Status, Expr::value(after.status))
        .col_expr(Column::Version, Expr::value(after.version))
        .col_expr(Column::UpdatedAt, Expr::value(after.updated_at))
        .filter(Column::Id.eq(before.id))
        .filter(Column::Version.eq(before.version))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// The lines of each of these slips that `actor` may see, in their order.
pub async fn lines_of_slips(
    db: &impl ConnectionTrait,
    actor: &Actor,
    slips: &[SlipId],
) -> Result<HashMap<SlipId, Vec<stock_slip_line::Model>>, DbErr> {
    use stock_slip_line::Column;
    let select = stock_slip_line::visible_to(actor).filter(Column::SlipId.is_in(slips.iter().copied()));
    let mut lines: HashMap<SlipId, Vec<stock_slip_line::Model>> = HashMap::new();
    for row in select.order_by_asc(Column::SlipId).order_by_asc(Column::Line).all(db).await? {
        lines.entry(row.slip_id).or_default().push(row);
    }
    Ok(lines)
}

/// Which slips of one kind a list holds: those that meet every condition given.
#[derive(Debug, Clone)]
pub struct SlipFilter {
    /// The kind.
    pub kind: Kind,
    /// With one of these numbers.
    pub numbers: Option<Vec<String>>,
    /// In one of these states.
    pub statuses: Option<Vec<Status>>,
    /// For one of these reasons.
    pub reasons: Option<Vec<Reason>>,
    /// With one of these external references.
    pub external_references: Option<Vec<String>>,
    /// Written by this user.
    pub created_by: Option<UserId>,
    /// Changed at this moment or later.
    pub updated_since: Option<Timestamp>,
}

/// The orders of lists of slips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SlipOrder {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// Changed longest ago first.
    UpdatedAtAsc,
    /// Changed last first.
    UpdatedAtDesc,
    /// By number.
    NumberAsc,
    /// By number, the last first.
    NumberDesc,
}

impl SlipOrder {
    fn order(self) -> Order<stock_slip::Model> {
        let (name, descending) = match self {
            Self::CreatedAtAsc => ("CREATED_AT_ASC", false),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", true),
            Self::UpdatedAtAsc => ("UPDATED_AT_ASC", false),
            Self::UpdatedAtDesc => ("UPDATED_AT_DESC", true),
            Self::NumberAsc => ("NUMBER_ASC", false),
            Self::NumberDesc => ("NUMBER_DESC", true),
        };
        let (column, key): (_, fn(&stock_slip::Model) -> Key) = match self {
            Self::CreatedAtAsc | Self::CreatedAtDesc => (Column::CreatedAt, |row| Key::Int(row.created_at.0)),
            Self::UpdatedAtAsc | Self::UpdatedAtDesc => (Column::UpdatedAt, |row| Key::Int(row.updated_at.0)),
            Self::NumberAsc | Self::NumberDesc => (Column::Number, |row| Key::Text(row.number.clone())),
        };
        let (column, id) = (Some(Expr::col((Entity, column))), Expr::col((Entity, Column::Id)));
        Order { name, column, nullable: false, id, descending, key, row_id: |row| row.id.0, parts: None }
    }
}

/// The slips of a list that `actor` may see.
pub fn slips(actor: &Actor, filter: SlipFilter) -> Select<Entity> {
    let condition = Condition::all()
        .add(Column::Kind.eq(filter.kind))
        .add_option(filter.numbers.map(|numbers| Column::Number.is_in(numbers)))
        .add_option(filter.statuses.map(|statuses| Column::Status.is_in(statuses)))
        .add_option(filter.reasons.map(|reasons| Column::Reason.is_in(reasons)))
        .add_option(filter.external_references.map(|references| Column::ExternalReference.is_in(references)))
        .add_option(filter.created_by.map(|user| Column::CreatedBy.eq(user)))
        .add_option(filter.updated_since.map(|since| Column::UpdatedAt.gte(since)));
    stock_slip::visible_to(actor).filter(condition)
}

/// One page of the slips of `select`.
pub fn slips_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<Entity>,
    order: SlipOrder,
    page: &'a Page,
) -> Reading<'a, stock_slip::Model> {
    fetch(db, select, order.order(), page)
}

/// The slips with these ids that `actor` may see.
pub async fn slips_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[SlipId],
) -> Result<HashMap<SlipId, stock_slip::Model>, DbErr> {
    let select = stock_slip::visible_to(actor).filter(Column::Id.is_in(ids.iter().copied()));
    Ok(select.all(db).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The slip of this kind with this number, if `actor` may see it.
pub async fn slip_by_number(
    db: &impl ConnectionTrait,
    actor: &Actor,
    kind: Kind,
    number: &str,
) -> Result<Option<stock_slip::Model>, DbErr> {
    let select = stock_slip::visible_to(actor).filter(Column::Number.eq(number));
    select.filter(Column::Kind.eq(kind)).one(db).await
}
