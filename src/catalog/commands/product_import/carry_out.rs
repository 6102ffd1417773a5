//! From a plan to the write that carries it out, and from what was written to what is told of it.

use super::{ImportedVariant, VariantOutcome};
use crate::catalog::commands::product_upsert::{self, ProductUpsert, VariantUpsert};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::error::CatalogError;
use crate::catalog::rules::change::ProductChanges;
use crate::catalog::shopify::plan::{ProductAction, ProductPlan, VariantAction, VariantPlan};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::write::Cx;

/// Does what the plan says; tells what became of each variant.
pub(super) async fn plan(cx: &mut Cx<'_>, plan: &ProductPlan) -> Result<Vec<ImportedVariant>, Failure<CatalogError>> {
    let upserted = product_upsert::apply(cx, &upsert(plan)).await?;
    let mut written = upserted.variants.into_iter();
    let mut imported = Vec::new();
    for variant in &plan.variants {
        let (outcome, id) = match &variant.action {
            VariantAction::Create(_) => (VariantOutcome::Created, written.next()),
            VariantAction::Update { .. } => (VariantOutcome::Updated, written.next()),
            VariantAction::Keep(id) => (VariantOutcome::Unchanged, Some(*id)),
        };
        imported.push(ImportedVariant { line: variant.line, id: required(id)?, outcome, quantity: variant.quantity });
    }
    Ok(imported)
}

/// The line of the row that a refusal of the write is about.
pub(super) fn line_of(plan: &ProductPlan, field: &[String]) -> u64 {
    let index = match field {
        [input, variants, index, ..] if input == "input" && variants == "variants" => index.parse::<usize>().ok(),
        _ => None,
    };
    let mut written = plan.variants.iter().filter(|variant| !is_kept(variant));
    index.and_then(|index| written.nth(index)).map_or(plan.line, |variant| variant.line)
}

fn upsert(plan: &ProductPlan) -> ProductUpsert {
    let (id, version, changes) = match &plan.action {
        ProductAction::Create(new) => {
            let variants = plan.variants.iter().filter_map(|variant| match &variant.action {
                VariantAction::Create(new) => Some(new.clone()),
                VariantAction::Update { .. } | VariantAction::Keep(_) => None,
            });
            let mut new = new.clone();
            new.variants = variants.collect();
            return ProductUpsert::Create(new);
        }
        ProductAction::Update { id, version, changes } => (*id, Some(*version), changes.clone()),
        ProductAction::Keep(id) => (*id, None, ProductChanges::default()),
    };
    let variants = plan.variants.iter().filter_map(|variant| match &variant.action {
        VariantAction::Create(new) => Some(VariantUpsert::Create(new.clone())),
        VariantAction::Update { id, changes, .. } => Some(VariantUpsert::Change(*id, changes.clone())),
        VariantAction::Keep(_) => None,
    });
    ProductUpsert::Change { id, expected_version: version, changes, variants: variants.collect() }
}

fn is_kept(variant: &VariantPlan) -> bool {
    matches!(variant.action, VariantAction::Keep(_))
}

fn required(id: Option<ProductVariantId>) -> Result<ProductVariantId, Fault> {
    id.ok_or_else(|| Fault::Internal("a variant of an import was not written".to_owned()))
}
