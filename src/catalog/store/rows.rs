//! The statements that write products and what belongs to them, each for a whole set. They decide nothing.

use std::collections::HashSet;

use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};
use sea_orm::{FromQueryResult, sea_query::OnConflict};

use crate::catalog::entity::option_value::{self, OptionValueId};
use crate::catalog::entity::product::{self, ProductId};
use crate::catalog::entity::product_option::{self, ProductOptionId};
use crate::catalog::entity::product_tag;
use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::catalog::entity::variant_option_value;
use crate::kernel::db::sql::{Sql, insert_all};

/// Adds a product; `false` when another has its handle.
pub async fn insert_product(tx: &impl ConnectionTrait, row: &product::Model) -> Result<bool, DbErr> {
    let handle_is_taken = OnConflict::column(product::Column::Handle).do_nothing().to_owned();
    let added = product::Entity::insert(product::ActiveModel::from(row.clone()).reset_all())
        .on_conflict(handle_is_taken)
        .exec_without_returning(tx)
        .await?;
    Ok(added == 1)
}

/// Writes every column of a product that is at `version`; `false` when it is not any more.
pub async fn update_product(tx: &impl ConnectionTrait, row: &product::Model, version: i64) -> Result<bool, DbErr> {
    let updated = product::Entity::update_many()
        .set(product::ActiveModel::from(row.clone()).reset_all())
        .filter(product::Column::Id.eq(row.id))
        .filter(product::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Adds tags to a product.
pub async fn insert_tags(tx: &impl ConnectionTrait, product: ProductId, tags: &[&String]) -> Result<(), DbErr> {
    let rows = tags.iter().map(|tag| product_tag::Model { product_id: product, tag: (*tag).clone() });
    insert_all::<product_tag::Entity>(tx, &rows.collect::<Vec<_>>()).await
}

/// Takes tags from a product.
pub async fn delete_tags(tx: &impl ConnectionTrait, product: ProductId, tags: &[&String]) -> Result<(), DbErr> {
    if tags.is_empty() {
        return Ok(());
    }
    product_tag::Entity::delete_many()
        .filter(product_tag::Column::ProductId.eq(product))
        .filter(product_tag::Column::Tag.is_in(tags.iter().copied()))
        .exec(tx)
        .await
        .map(drop)
}

/// Adds options.
pub async fn insert_options(tx: &impl ConnectionTrait, rows: &[&product_option::Model]) -> Result<(), DbErr> {
    insert_all::<product_option::Entity>(tx, rows).await
}

/// Adds values of options.
pub async fn insert_values(tx: &impl ConnectionTrait, rows: &[&option_value::Model]) -> Result<(), DbErr> {
    insert_all::<option_value::Entity>(tx, rows).await
}

/// Adds variants, without those whose SKU another variant has; returns how many.
pub async fn insert_variants(tx: &impl ConnectionTrait, rows: &[&product_variant::Model]) -> Result<u64, DbErr> {
    if rows.is_empty() {
        return Ok(0);
    }
    // In the order of their SKUs, so that two writers who want the same ones wait in line.
    let mut rows = rows.to_vec();
    rows.sort_by(|one, other| one.sku.cmp(&other.sku));
    let rows = rows.into_iter().map(|row| product_variant::ActiveModel::from(row.clone()).reset_all());
    let sku_is_taken = OnConflict::column(product_variant::Column::Sku).do_nothing().to_owned();
    product_variant::Entity::insert_many(rows).on_conflict(sku_is_taken).exec_without_returning(tx).await
}

/// Writes the changeable columns of variants, each of which must be one version behind; returns how many were.
pub async fn update_variants(tx: &impl ConnectionTrait, rows: &[&product_variant::Model]) -> Result<u64, DbErr> {
    if rows.is_empty() {
        return Ok(0);
    }
    Sql::new(
        "WITH change (variant_id, title, sku, barcode, option_key, currency, price_minor, compare_at_minor, weight_grams, policy, most, version, \
         updated_at) AS (",
    )
    .rows(rows, |row| {
        [
            row.id.into(),
            row.title.clone().into(),
            row.sku.clone().into(),
            row.barcode.clone().into(),
            row.option_key.clone().into(),
            row.currency.into(),
            row.price_minor.into(),
            row.compare_at_minor.into(),
            row.weight_grams.into(),
            row.backorder_policy.into(),
            row.backorder_limit.into(),
            row.version.into(),
            row.updated_at.into(),
        ]
    })
    .push(
        ") UPDATE product_variants SET title = change.title, sku = change.sku, barcode = change.barcode, \
         option_key = change.option_key, currency = change.currency, price_minor = change.price_minor, \
         compare_at_minor = change.compare_at_minor, weight_grams = change.weight_grams, backorder_policy = change.policy, backorder_limit = change.most, version = change.version, \
         updated_at = change.updated_at FROM change \
         WHERE product_variants.id = change.variant_id AND product_variants.version = change.version - 1",
    )
    .execute(tx)
    .await
}

/// Removes variants; returns how many there were. A foreign key is violated when stock is or was kept of one.
pub async fn delete_variants(tx: &impl ConnectionTrait, ids: &[ProductVariantId]) -> Result<u64, DbErr> {
    if ids.is_empty() {
        return Ok(0);
    }
    let those = product_variant::Column::Id.is_in(ids.iter().copied());
    Ok(product_variant::Entity::delete_many().filter(those).exec(tx).await?.rows_affected)
}

/// Removes a product with everything that belongs to it; `false` when it is not at `version` any more. A foreign key is violated when stock is or
/// was kept of one of its variants.
pub async fn delete_product(tx: &impl ConnectionTrait, id: ProductId, version: i64) -> Result<bool, DbErr> {
    let deleted = product::Entity::delete_many()
        .filter(product::Column::Id.eq(id))
        .filter(product::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(deleted.rows_affected == 1)
}

/// The value that a variant has for an option.
#[derive(Debug, Clone, Copy)]
pub struct Selection {
    /// The variant.
    pub variant: ProductVariantId,
    /// The option.
    pub option: ProductOptionId,
    /// The value.
    pub value: OptionValueId,
}

/// Gives variants their option values, in place of those that they have.
pub async fn set_selections(
    tx: &impl ConnectionTrait,
    variants: &[ProductVariantId],
    selections: &[Selection],
) -> Result<(), DbErr> {
    if !variants.is_empty() {
        let those = variant_option_value::Column::VariantId.is_in(variants.iter().copied());
        variant_option_value::Entity::delete_many().filter(those).exec(tx).await?;
    }
    let rows = selections.iter().map(|selection| variant_option_value::Model {
        variant_id: selection.variant,
        option_id: selection.option,
        option_value_id: selection.value,
    });
    insert_all::<variant_option_value::Entity>(tx, &rows.collect::<Vec<_>>()).await
}

#[derive(FromQueryResult)]
struct Taken {
    handle: String,
}

/// The handles of products that are `handle`, or begin with it and a hyphen.
pub async fn handles_like(tx: &impl ConnectionTrait, handle: &str) -> Result<HashSet<String>, DbErr> {
    // A handle has no character that LIKE treats specially.
    let rows: Vec<Taken> = Sql::new("SELECT handle FROM products WHERE handle = ")
        .bind(handle.to_owned())
        .push(" OR handle LIKE ")
        .bind(format!("{handle}-%"))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.handle).collect())
}

#[derive(FromQueryResult)]
struct Owned {
    sku: String,
    id: ProductVariantId,
}

/// Who has these SKUs.
pub async fn owners_of_skus(
    tx: &impl ConnectionTrait,
    skus: impl IntoIterator<Item = String>,
) -> Result<std::collections::HashMap<String, ProductVariantId>, DbErr> {
    let rows: Vec<Owned> =
        Sql::new("SELECT sku, id FROM product_variants WHERE sku IN (").bind_all(skus).push(")").all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.sku, row.id)).collect())
}
