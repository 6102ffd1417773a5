//! Changes a variant.

use super::{require_version, save};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::error::CatalogError;
use crate::catalog::rules::change::VariantChanges;
use crate::catalog::rules::whole::{Making, Touched, VariantState, Whole};
use crate::catalog::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::{Failure, Problems};
use crate::kernel::write::{Command, Cx};

/// Changes a variant.
#[derive(Debug, Clone)]
pub struct VariantUpdate {
    /// The variant.
    pub id: ProductVariantId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// What to change.
    pub changes: VariantChanges,
}

impl Command for VariantUpdate {
    type Output = ProductVariantId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<ProductVariantId, Failure<CatalogError>> {
        let before = lock(cx, self.id).await?;
        let current = find(&before, self.id)?.row.version;
        require_version(self.expected_version, current)?;
        let (mut after, mut problems) = (before.clone(), Problems::default());
        let touched = Touched { id: self.id, path: "input".to_owned() };
        after.change_variant(&touched, &self.changes, Making { ids: cx.ids, now: cx.now }, &mut problems);
        let touched = [touched];
        after.check(&touched, &mut problems);
        let after = problems.finish(Some(after)).map_err(Failure::Refused)?;
        save::update(cx, &before, after, &touched).await?;
        Ok(self.id)
    }
}

/// The product of a variant, locked.
pub(super) async fn lock(cx: &Cx<'_>, id: ProductVariantId) -> Result<Whole, Failure<CatalogError>> {
    let not_found = || Failure::refused("input.id", CatalogError::VariantNotFound);
    let row = store::variants_by_ids(cx.tx, cx.actor, &[id]).await?.remove(&id).ok_or_else(not_found)?;
    store::lock_product(cx.tx, cx.actor, row.product_id).await?.ok_or_else(not_found)
}

/// The variant of a locked product, as it is now.
pub(super) fn find(whole: &Whole, id: ProductVariantId) -> Result<&VariantState, Failure<CatalogError>> {
    let found = whole.variants.iter().find(|variant| variant.row.id == id);
    found.ok_or_else(|| Failure::refused("input.id", CatalogError::VariantNotFound))
}
