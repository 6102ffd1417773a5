//! Reads products with everything that belongs to them, locked for a change: a constant number of statements, however many there are.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _};
use sea_orm::{QueryOrder as _, QuerySelect as _, sea_query::LockType};

use super::{options_of_products, tags_of_products, values_of_options};
use crate::catalog::entity::option_value::OptionValueId;
use crate::catalog::entity::product::{self, ProductId};
use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::catalog::rules::whole::{OptionState, VariantState, Whole};
use crate::kernel::actor::Actor;
use crate::kernel::db::sql::Sql;

/// The product with everything that belongs to it, if `actor` may see it. Nobody else changes it until the transaction ends.
pub async fn lock_product(db: &impl ConnectionTrait, actor: &Actor, id: ProductId) -> Result<Option<Whole>, DbErr> {
    // On SQLite the write transaction is the lock, and the clause is left out.
    let found =
        product::visible_to(actor).filter(product::Column::Id.eq(id)).lock(LockType::NoKeyUpdate).one(db).await?;
    let Some(product) = found else { return Ok(None) };
    let tags = tags_of_products(db, &[id]).await?.remove(&id).unwrap_or_default();
    let options = options(db, actor, id).await?;
    let variants = variants(db, id).await?;
    Ok(Some(Whole { product, tags, options, variants }))
}

async fn options(db: &impl ConnectionTrait, actor: &Actor, id: ProductId) -> Result<Vec<OptionState>, DbErr> {
    let rows = options_of_products(db, actor, &[id]).await?.remove(&id).unwrap_or_default();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut values = values_of_options(db, actor, &ids).await?;
    let state = |row: crate::catalog::entity::product_option::Model| {
        let values = values.remove(&row.id).unwrap_or_default();
        OptionState { row, values }
    };
    Ok(rows.into_iter().map(state).collect())
}

#[derive(FromQueryResult)]
struct Chosen {
    variant_id: ProductVariantId,
    option_value_id: OptionValueId,
}

async fn variants(db: &impl ConnectionTrait, id: ProductId) -> Result<Vec<VariantState>, DbErr> {
    let rows = product_variant::Entity::find()
        .filter(product_variant::Column::ProductId.eq(id))
        .order_by_asc(product_variant::Column::Position)
        .order_by_asc(product_variant::Column::Id)
        .all(db)
        .await?;
    let chosen: Vec<Chosen> = Sql::new(
        "SELECT s.variant_id AS variant_id, s.option_value_id AS option_value_id
           FROM variant_option_values s JOIN product_options o ON o.id = s.option_id
          WHERE o.product_id = ",
    )
    .bind(id)
    .push(" ORDER BY o.position, o.id")
    .all(db)
    .await?;
    let mut values: HashMap<ProductVariantId, Vec<OptionValueId>> = HashMap::new();
    for row in chosen {
        values.entry(row.variant_id).or_default().push(row.option_value_id);
    }
    let state = |row: product_variant::Model| {
        let values = values.remove(&row.id).unwrap_or_default();
        VariantState { row, values }
    };
    Ok(rows.into_iter().map(state).collect())
}
