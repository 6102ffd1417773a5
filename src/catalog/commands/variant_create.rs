//! Adds a variant to a product.

use super::{require_version, save};
use crate::catalog::entity::product::ProductId;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::error::CatalogError;
use crate::catalog::rules::change::NewVariant;
use crate::catalog::rules::whole::Making;
use crate::catalog::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::{Failure, Problems};
use crate::kernel::write::{Command, Cx};

/// Adds a variant to a product.
#[derive(Debug, Clone)]
pub struct VariantCreate {
    /// The product.
    pub product_id: ProductId,
    /// The version of the product that the caller read.
    pub expected_version: Option<i64>,
    /// The variant.
    pub variant: NewVariant,
}

impl Command for VariantCreate {
    type Output = ProductVariantId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<ProductVariantId, Failure<CatalogError>> {
        let before = store::lock_product(cx.tx, cx.actor, self.product_id).await?;
        let before = before.ok_or_else(|| Failure::refused("input.productId", CatalogError::ProductNotFound))?;
        require_version(self.expected_version, before.product.version)?;
        let (mut after, mut problems) = (before.clone(), Problems::default());
        let making = Making { ids: cx.ids, now: cx.now };
        let touched = vec![after.add_variant(&self.variant, "input", making, &mut problems)];
        after.check(&touched, &mut problems);
        let after = problems.finish(Some(after)).map_err(Failure::Refused)?;
        save::update(cx, &before, after, &touched).await?;
        touched
            .first()
            .map(|touched| touched.id)
            .ok_or_else(|| crate::kernel::error::Fault::Internal("the new variant is not there".to_owned()).into())
    }
}
