//! What arrived of orders: written once, taken back once, listed below its order.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, Select};

use super::history::HistoryOrder;
use crate::inventory::entity::stock_adjustment::AdjustmentId;
use crate::inventory::entity::stock_order::OrderId;
use crate::inventory::entity::stock_order_line::{self, OrderLineId};
use crate::inventory::entity::stock_receipt::{self, ReceiptId};
use crate::inventory::entity::stock_receipt_line;
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::db::Tx;
use crate::kernel::db::sql::insert_later;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Group, Order, Page, ReadingGroups, count_grouped, fetch_grouped};

/// Writes receipts with their lines, at the latest with the commit.
pub async fn insert_receipts(
    tx: &Tx,
    receipts: &[stock_receipt::Model],
    lines: &[stock_receipt_line::Model],
) -> Result<(), DbErr> {
    insert_later::<stock_receipt::Entity>(tx, receipts).await?;
    insert_later::<stock_receipt_line::Entity>(tx, lines).await
}

/// Notes that a receipt was taken back; `false` when it was before.
pub async fn reverse_receipt(
    tx: &impl ConnectionTrait,
    id: ReceiptId,
    reversal: AdjustmentId,
    now: Timestamp,
) -> Result<bool, DbErr> {
    use stock_receipt::Column;
    let updated = stock_receipt::Entity::update_many()
        .col_expr(Column::ReversalId, Expr::value(Some(reversal)))
        .col_expr(Column::ReversedAt, Expr::value(Some(now)))
        .filter(Column::Id.eq(id))
        .filter(Column::ReversalId.is_null())
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// The receipts with these ids that `actor` may see.
pub async fn receipts_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[ReceiptId],
) -> Result<HashMap<ReceiptId, stock_receipt::Model>, DbErr> {
    let select = stock_receipt::visible_to(actor);
    let rows = select.filter(stock_receipt::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// A line of a receipt beside the line of the order that it belongs to.
pub type ReceiptLine = (stock_receipt_line::Model, stock_order_line::Model);

/// The lines of these receipts that `actor` may see, in the order of the lines of their orders.
pub async fn lines_of_receipts(
    db: &impl ConnectionTrait,
    actor: &Actor,
    receipts: &[ReceiptId],
) -> Result<HashMap<ReceiptId, Vec<ReceiptLine>>, DbErr> {
    use stock_receipt_line::Column;
    let select = stock_receipt_line::visible_to(actor).filter(Column::ReceiptId.is_in(receipts.iter().copied()));
    let rows = select.all(db).await?;
    let ids: BTreeSet<OrderLineId> = rows.iter().map(|row| row.line_id).collect();
    let of_orders = stock_order_line::visible_to(actor).filter(stock_order_line::Column::Id.is_in(ids)).all(db).await?;
    let of_orders: HashMap<OrderLineId, stock_order_line::Model> =
        of_orders.into_iter().map(|line| (line.id, line)).collect();
    let mut found: HashMap<ReceiptId, Vec<ReceiptLine>> = HashMap::new();
    for row in rows {
        if let Some(of_order) = of_orders.get(&row.line_id) {
            found.entry(row.receipt_id).or_default().push((row, of_order.clone()));
        }
    }
    for lines in found.values_mut() {
        lines.sort_by_key(|(_, of_order)| of_order.position);
    }
    Ok(found)
}

fn of_orders(actor: &Actor, orders: &[OrderId]) -> Select<stock_receipt::Entity> {
    stock_receipt::visible_to(actor).filter(stock_receipt::Column::OrderId.is_in(orders.iter().copied()))
}

/// The same page of the receipts of each of these orders that `actor` may see.
pub fn receipts_of_orders<'a>(
    db: &'a impl ConnectionTrait,
    actor: &Actor,
    orders: &[OrderId],
    order: HistoryOrder,
    page: &'a Page,
) -> ReadingGroups<'a, OrderId, stock_receipt::Model> {
    use stock_receipt::{Column, Entity};
    let (name, descending) = order.name();
    let order = Order {
        name,
        column: Some(Expr::col((Entity, Column::CreatedAt))),
        nullable: false,
        id: Expr::col((Entity, Column::Id)),
        descending,
        key: |row: &stock_receipt::Model| Key::Int(row.created_at.0),
        row_id: |row| row.id.0,
        parts: None,
    };
    let parent = |row: &stock_receipt::Model| row.order_id;
    let group = Group { parents: orders, column: Column::OrderId, parent };
    fetch_grouped(db, stock_receipt::visible_to(actor), group, order, page)
}

/// How many receipts of each of these orders `actor` may see.
pub async fn receipt_counts(
    db: &impl ConnectionTrait,
    actor: &Actor,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, u64>, DbErr> {
    let counts = count_grouped(db, of_orders(actor, orders), stock_receipt::Column::OrderId).await?;
    Ok(counts.into_iter().map(|(order, count)| (OrderId(order), count)).collect())
}
