//! Brings one product of a catalogue file into the catalog: creates it, changes what differs, or leaves it alone.

mod carry_out;
mod category;
mod ground;

use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};

use crate::catalog::entity::category::CategoryId;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::error::CatalogError;
use crate::catalog::rules::change::Patch;
use crate::catalog::shopify::plan::{self, Ground, ProductAction, ProductPlan, VariantAction};
use crate::catalog::shopify::{ProductDraft, RowProblem};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::{At, Failure};
use crate::kernel::money::Currency;
use crate::kernel::write::{Command, Cx};

use self::category::Category;

/// Imports one product with its variants.
///
/// Rows that break a rule are left out and told of in the output; they do not refuse the rest.
#[derive(Debug, Clone)]
pub struct ProductImport {
    /// What the file says.
    pub draft: ProductDraft,
    /// The currency of the file's prices.
    pub currency: Currency,
    /// Whether only to say what would happen.
    pub dry_run: bool,
}

/// What came of a product of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The handle.
    pub handle: String,
    /// What came of the product and its variants as a whole.
    pub product: ProductOutcome,
    /// The variants of the good rows, in the file's order.
    pub variants: Vec<ImportedVariant>,
    /// What was wrong with the others.
    pub problems: Vec<RowProblem>,
}

/// What came of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProductOutcome {
    /// It is new.
    Created,
    /// It, or a variant of it, was changed.
    Updated,
    /// It was as the file says.
    Unchanged,
    /// It breaks a rule.
    LeftOut,
}

/// A variant that the file names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedVariant {
    /// The line of its row.
    pub line: u64,
    /// The variant.
    pub id: ProductVariantId,
    /// What came of it.
    pub outcome: VariantOutcome,
    /// Units of opening stock in the file.
    pub quantity: Option<i64>,
}

/// What came of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VariantOutcome {
    /// It is new.
    Created,
    /// It was changed.
    Updated,
    /// It was as the file says.
    Unchanged,
}

impl ProductImport {
    /// What comes of the draft where nothing has to be written; `None` where something has.
    pub async fn look(&self, db: &impl ConnectionTrait, actor: &Actor) -> Result<Option<Imported>, DbErr> {
        let mut problems = Vec::new();
        let category = match category::find(db, actor, &self.draft).await? {
            Category::Known(category) => category,
            Category::Missing { .. } => return Ok(None),
        };
        let plan = self.plan(db, actor, category, &mut problems).await?;
        Ok(match plan {
            None => Some(self.left_out(problems)),
            Some(plan) if plan.is_empty() => Some(self.unchanged(&plan, problems)),
            Some(_) => None,
        })
    }

    async fn plan(
        &self,
        db: &impl ConnectionTrait,
        actor: &Actor,
        category: Patch<CategoryId>,
        problems: &mut Vec<RowProblem>,
    ) -> Result<Option<ProductPlan>, DbErr> {
        let found = ground::find(db, actor, &self.draft).await?;
        let currency = self.currency;
        let ground = Ground { existing: found.existing.as_ref(), skus: &found.skus, currency, category };
        Ok(plan::plan(&self.draft, &ground, problems))
    }

    /// What the write itself refused, such as a SKU that someone else took since the plan was made.
    fn refusal(&self, plan: &ProductPlan, at: &At<CatalogError>) -> RowProblem {
        let field = at.field.last().map(String::as_str).unwrap_or_default();
        let rule = format!("{field} {}", at.error);
        RowProblem {
            line: carry_out::line_of(plan, &at.field),
            handle: Some(self.draft.handle.clone()),
            column: None,
            rule: rule.trim().to_owned(),
        }
    }

    /// The draft breaks a rule.
    fn left_out(&self, problems: Vec<RowProblem>) -> Imported {
        let handle = self.draft.handle.clone();
        Imported { handle, product: ProductOutcome::LeftOut, variants: Vec::new(), problems }
    }

    fn unchanged(&self, plan: &ProductPlan, problems: Vec<RowProblem>) -> Imported {
        let variants = plan.variants.iter().filter_map(|variant| match variant.action {
            VariantAction::Keep(id) => {
                let outcome = VariantOutcome::Unchanged;
                Some(ImportedVariant { line: variant.line, id, outcome, quantity: variant.quantity })
            }
            VariantAction::Create(_) | VariantAction::Update { .. } => None,
        });
        let handle = self.draft.handle.clone();
        Imported { handle, product: ProductOutcome::Unchanged, variants: variants.collect(), problems }
    }
}

impl Command for ProductImport {
    type Output = Imported;
    type Error = CatalogError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageCatalog)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Imported, Failure<CatalogError>> {
        let mut problems = Vec::new();
        let category = match category::made(cx, &self.draft).await {
            Ok(category) => category,
            Err(Failure::Fault(fault)) => return Err(fault.into()),
            Err(Failure::Refused(errors)) => {
                cx.roll_back();
                problems.extend(errors.iter().map(|at| category::problem(&self.draft, &at.error)));
                return Ok(self.left_out(problems));
            }
        };
        let Some(plan) = self.plan(cx.tx, cx.actor, category, &mut problems).await? else {
            // The category may be new.
            cx.roll_back();
            return Ok(self.left_out(problems));
        };
        let product = match plan.action {
            ProductAction::Create(_) => ProductOutcome::Created,
            ProductAction::Update { .. } | ProductAction::Keep(_) if plan.is_empty() => ProductOutcome::Unchanged,
            ProductAction::Update { .. } | ProductAction::Keep(_) => ProductOutcome::Updated,
        };
        let variants = match carry_out::plan(cx, &plan).await {
            Ok(variants) => variants,
            Err(Failure::Fault(fault)) => return Err(fault.into()),
            Err(Failure::Refused(errors)) => {
                // What was written before the refusal must not stay.
                cx.roll_back();
                problems.extend(errors.iter().map(|at| self.refusal(&plan, at)));
                return Ok(self.left_out(problems));
            }
        };
        if self.dry_run {
            cx.roll_back();
        }
        Ok(Imported { handle: self.draft.handle.clone(), product, variants, problems })
    }
}
