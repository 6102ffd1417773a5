//! What one counter found of one variant, with what the books said at that moment. Never edited: counting again makes another entry.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QuerySelect as _, QueryTrait as _};

use super::location;
use super::stock_count::{self, CountId, Status};
use super::stock_count_line::CountLineId;
use crate::kernel::actor::{Actor, Permission, UserId};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of an entry of a stock count.
    CountEntryId, "countentry"
);

/// A row of `stock_count_entries`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_count_entries")]
pub struct Model {
    /// The id, ordered by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CountEntryId,
    /// The count.
    pub count_id: CountId,
    /// The line.
    pub line_id: CountLineId,
    /// The round in which it was made.
    pub round: i64,
    /// Who counted.
    pub counter_id: UserId,
    /// Units found, in whatever condition.
    pub on_hand: i64,
    /// Damaged units of these.
    pub damaged: i64,
    /// Units of these that wait for a check of their quality.
    pub quality_control: i64,
    /// Units on hand by the books at that moment.
    pub books_on_hand: i64,
    /// Damaged units by the books.
    pub books_damaged: i64,
    /// Units in quality control by the books.
    pub books_quality_control: i64,
    /// The version of the level at that moment; 0 when there was none.
    pub level_version: i64,
    /// When.
    pub created_at: Timestamp,
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The entries that `actor` may see: their own, and those of others once nobody counts, if they may see stock. Every read of entries on behalf of
/// someone starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let mut visible = Condition::any().add(Expr::value(false));
    if let Some(own) = actor.user_id().filter(|_| actor.may(Permission::CountStock) || location::may_see_stock(actor)) {
        visible = visible.add(Column::CounterId.eq(own));
    }
    if location::may_see_stock(actor) {
        let settled = stock_count::Entity::find()
            .select_only()
            .column(stock_count::Column::Id)
            .filter(stock_count::Column::Status.ne(Status::Counting));
        visible = visible.add(Column::CountId.in_subquery(settled.into_query()));
    }
    Entity::find().filter(visible)
}
