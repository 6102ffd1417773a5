//! Stores the difference between a product as it was and as a write wants it to be, with its audit entries and events. Where nothing differs,
//! nothing is written. The number of statements does not depend on the number of variants, options or tags.

use std::collections::{HashMap, HashSet};

use sea_orm::DbErr;

use super::announce;
use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::catalog::error::{CatalogError, Named};
use crate::catalog::rules::Handle;
use crate::catalog::rules::whole::{Touched, VariantState, Whole};
use crate::catalog::store::rows::{self, Selection};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::db::constraint::{self, Violation};
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::write::Cx;

type Refusable<T> = Result<T, Failure<CatalogError>>;

/// How often another free handle is looked for when others take it first. Each loss is to a product that another
/// transaction has committed, so there are no more of them than products created at once; the limit is far above.
const ATTEMPTS: usize = 1_000;

/// Stores a new product; a handle that was made from the title gives way to one that is taken.
pub async fn create(cx: &mut Cx<'_>, mut after: Whole, handle_is_given: bool, touched: &[Touched]) -> Refusable<Whole> {
    insert_product(cx, &mut after, handle_is_given).await?;
    let before = Whole { tags: Vec::new(), options: Vec::new(), variants: Vec::new(), product: after.product.clone() };
    write_parts(cx, &before, &after, touched).await?;
    let row = &after.product;
    let changes = Changes::new()
        .set("title", &row.title)
        .set("handle", &row.handle)
        .set("description", &row.description)
        .set("status", &row.status)
        .set("vendor", &row.vendor)
        .set("productType", &row.product_type)
        .set("categoryId", &row.category_id)
        .set("tags", &after.tags)
        .set("options", &announce::option_texts(&after));
    cx.audit(Entry::new("product.create", row.id, changes));
    announce::product(cx, "product.created", &after)?;
    announce::variants(cx, &before, &after)?;
    Ok(after)
}

/// Stores what a write changed of a product that is locked; returns it as it is now.
pub async fn update(cx: &mut Cx<'_>, before: &Whole, mut after: Whole, touched: &[Touched]) -> Refusable<Whole> {
    count_versions(cx, before, &mut after);
    if *before == after {
        return Ok(after);
    }
    if before.product != after.product {
        let updated = rows::update_product(cx.tx, &after.product, before.product.version).await;
        if !updated.map_err(refusal_of_product)? {
            return Err(Fault::Internal("a locked product has changed".to_owned()).into());
        }
    }
    write_parts(cx, before, &after, touched).await?;
    if before.product != after.product {
        let (old, new) = (&before.product, &after.product);
        let changes = Changes::new()
            .field("title", &old.title, &new.title)
            .field("handle", &old.handle, &new.handle)
            .field("description", &old.description, &new.description)
            .field("status", &old.status, &new.status)
            .field("vendor", &old.vendor, &new.vendor)
            .field("productType", &old.product_type, &new.product_type)
            .field("categoryId", &old.category_id, &new.category_id)
            .field("tags", &before.tags, &after.tags)
            .field("options", &announce::option_texts(before), &announce::option_texts(&after))
            .field("variantIds", &variant_ids(before), &variant_ids(&after));
        cx.audit(Entry::new("product.update", new.id, changes));
        announce::product(cx, "product.updated", &after)?;
    }
    announce::variants(cx, before, &after)?;
    Ok(after)
}

/// Counts up the version of whatever differs. A product's version also counts its tags, its options and which variants it has.
fn count_versions(cx: &Cx<'_>, before: &Whole, after: &mut Whole) {
    let own = before.product != after.product || before.tags != after.tags || before.options != after.options;
    if own || variant_ids(before) != variant_ids(after) {
        after.product.version = before.product.version.saturating_add(1);
        after.product.updated_at = cx.now;
    }
    for variant in &mut after.variants {
        if find(before, variant.row.id).is_some_and(|old| old != variant) {
            variant.row.version = variant.row.version.saturating_add(1);
            variant.row.updated_at = cx.now;
        }
    }
}

async fn insert_product(cx: &Cx<'_>, after: &mut Whole, handle_is_given: bool) -> Refusable<()> {
    let wished = after.product.handle.clone();
    for _ in 0..ATTEMPTS {
        if rows::insert_product(cx.tx, &after.product).await.map_err(refusal_of_product)? {
            return Ok(());
        }
        if handle_is_given {
            return Err(Failure::refused("input.handle", CatalogError::HandleTaken(Named::Product)));
        }
        let taken = rows::handles_like(cx.tx, &wished).await?;
        let free = Handle::parse(&wished).map(|handle| handle.unique_among(&taken));
        free.map_err(|error| Fault::Internal(error.to_string()))?.as_str().clone_into(&mut after.product.handle);
    }
    Err(Fault::Unavailable("others keep taking the handles of a new product".to_owned()).into())
}

fn refusal_of_product(error: DbErr) -> Failure<CatalogError> {
    match constraint::violated(&error) {
        Some(Violation::Unique(name)) if name == "uq_products_handle" => {
            Failure::refused("input.handle", CatalogError::HandleTaken(Named::Product))
        }
        Some(Violation::ForeignKey) => Failure::refused("input.categoryId", CatalogError::CategoryNotFound),
        Some(Violation::Unique(_) | Violation::Check(_)) | None => error.into(),
    }
}

/// Stores what differs of the tags, options, values and variants.
async fn write_parts(cx: &Cx<'_>, before: &Whole, after: &Whole, touched: &[Touched]) -> Refusable<()> {
    let gone: Vec<_> = before.tags.iter().filter(|tag| !after.tags.contains(tag)).collect();
    let added: Vec<_> = after.tags.iter().filter(|tag| !before.tags.contains(tag)).collect();
    rows::delete_tags(cx.tx, after.product.id, &gone).await?;
    rows::insert_tags(cx.tx, after.product.id, &added).await?;
    let old: HashSet<_> = before.options.iter().map(|option| option.row.id).collect();
    let options: Vec<_> = after.options.iter().map(|option| &option.row).filter(|row| !old.contains(&row.id)).collect();
    rows::insert_options(cx.tx, &options).await?;
    let old: HashSet<_> = before.options.iter().flat_map(|option| &option.values).map(|value| value.id).collect();
    let all = after.options.iter().flat_map(|option| &option.values);
    let values: Vec<_> = all.filter(|value| !old.contains(&value.id)).collect();
    rows::insert_values(cx.tx, &values).await?;
    write_variants(cx, before, after, touched).await
}

async fn write_variants(cx: &Cx<'_>, before: &Whole, after: &Whole, touched: &[Touched]) -> Refusable<()> {
    let gone: Vec<_> = before.variants.iter().map(|old| old.row.id).filter(|id| find(after, *id).is_none()).collect();
    if rows::delete_variants(cx.tx, &gone).await.map_err(refusal_of_deletion)? != count(&gone) {
        return Err(Fault::Internal("a variant of a locked product is gone".to_owned()).into());
    }
    let changed = after.variants.iter().filter(|new| find(before, new.row.id).is_some_and(|old| old != *new));
    let changed: Vec<_> = changed.map(|new| &new.row).collect();
    update_variants(cx, before, &changed, touched).await?;
    let new: Vec<_> = after.variants.iter().filter(|new| find(before, new.row.id).is_none()).collect();
    let new_rows: Vec<_> = new.iter().map(|new| &new.row).collect();
    if rows::insert_variants(cx.tx, &new_rows).await? != count(&new_rows) {
        return Err(taken_skus(cx, &new_rows, touched).await?);
    }
    let chosen = |new: &VariantState| find(before, new.row.id).is_none_or(|old| old.values != new.values);
    let chosen: Vec<_> = after.variants.iter().filter(|new| chosen(new)).collect();
    let replaced: Vec<_> = chosen.iter().map(|new| new.row.id).filter(|id| find(before, *id).is_some()).collect();
    let selections: Vec<_> = chosen
        .iter()
        .flat_map(|variant| {
            after.options.iter().zip(&variant.values).map(move |(option, value)| (variant, option, value))
        })
        .map(|(variant, option, value)| Selection { variant: variant.row.id, option: option.row.id, value: *value })
        .collect();
    Ok(rows::set_selections(cx.tx, &replaced, &selections).await?)
}

async fn update_variants(
    cx: &Cx<'_>,
    before: &Whole,
    changed: &[&product_variant::Model],
    touched: &[Touched],
) -> Refusable<()> {
    let other_sku = |row: &&product_variant::Model| find(before, row.id).is_some_and(|old| old.row.sku != row.sku);
    let renamed: Vec<_> = changed.iter().copied().filter(other_sku).collect();
    let owners = if renamed.is_empty() {
        HashMap::new()
    } else {
        rows::owners_of_skus(cx.tx, renamed.iter().map(|row| row.sku.clone())).await?
    };
    let taken: Vec<_> =
        renamed.iter().copied().filter(|row| owners.get(&row.sku).is_some_and(|owner| *owner != row.id)).collect();
    if !taken.is_empty() {
        return Err(sku_taken(&taken, touched));
    }
    match rows::update_variants(cx.tx, changed).await {
        Ok(updated) if updated == count(changed) => Ok(()),
        Ok(_) => Err(Fault::Internal("a variant of a locked product has changed".to_owned()).into()),
        // Taken by someone else since the look above.
        Err(error) if constraint::is_taken(&error, "uq_product_variants_sku") => Err(sku_taken(&renamed, touched)),
        Err(error) => Err(error.into()),
    }
}

/// Stock that is or was kept of a variant holds it.
pub fn refusal_of_deletion(error: DbErr) -> Failure<CatalogError> {
    if constraint::violated(&error) == Some(Violation::ForeignKey) {
        Failure::refused("input.id", CatalogError::HasStock)
    } else {
        error.into()
    }
}

/// Which of the new variants could not be added, as another had their SKU.
async fn taken_skus(
    cx: &Cx<'_>,
    new: &[&product_variant::Model],
    touched: &[Touched],
) -> Result<Failure<CatalogError>, DbErr> {
    let owners = rows::owners_of_skus(cx.tx, new.iter().map(|row| row.sku.clone())).await?;
    let taken: Vec<_> = new.iter().copied().filter(|row| owners.get(&row.sku) != Some(&row.id)).collect();
    Ok(sku_taken(&taken, touched))
}

fn sku_taken(rows: &[&product_variant::Model], touched: &[Touched]) -> Failure<CatalogError> {
    let path = |row: &product_variant::Model| touched.iter().find(|touched| touched.id == row.id).map(|it| &it.path);
    let error = |row| At::new(&format!("{}.sku", path(row).map_or("input", String::as_str)), CatalogError::SkuTaken);
    Failure::Refused(rows.iter().map(|row| error(row)).collect())
}

fn variant_ids(whole: &Whole) -> Vec<ProductVariantId> {
    whole.variants.iter().map(|variant| variant.row.id).collect()
}

/// The variant with this id.
pub(super) fn find(whole: &Whole, id: ProductVariantId) -> Option<&VariantState> {
    whole.variants.iter().find(|variant| variant.row.id == id)
}

fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}
