//! Finders of variants.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::catalog::rules::{self, Sku};
use crate::kernel::actor::Actor;

/// The variants with these ids that `actor` may see.
pub async fn variants_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[ProductVariantId],
) -> Result<HashMap<ProductVariantId, product_variant::Model>, DbErr> {
    let of_these = product_variant::Column::Id.is_in(ids.iter().copied());
    let rows = product_variant::visible_to(actor).filter(of_these).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The variant with this SKU, if `actor` may see it.
pub async fn variant_by_sku(
    db: &impl ConnectionTrait,
    actor: &Actor,
    sku: &Sku,
) -> Result<Option<product_variant::Model>, DbErr> {
    product_variant::visible_to(actor).filter(product_variant::Column::Sku.eq(sku.as_str())).one(db).await
}

/// The first two variants with this barcode, however many zeros stand before it, that `actor` may see.
pub async fn variants_by_barcode(
    db: &impl ConnectionTrait,
    actor: &Actor,
    code: &str,
) -> Result<Vec<product_variant::Model>, DbErr> {
    let same = product_variant::Column::Barcode.is_in(rules::same_codes(code));
    product_variant::visible_to(actor).filter(same).order_by_asc(product_variant::Column::Id).limit(2).all(db).await
}
