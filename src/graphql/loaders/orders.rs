//! Loaders of purchase orders and transfers, with their lines and receipts.

use std::collections::HashMap;

use sea_orm::DbErr;

use super::nested::{self, Nested, NestedPage};
use super::{Scope, loader};
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_order::{self, OrderId};
use crate::inventory::entity::stock_order_line;
use crate::inventory::entity::stock_receipt::{self, ReceiptId};
use crate::inventory::store::{self, HistoryOrder, Incoming, ReceiptLine};

async fn orders(scope: &Scope, keys: &[OrderId]) -> Result<HashMap<OrderId, Option<stock_order::Model>>, DbErr> {
    let found = store::orders_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Purchase orders and transfers by id.
    StockOrderById,
    StockOrderByIdBatch,
    OrderId => Option<stock_order::Model>,
    orders
);

async fn order_lines(scope: &Scope, keys: &[OrderId]) -> Result<HashMap<OrderId, Vec<stock_order_line::Model>>, DbErr> {
    store::lines_of_orders(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// The lines of a purchase order or a transfer, in their order.
    LinesOfOrder,
    LinesOfOrderBatch,
    OrderId => Vec<stock_order_line::Model>,
    order_lines
);

async fn receipts(
    scope: &Scope,
    keys: &[ReceiptId],
) -> Result<HashMap<ReceiptId, Option<stock_receipt::Model>>, DbErr> {
    let found = store::receipts_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Receipts by id.
    ReceiptById,
    ReceiptByIdBatch,
    ReceiptId => Option<stock_receipt::Model>,
    receipts
);

async fn receipt_lines(scope: &Scope, keys: &[ReceiptId]) -> Result<HashMap<ReceiptId, Vec<ReceiptLine>>, DbErr> {
    store::lines_of_receipts(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// The lines of a receipt, in the order of those of its order.
    LinesOfReceipt,
    LinesOfReceiptBatch,
    ReceiptId => Vec<ReceiptLine>,
    receipt_lines
);

type OfOrder = Nested<OrderId, HistoryOrder>;

async fn receipts_of_orders(
    scope: &Scope,
    keys: &[OfOrder],
) -> Result<HashMap<OfOrder, NestedPage<stock_receipt::Model>>, DbErr> {
    let (db, actor) = (scope.db.read(), &scope.actor);
    let read =
        |orders: Vec<_>, order, page| async move { store::receipts_of_orders(db, actor, &orders, order, &page).await };
    nested::pages(keys, read).await
}

loader!(
    /// A page of the receipts of an order.
    ReceiptsOfOrder,
    ReceiptsOfOrderBatch,
    OfOrder => NestedPage<stock_receipt::Model>,
    receipts_of_orders
);

async fn receipt_counts(scope: &Scope, keys: &[OrderId]) -> Result<HashMap<OrderId, u64>, DbErr> {
    store::receipt_counts(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// How many receipts an order has.
    ReceiptCount,
    ReceiptCountBatch,
    OrderId => u64,
    receipt_counts
);

async fn incoming_of(scope: &Scope, keys: &[Slot]) -> Result<HashMap<Slot, Vec<Incoming>>, DbErr> {
    store::incoming_of(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// The orders behind what is on its way to a level.
    IncomingOfLevel,
    IncomingOfLevelBatch,
    Slot => Vec<Incoming>,
    incoming_of
);
