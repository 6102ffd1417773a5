//! Creates a product, or changes it and its variants, in one step: for imports. What is as it should be is not written.

use serde::{Deserialize, Serialize};

use super::product_create::draw_up;
use super::{require_version, save};
use crate::catalog::entity::product::ProductId;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::error::CatalogError;
use crate::catalog::rules::change::{NewProduct, NewVariant, ProductChanges, VariantChanges};
use crate::catalog::rules::whole::{Making, Touched, Whole};
use crate::catalog::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::{Failure, Problems};
use crate::kernel::write::{Command, Cx};

/// Creates a product, or changes it and its variants.
#[derive(Debug, Clone)]
pub enum ProductUpsert {
    /// There is none yet.
    Create(NewProduct),
    /// There is one.
    Change {
        /// The product.
        id: ProductId,
        /// The version that the caller read.
        expected_version: Option<i64>,
        /// What to change of the product itself.
        changes: ProductChanges,
        /// What to do with its variants; those that are not named stay as they are.
        variants: Vec<VariantUpsert>,
    },
}

/// Creates or changes a variant.
#[derive(Debug, Clone)]
pub enum VariantUpsert {
    /// There is none yet.
    Create(NewVariant),
    /// There is one.
    Change(ProductVariantId, VariantChanges),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upserted {
    /// The product.
    pub product: ProductId,
    /// The version that it has now.
    pub version: i64,
    /// The variants that were named, in their order.
    pub variants: Vec<ProductVariantId>,
}

impl Command for ProductUpsert {
    type Output = Upserted;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Upserted, Failure<CatalogError>> {
        apply(cx, self).await
    }
}

/// The same as a part of another command. A refusal names the variants as `input.variants.<index>`.
pub async fn apply(cx: &mut Cx<'_>, upsert: &ProductUpsert) -> Result<Upserted, Failure<CatalogError>> {
    let making = Making { ids: cx.ids, now: cx.now };
    let (whole, touched) = match upsert {
        ProductUpsert::Create(new) => {
            let (whole, touched) = draw_up(new, making)?;
            (save::create(cx, whole, new.handle.is_some(), &touched).await?, touched)
        }
        ProductUpsert::Change { id, expected_version, changes, variants } => {
            let before = store::lock_product(cx.tx, cx.actor, *id).await?;
            let before = before.ok_or_else(|| Failure::refused("input.id", CatalogError::ProductNotFound))?;
            require_version(*expected_version, before.product.version)?;
            let (mut after, mut problems) = (before.clone(), Problems::default());
            after.change(changes, &mut problems);
            let touched = upsert_variants(&mut after, variants, making, &mut problems);
            after.check(&touched, &mut problems);
            let after = problems.finish(Some(after)).map_err(Failure::Refused)?;
            (save::update(cx, &before, after, &touched).await?, touched)
        }
    };
    let variants = touched.into_iter().map(|touched| touched.id).collect();
    Ok(Upserted { product: whole.product.id, version: whole.product.version, variants })
}

fn upsert_variants(
    whole: &mut Whole,
    variants: &[VariantUpsert],
    making: Making<'_>,
    problems: &mut Problems<CatalogError>,
) -> Vec<Touched> {
    let mut touched = Vec::new();
    for (index, variant) in variants.iter().enumerate() {
        let path = format!("input.variants.{index}");
        touched.push(match variant {
            VariantUpsert::Create(new) => whole.add_variant(new, &path, making, problems),
            VariantUpsert::Change(id, changes) => {
                let touched = Touched { id: *id, path };
                whole.change_variant(&touched, changes, making, problems);
                touched
            }
        });
    }
    touched
}
