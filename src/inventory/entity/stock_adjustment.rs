//! A group of movements that were made together: all or nothing, for one reason, by one actor. Never edited.

use sea_orm::entity::prelude::*;

use super::location;
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of a stock adjustment.
    AdjustmentId, "adjustment"
);

/// A row of `stock_adjustments`. It is also a part of recorded outcomes, hence serde.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "stock_adjustments")]
pub struct Model {
    /// The id, ordered by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AdjustmentId,
    /// How it was asked for.
    pub kind: Kind,
    /// Why.
    pub reason: Reason,
    /// The document behind it, such as an order number.
    pub reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// The user who made it.
    pub actor_id: Option<UserId>,
    /// The part of the server that made it, when no user did.
    pub actor_name: Option<String>,
    /// The request that made it.
    pub request_id: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How an adjustment was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// By changes, up or down.
    #[sea_orm(string_value = "ADJUST")]
    Adjust,
    /// By absolute numbers.
    #[sea_orm(string_value = "SET")]
    Set,
    /// From location to location.
    #[sea_orm(string_value = "MOVE")]
    Move,
    /// From condition to condition at one location.
    #[sea_orm(string_value = "RECLASSIFY")]
    Reclassify,
}

/// Why stock changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// Goods came in from a supplier.
    #[sea_orm(string_value = "RECEIVED")]
    Received,
    /// Sold.
    #[sea_orm(string_value = "SOLD")]
    Sold,
    /// A customer sent it back.
    #[sea_orm(string_value = "RETURNED")]
    Returned,
    /// Broken or spoiled.
    #[sea_orm(string_value = "DAMAGED")]
    Damaged,
    /// Stolen or not to be found.
    #[sea_orm(string_value = "LOST")]
    Lost,
    /// Looked at: sound after all, or not.
    #[sea_orm(string_value = "INSPECTED")]
    Inspected,
    /// Turned up again.
    #[sea_orm(string_value = "FOUND")]
    Found,
    /// Given away: samples, gifts, own use.
    #[sea_orm(string_value = "GIVEN_AWAY")]
    GivenAway,
    /// Made or taken apart in house.
    #[sea_orm(string_value = "PRODUCED")]
    Produced,
    /// Somebody counted.
    #[sea_orm(string_value = "COUNT")]
    Count,
    /// Mends an earlier mistake.
    #[sea_orm(string_value = "CORRECTION")]
    Correction,
    /// Moved between locations.
    #[sea_orm(string_value = "TRANSFER")]
    Transfer,
    /// What was there when stock began to be kept here.
    #[sea_orm(string_value = "OPENING_STOCK")]
    OpeningStock,
    /// Something else; the note says what.
    #[sea_orm(string_value = "OTHER")]
    Other,
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The adjustments that `actor` may see. Every read of adjustments on behalf of someone starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}
