//! A node of the category tree.

use sea_orm::entity::prelude::*;

use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of a category.
    CategoryId, "category"
);

/// A row of `categories`. Everyone may see categories.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "categories")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CategoryId,
    /// The category above, or none for a root.
    pub parent_id: Option<CategoryId>,
    /// The name for people.
    pub name: String,
    /// The unique name in addresses.
    pub handle: String,
    /// Some lines for people, or empty.
    pub description: String,
    /// The place among its siblings, from 0.
    pub position: i64,
    /// Counted up by each change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Rows are joined by hand, in sets.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The categories that `actor` may see: everyone sees all of them.
pub fn visible_to(_: &Actor) -> Select<Entity> {
    Entity::find()
}
