//! The rows of stock counts: planned, locked, moved on. The numbers of their lines are written elsewhere.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};
use uuid::Uuid;

use crate::inventory::entity::stock_count::{self, Column, CountId, Entity};
use crate::kernel::actor::Actor;
use crate::kernel::db::sql::Sql;

/// What a count names to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeKind {
    /// A variant, whether or not the location has had it.
    Variant,
    /// The variants of a product that have a level at the location.
    Product,
    /// The variants of the products in a category or below it that have a level at the location.
    Category,
}

impl ScopeKind {
    fn name(self) -> &'static str {
        match self {
            Self::Variant => "VARIANT",
            Self::Product => "PRODUCT",
            Self::Category => "CATEGORY",
        }
    }
}

/// Writes a planned count with what it names.
pub async fn insert_count(
    tx: &impl ConnectionTrait,
    row: &stock_count::Model,
    scope: &[(ScopeKind, Uuid)],
) -> Result<(), DbErr> {
    let model = stock_count::ActiveModel::from(row.clone()).reset_all();
    Entity::insert(model).exec_without_returning(tx).await?;
    if scope.is_empty() {
        return Ok(());
    }
    Sql::new("INSERT INTO stock_count_scopes (count_id, kind, object_id) ")
        .rows(scope, |(kind, object)| [row.id.into(), kind.name().into(), (*object).into()])
        .push(" ON CONFLICT DO NOTHING")
        .execute(tx)
        .await
        .map(drop)
}

/// The count, locked until the transaction ends: it moves on only here, and nothing is entered meanwhile.
pub async fn lock_count(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    id: CountId,
) -> Result<Option<stock_count::Model>, DbErr> {
    stock_count::visible_to(actor).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// The count, which stays as it is until the transaction ends. Any number of counters may hold it at once.
pub async fn hold_count(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    id: CountId,
) -> Result<Option<stock_count::Model>, DbErr> {
    stock_count::visible_to(actor).filter(Column::Id.eq(id)).lock_shared().one(tx).await
}

/// Moves a locked count on from version `before`; `false` when it has another version.
pub async fn update_count(
    tx: &impl ConnectionTrait,
    before: &stock_count::Model,
    after: &stock_count::Model,
) -> Result<bool, DbErr> {
    let updated = Entity::update_many()
        .col_expr(Column::Status, Expr::value(after.status))
        .col_expr(Column::Round, Expr::value(after.round))
        .col_expr(Column::Version, Expr::value(after.version))
        .col_expr(Column::UpdatedAt, Expr::value(after.updated_at))
        .col_expr(Column::StartedAt, Expr::value(after.started_at))
        .col_expr(Column::ClosedAt, Expr::value(after.closed_at))
        .filter(Column::Id.eq(before.id))
        .filter(Column::Version.eq(before.version))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}
