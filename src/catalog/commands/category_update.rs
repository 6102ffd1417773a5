//! Changes a category, or moves it in the tree.

use super::category_create::{facts, require_room};
use super::require_version;
use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::error::{CatalogError, Named};
use crate::catalog::rules::change::Patch;
use crate::catalog::rules::{Handle, MAX_CATEGORY_DEPTH};
use crate::catalog::store::{self, tree};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::db::constraint;
use crate::kernel::error::{Failure, Fault};
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Changes a category; what is `None` or `Keep` stays.
#[derive(Debug, Clone)]
pub struct CategoryUpdate {
    /// The category.
    pub id: CategoryId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The name for people.
    pub name: Option<String>,
    /// The unique name in addresses.
    pub handle: Option<Handle>,
    /// Some lines for people, or empty.
    pub description: Option<String>,
    /// The category above; `Clear` makes it a root.
    pub parent_id: Patch<CategoryId>,
    /// The place among its siblings, from 0.
    pub position: Option<i64>,
}

impl Command for CategoryUpdate {
    type Output = CategoryId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<CategoryId, Failure<CatalogError>> {
        tree::lock_tree(cx.tx).await?;
        let found = store::categories_by_ids(cx.tx, cx.actor, &[self.id]).await?.remove(&self.id);
        let before = found.ok_or_else(|| Failure::refused("input.id", CatalogError::CategoryNotFound))?;
        require_version(self.expected_version, before.version)?;
        let wanted = self.apply(&before);
        if wanted == before {
            return Ok(self.id);
        }
        self.require_place(cx, &before, &wanted).await?;
        let after = category::Model { version: before.version.saturating_add(1), updated_at: cx.now, ..wanted };
        match tree::update_category(cx.tx, &after, before.version).await {
            Ok(true) => {}
            Ok(false) => return Err(Fault::Internal("a locked category has changed".to_owned()).into()),
            Err(error) if constraint::is_taken(&error, "uq_categories_handle") => {
                return Err(Failure::refused("input.handle", CatalogError::HandleTaken(Named::Category)));
            }
            Err(error) => return Err(error.into()),
        }
        let changes = Changes::new()
            .field("name", &before.name, &after.name)
            .field("handle", &before.handle, &after.handle)
            .field("description", &before.description, &after.description)
            .field("parentId", &before.parent_id, &after.parent_id)
            .field("position", &before.position, &after.position);
        cx.audit(Entry::new("category.update", self.id, changes));
        cx.emit(Event::new("category.updated", self.id, &facts(&after))?.urgent());
        Ok(self.id)
    }
}

impl CategoryUpdate {
    fn apply(&self, before: &category::Model) -> category::Model {
        category::Model {
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            handle: self.handle.as_ref().map_or_else(|| before.handle.clone(), |handle| handle.as_str().to_owned()),
            description: self.description.clone().unwrap_or_else(|| before.description.clone()),
            parent_id: self.parent_id.apply(before.parent_id),
            position: self.position.unwrap_or(before.position),
            ..before.clone()
        }
    }

    /// Refuses a place below the category itself, or too deep in the tree.
    async fn require_place(
        &self,
        cx: &Cx<'_>,
        before: &category::Model,
        wanted: &category::Model,
    ) -> Result<(), Failure<CatalogError>> {
        let Some(parent) = wanted.parent_id.filter(|_| wanted.parent_id != before.parent_id) else { return Ok(()) };
        let above = tree::path_to_root(cx.tx, parent, MAX_CATEGORY_DEPTH).await?;
        if above.contains(&self.id) {
            return Err(Failure::refused("input.parentId", CatalogError::Cycle));
        }
        require_room(above.len(), tree::height(cx.tx, self.id, MAX_CATEGORY_DEPTH).await?)
    }
}
