//! Which variants a location has a level of.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::kernel::db::sql::Sql;

#[derive(FromQueryResult)]
struct Stocked {
    variant_id: ProductVariantId,
}

/// Those of the variants that have a level at the location, whatever it holds.
pub async fn variants_stocked_at(
    db: &impl ConnectionTrait,
    location: LocationId,
    variants: &[ProductVariantId],
) -> Result<BTreeSet<ProductVariantId>, DbErr> {
    if variants.is_empty() {
        return Ok(BTreeSet::new());
    }
    let sql = Sql::new("SELECT variant_id FROM stock_levels WHERE location_id = ").bind(location);
    let sql = sql.push(" AND variant_id IN (").bind_all(variants.iter().copied()).push(")");
    let rows: Vec<Stocked> = sql.all(db).await?;
    Ok(rows.into_iter().map(|row| row.variant_id).collect())
}
