//! Writing orders for stock and their lines. They decide nothing; only the commands of orders call them, under the lock of the order.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::inventory::entity::stock_order::{self, Kind, OrderId};
use crate::inventory::entity::stock_order_line;
use crate::kernel::actor::Actor;
use crate::kernel::db::Tx;
use crate::kernel::db::sql::{Sql, insert_later};

/// Writes a new order.
pub async fn insert_order(tx: &impl ConnectionTrait, order: &stock_order::Model) -> Result<(), DbErr> {
    let row = stock_order::ActiveModel::from(order.clone()).reset_all();
    stock_order::Entity::insert(row).exec_without_returning(tx).await.map(drop)
}

/// The order of this kind with its lines in their order, locked until the transaction ends: it moves on only here.
pub async fn lock_order(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    kind: Kind,
    id: OrderId,
) -> Result<Option<(stock_order::Model, Vec<stock_order_line::Model>)>, DbErr> {
    use stock_order::Column;
    let select = stock_order::visible_to(actor).filter(Column::Id.eq(id)).filter(Column::Kind.eq(kind));
    let Some(order) = select.lock_exclusive().one(tx).await? else { return Ok(None) };
    let lines = stock_order_line::visible_to(actor)
        .filter(stock_order_line::Column::OrderId.eq(id))
        .order_by_asc(stock_order_line::Column::Position)
        .all(tx)
        .await?;
    Ok(Some((order, lines)))
}

/// Moves a locked order on from version `before`; `false` when it has another version.
pub async fn update_order(
    tx: &impl ConnectionTrait,
    before: &stock_order::Model,
    after: &stock_order::Model,
) -> Result<bool, DbErr> {
    use stock_order::Column;
    let updated = stock_order::Entity::update_many()
        .col_expr(Column::Status, Expr::value(after.status))
        .col_expr(Column::LocationId, Expr::value(after.location_id))
        .col_expr(Column::SourceId, Expr::value(after.source_id))
        .col_expr(Column::Supplier, Expr::value(after.supplier.clone()))
        .col_expr(Column::Currency, Expr::value(after.currency))
        .col_expr(Column::ExpectedAt, Expr::value(after.expected_at))
        .col_expr(Column::ExternalReference, Expr::value(after.external_reference.clone()))
        .col_expr(Column::Note, Expr::value(after.note.clone()))
        .col_expr(Column::Version, Expr::value(after.version))
        .col_expr(Column::UpdatedAt, Expr::value(after.updated_at))
        .col_expr(Column::OpenedAt, Expr::value(after.opened_at))
        .col_expr(Column::ClosedAt, Expr::value(after.closed_at))
        .filter(Column::Id.eq(before.id))
        .filter(Column::Version.eq(before.version))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Writes new lines, at the latest with the commit.
pub async fn insert_order_lines(tx: &Tx, lines: &[stock_order_line::Model]) -> Result<(), DbErr> {
    insert_later::<stock_order_line::Entity>(tx, lines).await
}

/// Takes away the lines of a draft; nothing refers to them yet.
pub async fn delete_order_lines(tx: &impl ConnectionTrait, order: OrderId) -> Result<u64, DbErr> {
    let lines = stock_order_line::Entity::delete_many().filter(stock_order_line::Column::OrderId.eq(order));
    lines.exec(tx).await.map(|deleted| deleted.rows_affected)
}

/// Writes what became of the units of these lines; returns how many lines took it.
pub async fn update_order_lines(tx: &impl ConnectionTrait, lines: &[stock_order_line::Model]) -> Result<u64, DbErr> {
    if lines.is_empty() {
        return Ok(0);
    }
    Sql::new("WITH change (line_id, sound, broken, checked, gone, given_up) AS (")
        .rows(lines, |line| {
            [
                line.id.into(),
                line.accepted.into(),
                line.damaged.into(),
                line.quality_control.into(),
                line.lost.into(),
                line.cancelled.into(),
            ]
        })
        .push(
            ") UPDATE stock_order_lines SET accepted = change.sound, damaged = change.broken, quality_control = change.checked, \
             lost = change.gone, cancelled = change.given_up FROM change WHERE stock_order_lines.id = change.line_id",
        )
        .execute(tx)
        .await
}
