//! A value of an option, such as the size «large».

use sea_orm::entity::prelude::*;

use super::product_option::ProductOptionId;

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
