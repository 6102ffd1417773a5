//! Removes a variant for good, which only one without stock and history allows.

use super::variant_update::{find, lock};
use super::{require_version, save};
use crate::catalog::entity::product::ProductId;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::error::CatalogError;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Removes a variant. Stock that is or was kept of it stands against it: the foreign keys of stock say so.
#[derive(Debug, Clone)]
pub struct VariantDelete {
    /// The variant.
    pub id: ProductVariantId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

impl Command for VariantDelete {
    /// The product that it belonged to.
    type Output = ProductId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<ProductId, Failure<CatalogError>> {
        let before = lock(cx, self.id).await?;
        let current = find(&before, self.id)?.row.version;
        require_version(self.expected_version, current)?;
        let mut after = before.clone();
        after.variants.retain(|variant| variant.row.id != self.id);
        Ok(save::update(cx, &before, after, &[]).await?.product.id)
    }
}
