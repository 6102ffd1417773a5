//! A value of an option, such as the size «large».

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{QuerySelect as _, QueryTrait as _};

use super::product_option::{self, ProductOptionId};
use crate::kernel::actor::{Actor, Permission};

crate::id!(
    /// The id of a value of an option.
    OptionValueId, "optionvalue"
);

/// A row of `product_option_values`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product_option_values")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OptionValueId,
    /// The option.
    pub option_id: ProductOptionId,
    /// The value for customers.
    pub value: String,
    /// The place among the values, from 1.
    pub position: i64,
}

/// Rows are joined by hand, in sets.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The values that `actor` may see: those of the options that they may see.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if actor.may(Permission::ReadCatalog) {
        return all;
    }
    let theirs = Expr::col((product_option::Entity, product_option::Column::Id)).equals((Entity, Column::OptionId));
    let option = product_option::visible_to(actor).select_only().column(product_option::Column::Id).filter(theirs);
    all.filter(Expr::exists(option.into_query()))
}
