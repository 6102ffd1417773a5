//! The statements that write the category tree, and what must be known before.

use std::collections::HashSet;

use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _};
use sea_orm::{FromQueryResult, QueryFilter as _, sea_query::OnConflict};

use crate::catalog::entity::category::{self, CategoryId};
use crate::kernel::db::sql::Sql;

/// Keeps everybody else from changing the tree until the transaction ends: two moves that each look harmless could make a cycle together.
pub async fn lock_tree(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    match tx.get_database_backend() {
        DbBackend::Postgres => {
            tx.execute_unprepared("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE").await.map(drop)
        }
        // The write transaction is the lock.
        _ => Ok(()),
    }
}

#[derive(FromQueryResult)]
struct Step {
    id: CategoryId,
}

/// The category and those above it, from it to the root; at most `most` of them.
pub async fn path_to_root(
    db: &impl ConnectionTrait,
    category: CategoryId,
    most: usize,
) -> Result<Vec<CategoryId>, DbErr> {
    let steps: Vec<Step> = Sql::new(
        "WITH RECURSIVE above (id, parent_id, step) AS (
            SELECT id, parent_id, 1 FROM categories WHERE id = ",
    )
    .bind(category)
    .push(
        " UNION ALL SELECT c.id, c.parent_id, above.step + 1 FROM categories c JOIN above ON c.id = above.parent_id
             WHERE above.step < ",
    )
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .push(") SELECT id FROM above ORDER BY step")
    .all(db)
    .await?;
    Ok(steps.into_iter().map(|step| step.id).collect())
}

#[derive(FromQueryResult)]
struct Number {
    number: Option<i64>,
}

/// How many levels the tree below and with the category has; looks at most `most` levels down.
pub async fn height(db: &impl ConnectionTrait, category: CategoryId, most: usize) -> Result<usize, DbErr> {
    let found: Option<Number> = Sql::new(
        "WITH RECURSIVE below (id, step) AS (
            SELECT id, 1 FROM categories WHERE id = ",
    )
    .bind(category)
    .push(
        " UNION ALL SELECT c.id, below.step + 1 FROM categories c JOIN below ON c.parent_id = below.id
             WHERE below.step < ",
    )
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .push(") SELECT CAST(MAX(step) AS BIGINT) AS number FROM below")
    .one(db)
    .await?;
    Ok(found.and_then(|row| row.number).and_then(|number| usize::try_from(number).ok()).unwrap_or(0))
}

/// The place behind the last of the categories below `parent`, or behind the last root.
pub async fn next_position(db: &impl ConnectionTrait, parent: Option<CategoryId>) -> Result<i64, DbErr> {
    let sql = Sql::new("SELECT MAX(position) AS number FROM categories WHERE parent_id ");
    let sql = match parent {
        Some(parent) => sql.push("= ").bind(parent),
        None => sql.push("IS NULL"),
    };
    let found: Option<Number> = sql.one(db).await?;
    Ok(found.and_then(|row| row.number).map_or(0, |last| last.saturating_add(1)))
}

/// Adds a category; `false` when another has its handle.
pub async fn insert_category(tx: &impl ConnectionTrait, row: &category::Model) -> Result<bool, DbErr> {
    let handle_is_taken = OnConflict::column(category::Column::Handle).do_nothing().to_owned();
    let added = category::Entity::insert(category::ActiveModel::from(row.clone()).reset_all())
        .on_conflict(handle_is_taken)
        .exec_without_returning(tx)
        .await?;
    Ok(added == 1)
}

/// Writes every column of a category that is at `version`; `false` when it is not any more.
pub async fn update_category(tx: &impl ConnectionTrait, row: &category::Model, version: i64) -> Result<bool, DbErr> {
    let updated = category::Entity::update_many()
        .set(category::ActiveModel::from(row.clone()).reset_all())
        .filter(category::Column::Id.eq(row.id))
        .filter(category::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Removes a category; `false` when it is not at `version` any more. A foreign key is violated when a product is in it.
pub async fn delete_category(tx: &impl ConnectionTrait, id: CategoryId, version: i64) -> Result<bool, DbErr> {
    let deleted = category::Entity::delete_many()
        .filter(category::Column::Id.eq(id))
        .filter(category::Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(deleted.rows_affected == 1)
}

/// Whether a category has categories below it.
pub async fn has_children(db: &impl ConnectionTrait, id: CategoryId) -> Result<bool, DbErr> {
    Ok(category::Entity::find().filter(category::Column::ParentId.eq(id)).one(db).await?.is_some())
}

#[derive(FromQueryResult)]
struct Taken {
    handle: String,
}

/// The handles of categories that are `handle`, or begin with it and a hyphen.
pub async fn category_handles_like(tx: &impl ConnectionTrait, handle: &str) -> Result<HashSet<String>, DbErr> {
    // A handle has no character that LIKE treats specially.
    let rows: Vec<Taken> = Sql::new("SELECT handle FROM categories WHERE handle = ")
        .bind(handle.to_owned())
        .push(" OR handle LIKE ")
        .bind(format!("{handle}-%"))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.handle).collect())
}
