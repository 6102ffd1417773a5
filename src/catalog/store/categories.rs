//! Finders of categories.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _};

use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::rules::Handle;
use crate::kernel::actor::Actor;

/// The categories with these ids that `actor` may see.
pub async fn categories_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[CategoryId],
) -> Result<HashMap<CategoryId, category::Model>, DbErr> {
    let rows = category::visible_to(actor).filter(category::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The category with this handle, if `actor` may see it.
pub async fn category_by_handle(
    db: &impl ConnectionTrait,
    actor: &Actor,
    handle: &Handle,
) -> Result<Option<category::Model>, DbErr> {
    category::visible_to(actor).filter(category::Column::Handle.eq(handle.as_str())).one(db).await
}
