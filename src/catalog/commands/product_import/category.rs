//! The category that a file names by its path, such as `Home & Garden > Lighting`: found level by level, made where a
//! level is missing.

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _};

use crate::catalog::commands::CategoryCreate;
use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::error::CatalogError;
use crate::catalog::rules::{self, change::Patch};
use crate::catalog::shopify::{Cell, ProductDraft, RowProblem};
use crate::kernel::actor::Actor;
use crate::kernel::error::Failure;
use crate::kernel::write::{Command as _, Cx};

/// What a draft wants of its product's category.
pub(super) enum Category {
    /// Everything about it is known.
    Known(Patch<CategoryId>),
    /// Some levels of the path are missing.
    Missing {
        /// The deepest category that is there.
        parent: Option<CategoryId>,
        /// The names below it.
        names: Vec<String>,
    },
}

/// Follows the path as far as it goes.
pub(super) async fn find(db: &impl ConnectionTrait, actor: &Actor, draft: &ProductDraft) -> Result<Category, DbErr> {
    let path = match &draft.category {
        Cell::Absent => return Ok(Category::Known(Patch::Keep)),
        Cell::Empty => return Ok(Category::Known(Patch::Clear)),
        Cell::Value(path) => path,
    };
    let mut parent = None;
    for (depth, name) in path.iter().enumerate() {
        match child(db, actor, parent, name).await? {
            Some(id) => parent = Some(id),
            None => return Ok(Category::Missing { parent, names: path.iter().skip(depth).cloned().collect() }),
        }
    }
    Ok(Category::Known(parent.map_or(Patch::Clear, Patch::Set)))
}

/// The same, with the missing levels made.
pub(super) async fn made(cx: &mut Cx<'_>, draft: &ProductDraft) -> Result<Patch<CategoryId>, Failure<CatalogError>> {
    let (mut parent, names) = match find(cx.tx, cx.actor, draft).await? {
        Category::Known(category) => return Ok(category),
        Category::Missing { parent, names } => (parent, names),
    };
    for name in names {
        let name = rules::category_name(&name).map_err(|error| Failure::refused("", error.into()))?;
        let create = CategoryCreate { name, handle: None, description: String::new(), parent_id: parent };
        parent = Some(create.run(cx).await?);
    }
    Ok(parent.map_or(Patch::Clear, Patch::Set))
}

/// Why the path can't be followed.
pub(super) fn problem(draft: &ProductDraft, error: &CatalogError) -> RowProblem {
    let column = Some("Product Category".into());
    RowProblem { line: draft.line, handle: Some(draft.handle.clone()), column, rule: error.to_string() }
}

/// The first of the categories with this name right below `parent`.
async fn child(
    db: &impl ConnectionTrait,
    actor: &Actor,
    parent: Option<CategoryId>,
    name: &str,
) -> Result<Option<CategoryId>, DbErr> {
    let siblings = category::visible_to(actor).filter(category::Column::Name.eq(name));
    let siblings = match parent {
        None => siblings.filter(category::Column::ParentId.is_null()),
        Some(parent) => siblings.filter(category::Column::ParentId.eq(parent)),
    };
    let first = siblings.order_by_asc(category::Column::Position).order_by_asc(category::Column::Id).one(db).await?;
    Ok(first.map(|row| row.id))
}
