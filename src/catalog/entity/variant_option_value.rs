//! Which value a variant has for an option.

use sea_orm::entity::prelude::*;

use super::option_value::OptionValueId;
use super::product_option::ProductOptionId;
use super::product_variant::ProductVariantId;

/// A row of `variant_option_values`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "variant_option_values")]
pub struct Model {
    /// The variant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub variant_id: ProductVariantId,
    /// The option.
    #[sea_orm(primary_key, auto_increment = false)]
    pub option_id: ProductOptionId,
    /// The value.
    pub option_value_id: OptionValueId,
}

/// Rows are joined by hand, in sets.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
