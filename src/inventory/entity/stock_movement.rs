//! One change of one level: a row of the ledger. Never edited; a mistake is corrected by another movement.

use sea_orm::entity::prelude::*;

use super::location::{self, LocationId};
use super::stock_adjustment::{AdjustmentId, Reason};
use super::stock_level::Slot;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of a stock movement.
    MovementId, "movement"
);

/// A row of `stock_movements`. It is also a part of recorded outcomes, hence serde.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "stock_movements")]
pub struct Model {
    /// The id, ordered by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MovementId,
    /// The adjustment that it belongs to.
    pub adjustment_id: AdjustmentId,
    /// Its number in the adjustment, from 1.
    pub line: i64,
    /// The variant.
    pub variant_id: ProductVariantId,
    /// The location.
    pub location_id: LocationId,
    /// Which number of the level changed.
    pub state: State,
    /// By how much; never zero.
    pub delta: i64,
    /// What the number was afterwards.
    pub balance_after: i64,
    /// The version of the level afterwards: movements of one level are numbered without a gap.
    pub level_version: i64,
    /// Why.
    pub reason: Reason,
    /// The document behind it.
    pub reference: Option<String>,
    /// The user who made it.
    pub actor_id: Option<UserId>,
    /// When. Along the movements of one level, time never goes back.
    pub created_at: Timestamp,
}

impl Model {
    /// The level that it changed.
    pub fn slot(&self) -> Slot {
        Slot { variant: self.variant_id, location: self.location_id }
    }

    /// The units on hand afterwards, when these changed.
    pub fn on_hand_after(&self) -> Option<i64> {
        (self.state == State::OnHand).then_some(self.balance_after)
    }
}

/// Which number of a level a movement changes.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    serde::Serialize,
    serde::Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// The units that are there.
    #[default]
    #[sea_orm(string_value = "ON_HAND")]
    OnHand,
    /// Those of them that are promised to someone.
    #[sea_orm(string_value = "RESERVED")]
    Reserved,
    /// Those of them that are damaged.
    #[sea_orm(string_value = "DAMAGED")]
    Damaged,
    /// Those of them that wait for a check of their quality.
    #[sea_orm(string_value = "QUALITY_CONTROL")]
    QualityControl,
    /// The units on their way here.
    #[sea_orm(string_value = "INCOMING")]
    Incoming,
}

impl State {
    /// Every state, in the order in which the movements of one level are written.
    pub const ALL: [Self; 5] = [Self::OnHand, Self::Reserved, Self::Damaged, Self::QualityControl, Self::Incoming];
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The movements that `actor` may see. Every read of movements on behalf of someone starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}
