//! How many units of one line of an order came with a receipt, by condition. Never edited.

use sea_orm::entity::prelude::*;

use super::location;
use super::stock_order_line::OrderLineId;
use super::stock_receipt::ReceiptId;
use crate::kernel::actor::Actor;

/// A row of `stock_receipt_lines`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_receipt_lines")]
pub struct Model {
    /// The receipt.
    #[sea_orm(primary_key, auto_increment = false)]
    pub receipt_id: ReceiptId,
    /// The line of the order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_id: OrderLineId,
    /// Units that arrived sound.
    pub accepted: i64,
    /// Units that arrived damaged.
    pub damaged: i64,
    /// Units that arrived and wait for a check of their quality.
    pub quality_control: i64,
    /// Units that were lost on the way.
    pub lost: i64,
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The lines that `actor` may see: those of the receipts that they may see. Every read of lines on behalf of someone starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}
