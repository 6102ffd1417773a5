//! From a draft and what the catalog has under its handle to the changes that are needed, and to nothing when none is.
//!
//! Pure: the caller reads what there is and carries out what comes back. Every text passes the catalog's own rules here,
//! so that a refusal names the line and the column it stands in.

mod existing;
mod variant;

use std::collections::{HashMap, HashSet};

pub use self::existing::{Existing, ExistingVariant};
pub use self::variant::{VariantAction, VariantPlan};
use super::draft::{Cell, ProductDraft, PublicationStatus};
use super::header::Column;
use super::problem::RowProblem;
use crate::catalog::entity::category::CategoryId;
use crate::catalog::entity::product::{ProductId, Status};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::rules::change::{NewOption, NewProduct, Patch, ProductChanges};
use crate::catalog::rules::{self, Handle, MAX_VARIANTS, Sku};
use crate::kernel::money::Currency;
use crate::kernel::text::InputError;

/// What the plan is made against.
pub struct Ground<'a> {
    /// The product with the draft's handle.
    pub existing: Option<&'a Existing>,
    /// Which variant has which of the SKUs that the draft could use.
    pub skus: &'a HashMap<String, ProductVariantId>,
    /// The currency of the file.
    pub currency: Currency,
    /// What becomes of the product's category, as far as the caller knows its id.
    pub category: Patch<CategoryId>,
}

/// What has to be done for one product.
#[derive(Debug)]
pub struct ProductPlan {
    /// The line of its first row.
    pub line: u64,
    /// What has to be done for the product itself.
    pub action: ProductAction,
    /// What has to be done for its variants, in the file's order.
    pub variants: Vec<VariantPlan>,
}

/// What has to be done for the product itself.
#[derive(Debug)]
pub enum ProductAction {
    /// There is none with this handle; its new variants are in the plan beside it.
    Create(NewProduct),
    /// It has other values.
    Update {
        /// The product.
        id: ProductId,
        /// Its version when it was read.
        version: i64,
        /// What differs.
        changes: ProductChanges,
    },
    /// It is as the file says.
    Keep(ProductId),
}

impl ProductPlan {
    /// Whether the file changes nothing but, perhaps, the opening stock.
    pub fn is_empty(&self) -> bool {
        let keeps = |variant: &VariantPlan| matches!(variant.action, VariantAction::Keep(_));
        matches!(self.action, ProductAction::Keep(_)) && self.variants.iter().all(keeps)
    }
}

/// The SKUs that a draft could use: those that it names and those that new variants would get.
pub fn skus_of(draft: &ProductDraft) -> impl Iterator<Item = &str> {
    draft.variants.iter().map(|variant| variant.sku.as_deref().unwrap_or(&variant.generated_sku))
}

/// What has to be done; `None` when the product as a whole breaks a rule, and without the variants that do.
pub fn plan(draft: &ProductDraft, ground: &Ground<'_>, problems: &mut Vec<RowProblem>) -> Option<ProductPlan> {
    let mut found = Vec::new();
    let handle = checked(draft, Column::Handle, Handle::parse(&draft.handle), &mut found);
    let wanted = ProductChanges { category_id: ground.category.clone(), ..wanted(draft, &mut found) };
    let options = options(draft, ground.existing, &mut found);
    let action = match ground.existing {
        None => new_product(draft, handle, wanted, &mut found).map(ProductAction::Create),
        Some(existing) => changed_product(draft, existing, wanted, &mut found),
    };
    if !found.is_empty() {
        problems.append(&mut found);
        return None;
    }
    let variants = variant::plans(draft, &options?, ground, problems);
    let known = ground.existing.map_or(0, |existing| existing.variants.len());
    let new = variants.iter().filter(|variant| matches!(variant.action, VariantAction::Create(_))).count();
    if known + new > MAX_VARIANTS {
        problems.push(problem(draft, None, format!("would have more than {MAX_VARIANTS} variants")));
        return None;
    }
    if variants.is_empty() && !draft.variants.is_empty() {
        return None;
    }
    Some(ProductPlan { line: draft.line, action: action?, variants })
}

/// The draft's own columns after the catalog's rules.
fn wanted(draft: &ProductDraft, found: &mut Vec<RowProblem>) -> ProductChanges {
    let mut label = |column, cell: &Cell<String>| match cell {
        Cell::Absent => Patch::Keep,
        Cell::Empty => Patch::Clear,
        Cell::Value(text) => match checked(draft, column, rules::optional_label(text), found).flatten() {
            Some(text) => Patch::Set(text),
            None => Patch::Clear,
        },
    };
    let vendor = label(Column::Vendor, &draft.vendor);
    let product_type = label(Column::Type, &draft.product_type);
    ProductChanges {
        handle: None,
        category_id: Patch::Keep,
        title: draft.title.value().and_then(|text| checked(draft, Column::Title, rules::title(text), found)),
        description: match &draft.description {
            Cell::Absent => None,
            Cell::Empty => Some(String::new()),
            Cell::Value(html) => checked(draft, Column::Body, rules::description(html), found),
        },
        status: draft.status.map(|status| match status {
            PublicationStatus::Draft => Status::Draft,
            PublicationStatus::Active => Status::Active,
            PublicationStatus::Archived => Status::Archived,
        }),
        vendor,
        product_type,
        tags: match &draft.tags {
            Cell::Absent => None,
            Cell::Empty => Some(Vec::new()),
            Cell::Value(tags) => checked(draft, Column::Tags, rules::tags(tags), found),
        },
    }
}

/// The names of the product's options: those of the catalog, which the file must not contradict.
fn options(draft: &ProductDraft, existing: Option<&Existing>, found: &mut Vec<RowProblem>) -> Option<Vec<String>> {
    let named = match &draft.options {
        None => None,
        Some(names) => {
            let names = names.iter().map(|name| rules::option_text(name)).collect();
            Some(checked(draft, Column::Option1Name, names, found)?)
        }
    };
    let Some(existing) = existing else { return Some(named.unwrap_or_default()) };
    let differs = named.is_some_and(|names: Vec<String>| !draft.variants.is_empty() && names != existing.options);
    if differs {
        let has = if existing.options.is_empty() { "no options".to_owned() } else { existing.options.join(", ") };
        let rule = format!("names other options than the product has ({has}); change them before the import");
        found.push(problem(draft, Some(Column::Option1Name), rule));
    }
    Some(existing.options.clone())
}

fn new_product(
    draft: &ProductDraft,
    handle: Option<Handle>,
    wanted: ProductChanges,
    found: &mut Vec<RowProblem>,
) -> Option<NewProduct> {
    if draft.title == Cell::Absent {
        found.push(problem(draft, Some(Column::Title), "is missing; a new product needs a title".to_owned()));
    }
    let names = draft.options.clone().unwrap_or_default().into_iter();
    Some(NewProduct {
        title: wanted.title?,
        description: wanted.description.unwrap_or_default(),
        // Shopify's own meaning of a file that does not say.
        status: wanted.status.unwrap_or(Status::Active),
        handle,
        vendor: wanted.vendor.apply(None),
        product_type: wanted.product_type.apply(None),
        category_id: wanted.category_id.apply(None),
        tags: wanted.tags.unwrap_or_default(),
        // Their values come with the variants that have them.
        options: names.map(|name| NewOption { name, values: Vec::new() }).collect(),
        variants: Vec::new(),
    })
}

fn changed_product(
    draft: &ProductDraft,
    existing: &Existing,
    wanted: ProductChanges,
    found: &mut Vec<RowProblem>,
) -> Option<ProductAction> {
    let row = &existing.product;
    let changes = ProductChanges {
        title: wanted.title.filter(|title| *title != row.title),
        description: wanted.description.filter(|html| *html != row.description),
        status: wanted.status.filter(|status| *status != row.status),
        vendor: different(wanted.vendor, row.vendor.as_ref()),
        product_type: different(wanted.product_type, row.product_type.as_ref()),
        category_id: different(wanted.category_id, row.category_id.as_ref()),
        tags: wanted.tags.filter(|tags| *tags != existing.tags),
        ..ProductChanges::default()
    };
    if changes.status.is_some_and(|status| !rules::may_become(row.status, status)) {
        let rule = "an archived product must become a draft before it is active again".to_owned();
        found.push(problem(draft, Some(Column::Status), rule));
        return None;
    }
    Some(if changes == ProductChanges::default() {
        ProductAction::Keep(row.id)
    } else {
        ProductAction::Update { id: row.id, version: row.version, changes }
    })
}

/// The patch, unless it would leave the field as it is.
fn different<T: PartialEq>(patch: Patch<T>, current: Option<&T>) -> Patch<T> {
    let same = match &patch {
        Patch::Keep => true,
        Patch::Clear => current.is_none(),
        Patch::Set(value) => current == Some(value),
    };
    if same { Patch::Keep } else { patch }
}

/// SKUs of one plan, so that no two of its variants get the same.
type Planned = HashSet<Sku>;

fn checked<T>(
    draft: &ProductDraft,
    column: Column,
    value: Result<T, InputError>,
    found: &mut Vec<RowProblem>,
) -> Option<T> {
    value.map_err(|error| found.push(problem(draft, Some(column), error.to_string()))).ok()
}

fn problem(draft: &ProductDraft, column: Option<Column>, rule: String) -> RowProblem {
    RowProblem {
        line: draft.line,
        handle: Some(draft.handle.clone()),
        column: column.map(|column| column.name().into()),
        rule,
    }
}

#[cfg(test)]
mod tests;
