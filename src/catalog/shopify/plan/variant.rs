//! From the variants of a draft to what has to be done for each.

use rust_decimal::Decimal;

use super::{Existing, ExistingVariant, Ground, Planned, different};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::rules::change::{Backorder, Choice, NewVariant, Patch, VariantChanges};
use crate::catalog::rules::{self, Sku};
use crate::catalog::shopify::draft::{Cell, ProductDraft, VariantDraft};
use crate::catalog::shopify::header::Column;
use crate::catalog::shopify::problem::{RowProblem, excerpt};
use crate::kernel::money::{Currency, Money};

/// What has to be done for one variant.
#[derive(Debug)]
pub struct VariantPlan {
    /// The line of its row.
    pub line: u64,
    /// What has to be done.
    pub action: VariantAction,
    /// Units that are to be its opening stock, where it has none.
    pub quantity: Option<i64>,
}

/// What has to be done for a variant itself.
#[derive(Debug)]
pub enum VariantAction {
    /// It is new.
    Create(NewVariant),
    /// It has other values.
    Update {
        /// The variant.
        id: ProductVariantId,
        /// Its version when it was read.
        version: i64,
        /// What differs.
        changes: VariantChanges,
    },
    /// It is as the file says.
    Keep(ProductVariantId),
}

/// The values of a row after the catalog's rules.
struct Wanted {
    sku: Option<Sku>,
    values: Option<Vec<String>>,
    barcode: Patch<String>,
    price: Option<Money>,
    compare_at_price: Patch<Money>,
    weight_grams: Patch<i64>,
}

/// Collects what is wrong with one row.
struct Row<'a> {
    handle: &'a str,
    draft: &'a VariantDraft,
    found: Vec<RowProblem>,
}

/// Which variant a row is about.
enum Match<'e> {
    New,
    Found(&'e ExistingVariant),
    /// The row does not tell.
    Unclear,
}

impl<'e> From<Option<&'e ExistingVariant>> for Match<'e> {
    fn from(found: Option<&'e ExistingVariant>) -> Self {
        found.map_or(Self::New, Self::Found)
    }
}

/// The plans of the variants that keep the rules.
pub(super) fn plans(
    draft: &ProductDraft,
    options: &[String],
    ground: &Ground<'_>,
    problems: &mut Vec<RowProblem>,
) -> Vec<VariantPlan> {
    let mut planned = Planned::new();
    let mut plans = Vec::new();
    for variant in &draft.variants {
        let mut row = Row { handle: &draft.handle, draft: variant, found: Vec::new() };
        let action = row.action(options, ground, &mut planned);
        problems.append(&mut row.found);
        plans.extend(action.map(|action| VariantPlan { line: variant.line, action, quantity: variant.quantity }));
    }
    plans
}

impl Row<'_> {
    fn action(&mut self, options: &[String], ground: &Ground<'_>, planned: &mut Planned) -> Option<VariantAction> {
        if let Some(values) = self.draft.option_values.as_ref().filter(|values| values.len() != options.len()) {
            let rule = format!("has {} option values where the product has {} options", values.len(), options.len());
            self.refuse(Column::Option1Value, rule);
            return None;
        }
        let found = match self.matching(ground.existing) {
            Match::Unclear => return None,
            Match::New => None,
            Match::Found(variant) => Some(variant),
        };
        let currency = self.currency(ground);
        let wanted = self.wanted(currency);
        let action = match found {
            Some(found) => changed(found, wanted, options),
            None => VariantAction::Create(self.new_variant(wanted, options)?),
        };
        let own = found.map(|found| found.row.id);
        let sku = match &action {
            VariantAction::Create(new) => Some(&new.sku),
            VariantAction::Update { changes, .. } => changes.sku.as_ref(),
            VariantAction::Keep(_) => None,
        };
        if let Some(sku) = sku {
            let taken = ground.skus.get(sku.as_str()).is_some_and(|owner| Some(*owner) != own);
            if taken || !planned.insert(sku.clone()) {
                self.refuse(Column::Sku, format!("{} is the SKU of another variant", excerpt(sku.as_str())));
            }
        }
        self.found.is_empty().then_some(action)
    }

    /// The variant that the row is about: by its option values, else by its SKU, else the product's only one.
    fn matching<'e>(&mut self, existing: Option<&'e Existing>) -> Match<'e> {
        let Some(existing) = existing else { return Match::New };
        let by_sku = |sku: &String| existing.with_sku(sku);
        match (&self.draft.option_values, &self.draft.sku) {
            (Some(values), sku) => existing.with_values(values).or_else(|| sku.as_ref().and_then(by_sku)).into(),
            (None, Some(sku)) if existing.options.is_empty() => by_sku(sku).or_else(|| existing.only_variant()).into(),
            (None, Some(sku)) => {
                by_sku(sku).map_or_else(|| self.unclear("is the SKU of no variant of this product"), Match::Found)
            }
            (None, None) if existing.variants.len() > 1 => self.unclear("is missing; the product has several variants"),
            (None, None) => existing.only_variant().into(),
        }
    }

    fn unclear(&mut self, rule: &str) -> Match<'static> {
        self.refuse(Column::Sku, rule.to_owned());
        Match::Unclear
    }

    /// The currency of the row's amounts: all prices of a product have one.
    fn currency(&mut self, ground: &Ground<'_>) -> Currency {
        let first = ground.existing.and_then(|existing| existing.variants.first());
        let Some(has) = first.map(|variant| variant.row.currency).filter(|has| *has != ground.currency) else {
            return ground.currency;
        };
        if self.draft.price.is_some() {
            let rule = format!("is in {}, while the product's prices are in {has}", ground.currency);
            self.refuse(Column::Price, rule);
        }
        has
    }

    fn wanted(&mut self, currency: Currency) -> Wanted {
        let draft = self.draft;
        let price = draft.price.and_then(|amount| self.money(Column::Price, amount, currency));
        let compare_at_price =
            patch(&draft.compare_at_price, |amount| self.money(Column::CompareAtPrice, *amount, currency));
        let barcode = patch(&draft.barcode, |code| self.checked(Column::Barcode, rules::printed_code(code)));
        let weight_grams = patch(&draft.weight_grams, |grams| self.checked(Column::Grams, rules::weight_grams(*grams)));
        let sku = draft.sku.as_ref().and_then(|sku| self.checked(Column::Sku, Sku::parse(sku)));
        let values = draft.option_values.as_ref().and_then(|values| {
            let values = values.iter().map(|value| rules::option_text(value)).collect();
            self.checked(Column::Option1Value, values)
        });
        Wanted { sku, values, barcode, price, compare_at_price, weight_grams }
    }

    fn new_variant(&mut self, wanted: Wanted, options: &[String]) -> Option<NewVariant> {
        if self.draft.price.is_none() {
            self.refuse(Column::Price, "is missing; a new variant needs a price".to_owned());
        }
        if self.draft.option_values.is_none() && !options.is_empty() {
            self.refuse(Column::Option1Value, "is missing; a new variant needs its option values".to_owned());
        }
        let sku = match (&self.draft.sku, wanted.sku) {
            (None, _) => self.checked(Column::Sku, Sku::parse(&self.draft.generated_sku)),
            (Some(_), sku) => sku,
        };
        let (price, sku) = (wanted.price?, sku?);
        self.found.is_empty().then(|| NewVariant {
            sku,
            choices: choices(options, wanted.values.unwrap_or_default()),
            barcode: wanted.barcode.apply(None),
            price,
            compare_at_price: wanted.compare_at_price.apply(None),
            weight_grams: wanted.weight_grams.apply(None),
            backorder: Backorder::default(),
        })
    }

    fn money(&mut self, column: Column, amount: Decimal, currency: Currency) -> Option<Money> {
        self.checked(column, Money::from_decimal(amount, currency))
    }

    fn checked<T, E: std::fmt::Display>(&mut self, column: Column, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.refuse(column, error.to_string())).ok()
    }

    fn refuse(&mut self, column: Column, rule: String) {
        let handle = Some(self.handle.to_owned());
        self.found.push(RowProblem { line: self.draft.line, handle, column: Some(column.name().into()), rule });
    }
}

/// What differs between a variant and a row about it.
fn changed(found: &ExistingVariant, wanted: Wanted, options: &[String]) -> VariantAction {
    let row = &found.row;
    let stored = |minor: Option<i64>| minor.and_then(|minor| Money::from_minor(minor, row.currency).ok());
    let price = stored(Some(row.price_minor));
    let values = wanted.values.filter(|values| *values != found.values);
    let changes = VariantChanges {
        sku: wanted.sku.filter(|sku| sku.as_str() != row.sku),
        choices: values.map(|values| choices(options, values)),
        barcode: different(wanted.barcode, row.barcode.as_ref()),
        price: wanted.price.filter(|new| Some(*new) != price),
        compare_at_price: different(wanted.compare_at_price, stored(row.compare_at_minor).as_ref()),
        weight_grams: different(wanted.weight_grams, row.weight_grams.as_ref()),
        backorder: None,
    };
    if changes == VariantChanges::default() {
        VariantAction::Keep(row.id)
    } else {
        VariantAction::Update { id: row.id, version: row.version, changes }
    }
}

fn choices(options: &[String], values: Vec<String>) -> Vec<Choice> {
    options.iter().cloned().zip(values).map(|(name, value)| Choice { name, value }).collect()
}

/// A cell's value after a rule; what the rule refused has been reported and is not used.
fn patch<T, U>(cell: &Cell<T>, parse: impl FnOnce(&T) -> Option<U>) -> Patch<U> {
    match cell {
        Cell::Absent => Patch::Keep,
        Cell::Empty => Patch::Clear,
        Cell::Value(value) => parse(value).map_or(Patch::Clear, Patch::Set),
    }
}
