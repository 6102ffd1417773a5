//! What arrived of an order at once, or turned out to be lost. A wrong one is reversed, never edited.

use sea_orm::entity::prelude::*;

use super::location;
use super::stock_adjustment::AdjustmentId;
use super::stock_order::OrderId;
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of a receipt.
    ReceiptId, "receipt"
);

/// A row of `stock_receipts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_receipts")]
pub struct Model {
    /// The id, ordered by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReceiptId,
    /// The order.
    pub order_id: OrderId,
    /// The adjustment that it made.
    pub adjustment_id: AdjustmentId,
    /// The adjustment that took it back.
    pub reversal_id: Option<AdjustmentId>,
    /// The number of the delivery note.
    pub delivery_note: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// The user who took the units in.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// When it was taken back.
    pub reversed_at: Option<Timestamp>,
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The receipts that `actor` may see. Every read of a receipt starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}
