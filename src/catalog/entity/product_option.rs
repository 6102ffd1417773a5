//! An option of a product, such as its size.

use sea_orm::entity::prelude::*;

use super::product::{self, ProductId};
use crate::kernel::actor::Actor;

crate::id!(
    /// The id of an option of a product.
    ProductOptionId, "option"
);

/// A row of `product_options`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_options")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductOptionId,
    /// The product.
    pub product_id: ProductId,
    /// The name for customers.
    pub name: String,
    /// The place among the options, from 1.
    pub position: i64,
}

/// Rows are joined by hand, in sets.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The options that `actor` may see: those of the products that they may see.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    product::with_visible(actor, Entity::find(), Column::ProductId)
}
