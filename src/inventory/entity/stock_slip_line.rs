//! Units of one variant at one location, on a slip. Never edited: a slip that is wrong is cancelled or taken back.

use sea_orm::entity::prelude::*;

use super::location::{self, LocationId};
use super::stock_level::Slot;
use super::stock_level::condition::Condition;
use super::stock_slip::SlipId;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::actor::Actor;

/// A row of `stock_slip_lines`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_slip_lines")]
pub struct Model {
    /// The slip.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slip_id: SlipId,
    /// Its number on the slip, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i64,
    /// The variant.
    pub variant_id: ProductVariantId,
    /// The location.
    pub location_id: LocationId,
    /// The condition of the units.
    pub condition: Condition,
    /// How many; at least one.
    pub quantity: i64,
}

impl Model {
    /// The level that it changes.
    pub fn slot(&self) -> Slot {
        Slot { variant: self.variant_id, location: self.location_id }
    }
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The lines that `actor` may see. Every read of lines on behalf of someone starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}
