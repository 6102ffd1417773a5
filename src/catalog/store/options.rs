//! Finders of options, their values, and which values a variant has.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, FromQueryResult, QueryFilter as _, QueryOrder as _};

use crate::catalog::entity::option_value::{self, OptionValueId};
use crate::catalog::entity::product::ProductId;
use crate::catalog::entity::product_option::{self, ProductOptionId};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::actor::Actor;
use crate::kernel::db::sql::Sql;

/// The options with these ids that `actor` may see.
pub async fn options_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[ProductOptionId],
) -> Result<HashMap<ProductOptionId, product_option::Model>, DbErr> {
    let of_these = product_option::Column::Id.is_in(ids.iter().copied());
    let rows = product_option::visible_to(actor).filter(of_these).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The values with these ids that `actor` may see.
pub async fn values_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[OptionValueId],
) -> Result<HashMap<OptionValueId, option_value::Model>, DbErr> {
    let of_these = option_value::Column::Id.is_in(ids.iter().copied());
    let rows = option_value::visible_to(actor).filter(of_these).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The options of each of these products, in their order, as far as `actor` may see them.
pub async fn options_of_products(
    db: &impl ConnectionTrait,
    actor: &Actor,
    products: &[ProductId],
) -> Result<HashMap<ProductId, Vec<product_option::Model>>, DbErr> {
    let rows = product_option::visible_to(actor)
        .filter(product_option::Column::ProductId.is_in(products.iter().copied()))
        .order_by_asc(product_option::Column::Position)
        .order_by_asc(product_option::Column::Id)
        .all(db)
        .await?;
    let mut options: HashMap<ProductId, Vec<product_option::Model>> = HashMap::new();
    for row in rows {
        options.entry(row.product_id).or_default().push(row);
    }
    Ok(options)
}

/// The values of each of these options, in their order, as far as `actor` may see them.
pub async fn values_of_options(
    db: &impl ConnectionTrait,
    actor: &Actor,
    options: &[ProductOptionId],
) -> Result<HashMap<ProductOptionId, Vec<option_value::Model>>, DbErr> {
    let rows = option_value::visible_to(actor)
        .filter(option_value::Column::OptionId.is_in(options.iter().copied()))
        .order_by_asc(option_value::Column::Position)
        .order_by_asc(option_value::Column::Id)
        .all(db)
        .await?;
    let mut values: HashMap<ProductOptionId, Vec<option_value::Model>> = HashMap::new();
    for row in rows {
        values.entry(row.option_id).or_default().push(row);
    }
    Ok(values)
}

/// Which value a variant has for one option.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct SelectedOption {
    variant_id: ProductVariantId,
    /// The option's name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// The option values of each of these variants, in the order of the options. Whoever may see a variant may see them.
pub async fn selected_options(
    db: &impl ConnectionTrait,
    variants: &[ProductVariantId],
) -> Result<HashMap<ProductVariantId, Vec<SelectedOption>>, DbErr> {
    // PostgreSQL refuses an empty list.
    if variants.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<SelectedOption> = Sql::new(
        "SELECT s.variant_id AS variant_id, o.name AS name, v.value AS value
           FROM variant_option_values s
           JOIN product_options o ON o.id = s.option_id
           JOIN product_option_values v ON v.id = s.option_value_id
          WHERE s.variant_id IN (",
    )
    .bind_all(variants.iter().copied())
    .push(") ORDER BY o.position, o.id")
    .all(db)
    .await?;
    let mut selected: HashMap<ProductVariantId, Vec<SelectedOption>> = HashMap::new();
    for row in rows {
        selected.entry(row.variant_id).or_default().push(row);
    }
    Ok(selected)
}
