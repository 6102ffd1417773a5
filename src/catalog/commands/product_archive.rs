//! Takes a product out of the shop, and back again as a draft.

use super::{require_version, save};
use crate::catalog::entity::product::{ProductId, Status};
use crate::catalog::error::CatalogError;
use crate::catalog::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Takes a product out of the shop. Its stock and history stay.
#[derive(Debug, Clone)]
pub struct ProductArchive {
    /// The product.
    pub id: ProductId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

impl Command for ProductArchive {
    type Output = ProductId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<ProductId, Failure<CatalogError>> {
        set_status(cx, self.id, self.expected_version, |_| Status::Archived).await
    }
}

/// Makes an archived product a draft again; one that is not archived stays as it is.
#[derive(Debug, Clone)]
pub struct ProductUnarchive {
    /// The product.
    pub id: ProductId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

impl Command for ProductUnarchive {
    type Output = ProductId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<ProductId, Failure<CatalogError>> {
        let back = |status| match status {
            Status::Archived => Status::Draft,
            Status::Draft | Status::Active => status,
        };
        set_status(cx, self.id, self.expected_version, back).await
    }
}

async fn set_status(
    cx: &mut Cx<'_>,
    id: ProductId,
    expected_version: Option<i64>,
    status: impl Fn(Status) -> Status + Send,
) -> Result<ProductId, Failure<CatalogError>> {
    let before = store::lock_product(cx.tx, cx.actor, id).await?;
    let before = before.ok_or_else(|| Failure::refused("input.id", CatalogError::ProductNotFound))?;
    require_version(expected_version, before.product.version)?;
    let mut after = before.clone();
    after.product.status = status(before.product.status);
    Ok(save::update(cx, &before, after, &[]).await?.product.id)
}
