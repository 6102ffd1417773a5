//! One variant in a stock count: what the books said when it was put on the list, and what the entries say together.

use sea_orm::entity::prelude::*;

use super::location::LocationId;
use super::stock_count::{self, CountId};
use super::stock_level::Slot;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::actor::Actor;

crate::id!(
    /// The id of a line of a stock count.
    CountLineId, "countline"
);

/// A row of `stock_count_lines`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_count_lines")]
#[expect(clippy::struct_excessive_bools, reason = "the columns of a table")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CountLineId,
    /// The count.
    pub count_id: CountId,
    /// The location of the count.
    pub location_id: LocationId,
    /// The variant.
    pub variant_id: ProductVariantId,
    /// The variant's SKU when it was put on the list.
    pub sku: String,
    /// Whether the count is under way: a level is counted by one open count at a time.
    pub is_open: bool,
    /// Whether a counter put it on the list.
    pub is_unexpected: bool,
    /// The last round in which it is counted.
    pub round: i64,
    /// What the entries of that round say.
    pub standing: Standing,
    /// Units on hand by the books when it was put on the list.
    pub expected_on_hand: i64,
    /// Damaged units by the books.
    pub expected_damaged: i64,
    /// Units in quality control by the books.
    pub expected_quality_control: i64,
    /// The version of the level at that moment; 0 when there was none.
    pub expected_version: i64,
    /// What was found beyond the books of the moment of the entries; of a line that nobody counted, what it would be had nothing been found when
    /// counting ended.
    pub variance_on_hand: i64,
    /// The same of damaged units.
    pub variance_damaged: i64,
    /// The same of units in quality control.
    pub variance_quality_control: i64,
    /// Whether it was counted and something differs.
    pub has_variance: bool,
    /// The version of the level at the first moment that the variance speaks of.
    pub since_version: i64,
    /// Whether the variance was posted.
    pub is_posted: bool,
}

/// Where a line of a count stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Standing {
    /// Nobody has counted it in its round.
    #[sea_orm(string_value = "UNCOUNTED")]
    Uncounted,
    /// It is counted, and whoever counted agrees.
    #[sea_orm(string_value = "COUNTED")]
    Counted,
    /// It is counted, and those who counted disagree.
    #[sea_orm(string_value = "DISPUTED")]
    Disputed,
}

impl Model {
    /// The level that is counted.
    pub fn slot(&self) -> Slot {
        Slot { variant: self.variant_id, location: self.location_id }
    }
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The lines that `actor` may see: which variants are counted, not their numbers. Every read of lines on behalf of someone starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if stock_count::may_see_counts(actor) { all } else { all.filter(Expr::value(false)) }
}
