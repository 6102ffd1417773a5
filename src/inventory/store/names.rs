//! From the names that people use to ids: one statement for all names of a request.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::kernel::db::sql::Sql;

#[derive(FromQueryResult)]
struct NamedVariant {
    id: ProductVariantId,
    name: String,
}

#[derive(FromQueryResult)]
struct NamedLocation {
    id: LocationId,
    name: String,
}

/// The ids of the variants with these SKUs; a SKU that names none is absent.
pub async fn variants_by_skus(
    db: &impl ConnectionTrait,
    skus: BTreeSet<&str>,
) -> Result<HashMap<String, ProductVariantId>, DbErr> {
    if skus.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = Sql::new("SELECT id, sku AS name FROM product_variants WHERE sku IN (").bind_all(skus).push(")");
    let rows: Vec<NamedVariant> = sql.all(db).await?;
    Ok(rows.into_iter().map(|row| (row.name, row.id)).collect())
}

/// The ids of the locations with these codes; a code that names none is absent.
pub async fn locations_by_codes(
    db: &impl ConnectionTrait,
    codes: BTreeSet<&str>,
) -> Result<HashMap<String, LocationId>, DbErr> {
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = Sql::new("SELECT id, code AS name FROM locations WHERE code IN (").bind_all(codes).push(")");
    let rows: Vec<NamedLocation> = sql.all(db).await?;
    Ok(rows.into_iter().map(|row| (row.name, row.id)).collect())
}
