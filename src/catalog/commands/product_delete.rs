//! Removes a product for good, which only one without stock and history allows.

use super::{announce, require_version, save};
use crate::catalog::entity::product::ProductId;
use crate::catalog::error::CatalogError;
use crate::catalog::store::{self, rows};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::write::{Command, Cx};

/// Removes a product with its options and variants. Stock that is or was kept of a variant stands against it: the foreign keys of stock say so.
#[derive(Debug, Clone)]
pub struct ProductDelete {
    /// The product.
    pub id: ProductId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

impl Command for ProductDelete {
    type Output = ProductId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<ProductId, Failure<CatalogError>> {
        let found = store::lock_product(cx.tx, cx.actor, self.id).await?;
        let whole = found.ok_or_else(|| Failure::refused("input.id", CatalogError::ProductNotFound))?;
        let row = &whole.product;
        require_version(self.expected_version, row.version)?;
        if !rows::delete_product(cx.tx, self.id, row.version).await.map_err(save::refusal_of_deletion)? {
            return Err(Fault::Internal("a locked product has changed".to_owned()).into());
        }
        let changes = Changes::new()
            .field("title", &Some(&row.title), &None)
            .field("handle", &Some(&row.handle), &None)
            .field("status", &Some(row.status), &None);
        cx.audit(Entry::new("product.delete", self.id, changes));
        announce::product(cx, "product.deleted", &whole)?;
        for variant in &whole.variants {
            announce::deleted_variant(cx, &variant.row)?;
        }
        Ok(self.id)
    }
}
