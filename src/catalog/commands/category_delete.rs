//! Removes an empty category.

use super::category_create::facts;
use super::require_version;
use crate::catalog::entity::category::CategoryId;
use crate::catalog::error::CatalogError;
use crate::catalog::store::{self, tree};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::db::constraint::{self, Violation};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Removes a category that has neither categories below it nor products.
#[derive(Debug, Clone)]
pub struct CategoryDelete {
    /// The category.
    pub id: CategoryId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

impl Command for CategoryDelete {
    type Output = CategoryId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<CategoryId, Failure<CatalogError>> {
        tree::lock_tree(cx.tx).await?;
        let found = store::categories_by_ids(cx.tx, cx.actor, &[self.id]).await?.remove(&self.id);
        let row = found.ok_or_else(|| Failure::refused("input.id", CatalogError::CategoryNotFound))?;
        require_version(self.expected_version, row.version)?;
        if tree::has_children(cx.tx, self.id).await? {
            return Err(Failure::refused("input.id", CatalogError::HasChildren));
        }
        match tree::delete_category(cx.tx, self.id, row.version).await {
            Ok(true) => {}
            Ok(false) => return Err(Fault::Internal("a locked category has changed".to_owned()).into()),
            // Nothing but products is left to refer to it.
            Err(error) if constraint::violated(&error) == Some(Violation::ForeignKey) => {
                return Err(Failure::refused("input.id", CatalogError::HasProducts));
            }
            Err(error) => return Err(error.into()),
        }
        let changes = Changes::new().field("name", &Some(&row.name), &None).field("handle", &Some(&row.handle), &None);
        cx.audit(Entry::new("category.delete", self.id, changes));
        cx.emit(Event::new("category.deleted", self.id, &facts(&row))?.urgent());
        Ok(self.id)
    }
}
