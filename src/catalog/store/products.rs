//! Finders of products and of what belongs to one.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _,
};

use crate::catalog::entity::product::{self, ProductId};
use crate::catalog::entity::product_tag;
use crate::catalog::rules::Handle;
use crate::kernel::actor::Actor;
use crate::kernel::db::sql::Sql;
use crate::kernel::money::Currency;
use crate::kernel::page::columns::{Columns, Parts};

/// The products with these ids that `actor` may see.
pub async fn products_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, product::Model>, DbErr> {
    let rows = product::visible_to(actor).filter(product::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The product with this handle, if `actor` may see it; of its columns, these are asked for.
pub async fn product_by_handle(
    db: &impl ConnectionTrait,
    actor: &Actor,
    handle: &Handle,
    asked: Columns,
) -> Result<Option<product::Model>, DbErr> {
    let named = product::visible_to(actor).filter(product::Column::Handle.eq(handle.as_str()));
    Ok(Parts::stored(Columns::NONE).rows(db, named, asked).await?.pop())
}

/// The tags of each of these products, from A to Z. Whoever may see a product may see its tags.
pub async fn tags_of_products(
    db: &impl ConnectionTrait,
    products: &[ProductId],
) -> Result<HashMap<ProductId, Vec<String>>, DbErr> {
    let rows = product_tag::Entity::find()
        .filter(product_tag::Column::ProductId.is_in(products.iter().copied()))
        .order_by_asc(product_tag::Column::Tag)
        .all(db)
        .await?;
    let mut tags: HashMap<ProductId, Vec<String>> = HashMap::new();
    for row in rows {
        tags.entry(row.product_id).or_default().push(row.tag);
    }
    Ok(tags)
}

/// What the cheapest and the dearest variant of a product cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct PriceRange {
    product_id: ProductId,
    /// The lowest price in minor units.
    pub min_minor: i64,
    /// The highest price in minor units.
    pub max_minor: i64,
    /// The currency of both.
    pub currency: Currency,
}

/// The prices of each of these products. A product without variants, or with prices in several currencies, has none. Whoever may see a product may
/// see what its variants cost.
pub async fn price_ranges(
    db: &impl ConnectionTrait,
    products: &[ProductId],
) -> Result<HashMap<ProductId, PriceRange>, DbErr> {
    let rows: Vec<PriceRange> = Sql::new(
        "SELECT product_id, MIN(price_minor) AS min_minor, MAX(price_minor) AS max_minor, MIN(currency) AS currency
           FROM product_variants
          WHERE product_id IN (",
    )
    .bind_all(products.iter().copied())
    .push(") GROUP BY product_id HAVING MIN(currency) = MAX(currency)")
    .all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.product_id, row)).collect())
}
