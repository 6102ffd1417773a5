//! Creates a product with its options and variants.

use super::save;
use crate::catalog::entity::product::ProductId;
use crate::catalog::error::CatalogError;
use crate::catalog::rules::change::NewProduct;
use crate::catalog::rules::whole::{Making, Touched, Whole};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::{Failure, Problems};
use crate::kernel::write::{Command, Cx};

/// Creates a product with its options and variants.
#[derive(Debug, Clone)]
pub struct ProductCreate {
    /// The product.
    pub product: NewProduct,
}

impl Command for ProductCreate {
    type Output = ProductId;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<ProductId, Failure<CatalogError>> {
        let (whole, touched) = draw_up(&self.product, Making { ids: cx.ids, now: cx.now })?;
        Ok(save::create(cx, whole, self.product.handle.is_some(), &touched).await?.product.id)
    }
}

/// The product as it is to be, and its variants.
pub(super) fn draw_up(new: &NewProduct, making: Making<'_>) -> Result<(Whole, Vec<Touched>), Failure<CatalogError>> {
    let mut problems = Problems::default();
    let mut whole = Whole::new(new, making, &mut problems);
    let mut touched = Vec::new();
    for (index, variant) in new.variants.iter().enumerate() {
        touched.push(whole.add_variant(variant, &format!("input.variants.{index}"), making, &mut problems));
    }
    whole.check(&touched, &mut problems);
    problems.finish(Some((whole, touched))).map_err(Failure::Refused)
}
