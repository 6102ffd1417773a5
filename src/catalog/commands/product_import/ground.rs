//! Reads what a draft is compared with: the product under its handle, and who has the SKUs that it could use.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _};

use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::catalog::rules::Handle;
use crate::catalog::shopify::ProductDraft;
use crate::catalog::shopify::plan::{self, Existing, ExistingVariant};
use crate::catalog::store;
use crate::kernel::actor::Actor;
use crate::kernel::page::columns::Columns;

/// What the catalog has that concerns a draft.
pub(super) struct Found {
    pub(super) existing: Option<Existing>,
    pub(super) skus: HashMap<String, ProductVariantId>,
}

pub(super) async fn find(db: &impl ConnectionTrait, actor: &Actor, draft: &ProductDraft) -> Result<Found, DbErr> {
    // A handle that can't be one names nothing; the plan says what is wrong with it.
    let existing = match Handle::parse(&draft.handle) {
        Ok(handle) => existing(db, actor, &handle).await?,
        Err(_malformed) => None,
    };
    Ok(Found { existing, skus: owners(db, actor, draft).await? })
}

async fn existing(db: &impl ConnectionTrait, actor: &Actor, handle: &Handle) -> Result<Option<Existing>, DbErr> {
    let Some(product) = store::product_by_handle(db, actor, handle, Columns::ALL).await? else { return Ok(None) };
    let tags = store::tags_of_products(db, &[product.id]).await?.remove(&product.id).unwrap_or_default();
    let options = store::options_of_products(db, actor, &[product.id]).await?.remove(&product.id).unwrap_or_default();
    let rows = product_variant::visible_to(actor)
        .filter(product_variant::Column::ProductId.eq(product.id))
        .order_by_asc(product_variant::Column::Position)
        .order_by_asc(product_variant::Column::Id)
        .all(db)
        .await?;
    let ids: Vec<ProductVariantId> = rows.iter().map(|row| row.id).collect();
    let mut selected = store::selected_options(db, &ids).await?;
    let variants = rows.into_iter().map(|row| {
        let values = selected.remove(&row.id).unwrap_or_default();
        ExistingVariant { values: values.into_iter().map(|option| option.value).collect(), row }
    });
    let options = options.into_iter().map(|option| option.name).collect();
    Ok(Some(Existing { product, tags, options, variants: variants.collect() }))
}

/// Whoever imports sees every variant, so that no SKU in use is overlooked.
async fn owners(
    db: &impl ConnectionTrait,
    actor: &Actor,
    draft: &ProductDraft,
) -> Result<HashMap<String, ProductVariantId>, DbErr> {
    let skus: BTreeSet<&str> = plan::skus_of(draft).collect();
    if skus.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = product_variant::visible_to(actor).filter(product_variant::Column::Sku.is_in(skus)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.sku, row.id)).collect())
}
