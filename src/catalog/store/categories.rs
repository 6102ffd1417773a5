//! Finders of categories.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, FromQueryResult, QueryFilter as _};

use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::rules::Handle;
use crate::kernel::actor::Actor;
use crate::kernel::db::sql::Sql;

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

/// A category above another.
#[derive(FromQueryResult)]
struct Ancestor {
    below_id: CategoryId,
    #[sea_orm(nested)]
    category: category::Model,
}

/// The categories above each of these, the root first. Whoever may see a category may see what it lies in.
pub async fn ancestors_of_categories(
    db: &impl ConnectionTrait,
    categories: &[CategoryId],
) -> Result<HashMap<CategoryId, Vec<category::Model>>, DbErr> {
    // The tree is at most ten deep; the bound only keeps a damaged one from running on.
    let rows: Vec<Ancestor> = Sql::new(
        "WITH RECURSIVE above (below_id, id, height) AS (
             SELECT id, parent_id, 1 FROM categories WHERE parent_id IS NOT NULL AND id IN (",
    )
    .bind_all(categories.iter().copied())
    .push(
        ") UNION ALL
             SELECT a.below_id, c.parent_id, a.height + 1
               FROM above a JOIN categories c ON c.id = a.id
              WHERE c.parent_id IS NOT NULL AND a.height < 32
         )
         SELECT a.below_id AS below_id, c.* FROM above a JOIN categories c ON c.id = a.id ORDER BY a.height DESC",
    )
    .all(db)
    .await?;
    let mut ancestors: HashMap<CategoryId, Vec<category::Model>> = HashMap::new();
    for row in rows {
        ancestors.entry(row.below_id).or_default().push(row.category);
    }
    Ok(ancestors)
}
