//! Changes a product, without its variants.

use super::{require_version, save};
use crate::catalog::entity::product::ProductId;
use crate::catalog::error::CatalogError;
use crate::catalog::rules::change::ProductChanges;
use crate::catalog::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::{Failure, Problems};
use crate::kernel::write::{Command, Cx};

/// Changes a product.
#[derive(Debug, Clone)]
pub struct ProductUpdate {
    /// The product.
    pub id: ProductId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// What to change.
    pub changes: ProductChanges,
}

impl Command for ProductUpdate {
    type Output = ProductId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<ProductId, Failure<CatalogError>> {
        let before = store::lock_product(cx.tx, cx.actor, self.id).await?;
        let before = before.ok_or_else(|| Failure::refused("input.id", CatalogError::ProductNotFound))?;
        require_version(self.expected_version, before.product.version)?;
        let (mut after, mut problems) = (before.clone(), Problems::default());
        after.change(&self.changes, &mut problems);
        let after = problems.finish(Some(after)).map_err(Failure::Refused)?;
        Ok(save::update(cx, &before, after, &[]).await?.product.id)
    }
}
