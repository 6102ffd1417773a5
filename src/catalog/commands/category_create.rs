//! Creates a category.

use serde_json::json;

use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::error::{CatalogError, Named};
use crate::catalog::rules::{Handle, MAX_CATEGORY_DEPTH};
use crate::catalog::store::tree;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Creates a category behind the last of its siblings.
#[derive(Debug, Clone)]
pub struct CategoryCreate {
    /// The name for people.
    pub name: String,
    /// The unique name in addresses; made from the name when it is not given.
    pub handle: Option<Handle>,
    /// Some lines for people, or empty.
    pub description: String,
    /// The category above, or none for a root.
    pub parent_id: Option<CategoryId>,
}

impl Command for CategoryCreate {
    type Output = CategoryId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<CategoryId, Failure<CatalogError>> {
        tree::lock_tree(cx.tx).await?;
        if let Some(parent) = self.parent_id {
            let depth = tree::path_to_root(cx.tx, parent, MAX_CATEGORY_DEPTH).await?.len();
            require_room(depth, 1)?;
        }
        let row = category::Model {
            id: cx.ids.make(),
            parent_id: self.parent_id,
            name: self.name.clone(),
            handle: self.free_handle(cx).await?.as_str().to_owned(),
            description: self.description.clone(),
            position: tree::next_position(cx.tx, self.parent_id).await?,
            version: 1,
            created_at: cx.now,
            updated_at: cx.now,
        };
        if !tree::insert_category(cx.tx, &row).await? {
            return Err(Failure::refused("input.handle", CatalogError::HandleTaken(Named::Category)));
        }
        let changes = Changes::new()
            .set("name", &row.name)
            .set("handle", &row.handle)
            .set("description", &row.description)
            .set("parentId", &row.parent_id)
            .set("position", &row.position);
        cx.audit(Entry::new("category.create", row.id, changes));
        cx.emit(Event::new("category.created", row.id, &facts(&row))?.urgent());
        Ok(row.id)
    }
}

impl CategoryCreate {
    /// The handle that was given, or a free one that the name suggests. The tree is locked, so that it stays free.
    async fn free_handle(&self, cx: &Cx<'_>) -> Result<Handle, Fault> {
        if let Some(handle) = &self.handle {
            return Ok(handle.clone());
        }
        let handle = Handle::from_title(&self.name, "category");
        let taken = tree::category_handles_like(cx.tx, handle.as_str()).await?;
        Ok(handle.unique_among(&taken))
    }
}

/// Refuses a place below a category that is not there (at depth 0), or where the tree would become too deep.
pub(super) fn require_room(parent_depth: usize, height: usize) -> Result<(), Failure<CatalogError>> {
    if parent_depth == 0 {
        Err(Failure::refused("input.parentId", CatalogError::CategoryNotFound))
    } else if parent_depth + height > MAX_CATEGORY_DEPTH {
        Err(Failure::refused("input.parentId", CatalogError::TooDeep { max: MAX_CATEGORY_DEPTH }))
    } else {
        Ok(())
    }
}

/// What subscribers learn of a category.
pub(super) fn facts(row: &category::Model) -> serde_json::Value {
    json!({ "categoryId": row.id, "handle": row.handle, "version": row.version })
}
