//! One variant of an order: how many units were ordered, and what became of them.

use sea_orm::entity::prelude::*;

use super::location;
use super::stock_order::{OrderId, Status};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::actor::Actor;

crate::id!(
    /// The id of a line of an order.
    OrderLineId, "order_line"
);

/// A row of `stock_order_lines`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_order_lines")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderLineId,
    /// The order.
    pub order_id: OrderId,
    /// Its place in the order, from 1.
    pub position: i64,
    /// The variant, which no other line of the order has.
    pub variant_id: ProductVariantId,
    /// Units that were ordered, or shipped.
    pub ordered: i64,
    /// Units that arrived sound.
    pub accepted: i64,
    /// Units that arrived damaged.
    pub damaged: i64,
    /// Units that arrived and wait for a check of their quality.
    pub quality_control: i64,
    /// Units that were lost on the way.
    pub lost: i64,
    /// Units that were given up, or came back.
    pub cancelled: i64,
    /// What one unit costs, in minor units of the order's currency.
    pub unit_cost_minor: Option<i64>,
}

impl Model {
    /// Units that arrived, in whatever condition.
    pub fn received(&self) -> i64 {
        self.accepted.saturating_add(self.damaged).saturating_add(self.quality_control)
    }

    /// Units that are still to come, once the order is on its way. More may arrive than were ordered.
    pub fn outstanding(&self) -> i64 {
        let settled = self.received().saturating_add(self.lost).saturating_add(self.cancelled);
        self.ordered.saturating_sub(settled).max(0)
    }

    /// Units that are on their way when the order is in this state.
    pub fn outstanding_in(&self, status: Status) -> i64 {
        match status {
            Status::Draft | Status::Received | Status::Closed | Status::Cancelled => 0,
            Status::Open | Status::PartiallyReceived => self.outstanding(),
        }
    }
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The lines that `actor` may see: those of the orders that they may see. Every read of lines on behalf of someone starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}
