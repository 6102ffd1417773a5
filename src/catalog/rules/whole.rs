//! A product with everything that belongs to it, as it is and as a write wants it to be. Pure: the writes compare the two and store the difference.

use super::change::{Choice, NewOption, NewProduct, NewVariant, ProductChanges, VariantChanges};
use super::{MAX_OPTION_VALUES, MAX_OPTIONS, MAX_VARIANTS};
use crate::catalog::entity::option_value::{self, OptionValueId};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::entity::{product, product_option, product_variant};
use crate::catalog::error::CatalogError;
use crate::catalog::rules::{self, Handle};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Problems;
use crate::kernel::id::Ids;
use crate::kernel::money::Money;
use crate::kernel::text::InputError;

/// A product with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Its row.
    pub product: product::Model,
    /// Sorted.
    pub tags: Vec<String>,
    /// In order.
    pub options: Vec<OptionState>,
    /// In order.
    pub variants: Vec<VariantState>,
}

/// An option with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionState {
    /// Its row.
    pub row: product_option::Model,
    /// In order.
    pub values: Vec<option_value::Model>,
}

/// A variant with its option values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantState {
    /// Its row.
    pub row: product_variant::Model,
    /// One for each option, in the order of the options.
    pub values: Vec<OptionValueId>,
}

/// A variant that a write makes or changes, and where in the input it stands.
#[derive(Debug, Clone)]
pub struct Touched {
    /// The variant.
    pub id: ProductVariantId,
    /// Such as `input.variants.3`.
    pub path: String,
}

/// What new rows are made with.
#[derive(Clone, Copy)]
pub struct Making<'a> {
    /// Makes ids.
    pub ids: &'a Ids,
    /// When.
    pub now: Timestamp,
}

type Errors = Problems<CatalogError>;

impl Whole {
    /// A new product, without its variants.
    pub fn new(new: &NewProduct, making: Making<'_>, problems: &mut Errors) -> Self {
        let handle = new.handle.clone().unwrap_or_else(|| Handle::from_title(&new.title, "product"));
        let product = product::Model {
            id: making.ids.make(),
            title: new.title.clone(),
            handle: handle.as_str().to_owned(),
            description: new.description.clone(),
            status: new.status,
            vendor: new.vendor.clone(),
            product_type: new.product_type.clone(),
            category_id: new.category_id,
            version: 1,
            created_at: making.now,
            updated_at: making.now,
        };
        let mut whole = Self { product, tags: new.tags.clone(), options: Vec::new(), variants: Vec::new() };
        whole.add_options(&new.options, making, problems);
        whole
    }

    fn add_options(&mut self, options: &[NewOption], making: Making<'_>, problems: &mut Errors) {
        if options.len() > MAX_OPTIONS {
            problems.add("input.options", InputError::TooMany { max: MAX_OPTIONS }.into());
        }
        for (index, new) in options.iter().enumerate() {
            if self.option(&new.name).is_some() {
                problems.add(&format!("input.options.{index}.name"), CatalogError::Repeated);
            }
            let row = product_option::Model {
                id: making.ids.make(),
                product_id: self.product.id,
                name: new.name.clone(),
                position: place(index),
            };
            let mut option = OptionState { row, values: Vec::new() };
            for (number, value) in new.values.iter().enumerate() {
                let path = format!("input.options.{index}.values.{number}");
                if option.value(value).is_some() {
                    problems.add(&path, CatalogError::Repeated);
                }
                option.value_or_new(value, &path, making, problems);
            }
            self.options.push(option);
        }
    }

    /// Changes the product itself.
    pub fn change(&mut self, changes: &ProductChanges, problems: &mut Errors) {
        let row = &mut self.product;
        if let Some(status) = changes.status {
            if !rules::may_become(row.status, status) {
                problems.add("input.status", CatalogError::Archived);
            }
            row.status = status;
        }
        if let Some(title) = &changes.title {
            row.title.clone_from(title);
        }
        if let Some(handle) = &changes.handle {
            handle.as_str().clone_into(&mut row.handle);
        }
        if let Some(description) = &changes.description {
            row.description.clone_from(description);
        }
        row.vendor = changes.vendor.apply(row.vendor.take());
        row.product_type = changes.product_type.apply(row.product_type.take());
        row.category_id = changes.category_id.apply(row.category_id);
        if let Some(tags) = &changes.tags {
            self.tags.clone_from(tags);
        }
    }

    /// Adds a variant; `path` is where the input has it.
    pub fn add_variant(&mut self, new: &NewVariant, path: &str, making: Making<'_>, problems: &mut Errors) -> Touched {
        let values = self.choose(&new.choices, path, making, problems);
        let last = self.variants.iter().map(|variant| variant.row.position).max().unwrap_or(0);
        let row = product_variant::Model {
            id: making.ids.make(),
            product_id: self.product.id,
            title: String::new(),
            sku: new.sku.as_str().to_owned(),
            barcode: new.barcode.clone(),
            option_key: String::new(),
            currency: new.price.currency(),
            price_minor: new.price.minor(),
            compare_at_minor: new.compare_at_price.map(Money::minor),
            weight_grams: new.weight_grams,
            backorder_policy: new.backorder.policy,
            backorder_limit: new.backorder.limit,
            position: last + 1,
            version: 1,
            created_at: making.now,
            updated_at: making.now,
        };
        same_currency(new.compare_at_price, &row, path, problems);
        let touched = Touched { id: row.id, path: path.to_owned() };
        self.variants.push(VariantState { row, values });
        self.name_variant(touched.id);
        touched
    }

    /// Changes a variant of the product; `path` is where the input has it.
    pub fn change_variant(
        &mut self,
        touched: &Touched,
        changes: &VariantChanges,
        making: Making<'_>,
        problems: &mut Errors,
    ) {
        let path = &touched.path;
        let values = changes.choices.as_ref().map(|choices| self.choose(choices, path, making, problems));
        let Some(variant) = self.variants.iter_mut().find(|variant| variant.row.id == touched.id) else {
            problems.add(&format!("{path}.id"), CatalogError::VariantNotFound);
            return;
        };
        let row = &mut variant.row;
        if let Some(sku) = &changes.sku {
            sku.as_str().clone_into(&mut row.sku);
        }
        if let Some(price) = changes.price {
            if price.currency() != row.currency {
                // A former price in another currency would mean something else.
                row.compare_at_minor = None;
            }
            (row.price_minor, row.currency) = (price.minor(), price.currency());
        }
        row.barcode = changes.barcode.apply(row.barcode.take());
        row.weight_grams = changes.weight_grams.apply(row.weight_grams);
        if let Some(backorder) = changes.backorder {
            (row.backorder_policy, row.backorder_limit) = (backorder.policy, backorder.limit);
        }
        match &changes.compare_at_price {
            super::change::Patch::Keep => {}
            super::change::Patch::Clear => row.compare_at_minor = None,
            super::change::Patch::Set(money) => {
                same_currency(Some(*money), row, path, problems);
                row.compare_at_minor = Some(money.minor());
            }
        }
        if let Some(values) = values {
            variant.values = values;
        }
        self.name_variant(touched.id);
    }

    /// What must hold among the variants after a write; complains about those that it touched.
    pub fn check(&self, touched: &[Touched], problems: &mut Errors) {
        if self.variants.len() > MAX_VARIANTS {
            problems.add("input.variants", InputError::TooMany { max: MAX_VARIANTS }.into());
            return;
        }
        for (index, this) in touched.iter().enumerate() {
            let later = touched.get(index..).unwrap_or_default();
            let others = || self.variants.iter().filter(|other| later.iter().all(|later| later.id != other.row.id));
            let Some(variant) = self.variants.iter().find(|variant| variant.row.id == this.id) else { continue };
            if others().any(|other| other.row.option_key == variant.row.option_key) {
                let error = if self.options.is_empty() { CatalogError::NoOptions } else { CatalogError::SameOptions };
                problems.add(&format!("{}.selectedOptions", this.path), error);
            }
            if others().any(|other| other.row.sku == variant.row.sku) {
                problems.add(&format!("{}.sku", this.path), CatalogError::SkuTaken);
            }
            if let Some(other) = others().next().filter(|other| other.row.currency != variant.row.currency) {
                let error = CatalogError::OtherCurrency { expected: other.row.currency };
                problems.add(&format!("{}.price.currency", this.path), error);
            }
        }
    }

    /// The texts of these option values, in their order.
    pub fn texts(&self, values: &[OptionValueId]) -> Vec<String> {
        let all = || self.options.iter().flat_map(|option| &option.values);
        let text = |id: &OptionValueId| all().find(|value| value.id == *id).map(|value| value.value.clone());
        values.iter().filter_map(text).collect()
    }

    fn option(&mut self, name: &str) -> Option<(usize, &mut OptionState)> {
        let name = name.to_lowercase();
        self.options.iter_mut().enumerate().find(|(_, option)| option.row.name.to_lowercase() == name)
    }

    /// The values that the choices mean, in the order of the options.
    fn choose(
        &mut self,
        choices: &[Choice],
        path: &str,
        making: Making<'_>,
        problems: &mut Errors,
    ) -> Vec<OptionValueId> {
        let mut chosen = vec![None; self.options.len()];
        for (index, choice) in choices.iter().enumerate() {
            let path = format!("{path}.selectedOptions.{index}");
            let Some((place, option)) = self.option(&choice.name) else {
                problems.add(&format!("{path}.name"), CatalogError::OptionNotFound);
                continue;
            };
            let value = option.value_or_new(&choice.value, &format!("{path}.value"), making, problems);
            if let Some(slot) = chosen.get_mut(place)
                && slot.replace(value).is_some()
            {
                problems.add(&format!("{path}.name"), CatalogError::Repeated);
            }
        }
        for (option, value) in self.options.iter().zip(&chosen) {
            if value.is_none() {
                let error = CatalogError::OptionMissing { option: option.row.name.clone() };
                problems.add(&format!("{path}.selectedOptions"), error);
            }
        }
        chosen.into_iter().flatten().collect()
    }

    /// Gives a variant the title and the key of its option values.
    fn name_variant(&mut self, id: ProductVariantId) {
        let values = self.variants.iter().find(|variant| variant.row.id == id).map(|variant| variant.values.clone());
        let texts = self.texts(&values.unwrap_or_default());
        if let Some(variant) = self.variants.iter_mut().find(|variant| variant.row.id == id) {
            variant.row.title = rules::variant_title(&texts);
            variant.row.option_key = rules::option_key(&texts);
        }
    }
}

impl OptionState {
    fn value(&self, text: &str) -> Option<OptionValueId> {
        self.values.iter().find(|value| value.value == text).map(|value| value.id)
    }

    fn value_or_new(&mut self, text: &str, path: &str, making: Making<'_>, problems: &mut Errors) -> OptionValueId {
        if let Some(id) = self.value(text) {
            return id;
        }
        if self.values.len() == MAX_OPTION_VALUES {
            problems.add(path, InputError::TooMany { max: MAX_OPTION_VALUES }.into());
        }
        let id = making.ids.make();
        let position = place(self.values.len());
        self.values.push(option_value::Model { id, option_id: self.row.id, value: text.to_owned(), position });
        id
    }
}

fn same_currency(compare_at: Option<Money>, row: &product_variant::Model, path: &str, problems: &mut Errors) {
    if compare_at.is_some_and(|money| money.currency() != row.currency) {
        let error = CatalogError::OtherCurrency { expected: row.currency };
        problems.add(&format!("{path}.compareAtPrice.currency"), error);
    }
}

/// Positions count from 1.
fn place(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests;
