//! Reads the parts that the inputs of the catalog share: amounts, options, tags, and fields that may be emptied. Every problem is noted at its path.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::variant::BackorderPolicy;
use crate::catalog::error::CatalogError;
use crate::catalog::rules::change::{Backorder, Choice, NewOption, NewVariant, Patch};
use crate::catalog::rules::{self, MAX_OPTION_VALUES, MAX_OPTIONS, Sku};
use crate::graphql::scalars::MoneyInput;
use crate::kernel::error::Problems;
use crate::kernel::id::{self, Id};
use crate::kernel::money::{Currency, Money};
use crate::kernel::text::InputError;

/// What is wrong with an input of the catalog.
pub(super) type Errors = Problems<CatalogError>;

/// An option of a new product.
#[derive(Debug, InputObject)]
pub struct ProductOptionInput {
    /// The name for customers, such as `Size`: at most 255 characters, other than those of the other options in any case.
    pub name: String,
    /// The values in their order: at most 100. Values that variants name are added behind them.
    pub values: Option<Vec<String>>,
}

/// The value that a variant has for an option of its product.
#[derive(Debug, InputObject)]
pub struct SelectedOptionInput {
    /// The name of the option, in any case.
    pub name: String,
    /// The value: at most 255 characters. One that the option does not have yet is added to it.
    pub value: String,
}

/// A variant of a new product.
#[derive(Debug, InputObject)]
pub struct ProductVariantInput {
    /// The unique stock keeping unit: 1 to 64 characters, whose case counts.
    pub sku: String,
    /// A value for each option of the product; no two variants of a product have the same ones.
    pub selected_options: Option<Vec<SelectedOptionInput>>,
    /// A GTIN or another code on the thing: 1 to 64 printable ASCII characters. A number of 8, 12, 13 or 14 digits is a GTIN and must end in its
    /// check digit.
    pub barcode: Option<String>,
    /// The price. All prices of a product have one currency.
    pub price: MoneyInput,
    /// The former price, in the currency of the price.
    pub compare_at_price: Option<MoneyInput>,
    /// The weight in grams: 0 to 1,000,000,000.
    pub weight_grams: Option<i64>,
    /// How far it may be promised beyond its stock: `DENY` when left out.
    pub backorder_policy: Option<BackorderPolicy>,
    /// The most units that may be promised beyond its stock, over all locations: with the policy `ALLOW_UP_TO`, and with no other.
    pub backorder_limit: Option<i64>,
}

impl ProductVariantInput {
    pub(super) fn read(self, path: &str, problems: &mut Errors) -> Option<NewVariant> {
        let sku = problems.take(&format!("{path}.sku"), Sku::parse(&self.sku));
        let choices = choices(self.selected_options.unwrap_or_default(), path, problems);
        let barcode = self.barcode.and_then(|code| problems.take(&format!("{path}.barcode"), rules::barcode(&code)));
        let price = money(&self.price, &format!("{path}.price"), problems);
        let former =
            self.compare_at_price.and_then(|former| money(&former, &format!("{path}.compareAtPrice"), problems));
        let weight = self.weight_grams.map(rules::weight_grams);
        let weight_grams = weight.and_then(|grams| problems.take(&format!("{path}.weightGrams"), grams));
        let policy = self.backorder_policy.unwrap_or(BackorderPolicy::Deny);
        let backorder = backorder(Some(policy), self.backorder_limit, path, problems);
        let (sku, price, backorder) = (sku?, price?, backorder?);
        Some(NewVariant { sku, choices, barcode, price, compare_at_price: former, weight_grams, backorder })
    }
}

/// Reads how far a variant may be promised beyond its stock; nothing when the input says nothing of it.
pub(super) fn backorder(
    policy: Option<BackorderPolicy>,
    limit: Option<i64>,
    path: &str,
    problems: &mut Errors,
) -> Option<Backorder> {
    let Some(policy) = policy else {
        if limit.is_some() {
            let error = InputError::malformed("give backorderPolicy, too");
            problems.add(&format!("{path}.backorderLimit"), error.into());
        }
        return None;
    };
    problems.take(&format!("{path}.backorderLimit"), rules::backorder(policy.into(), limit))
}

/// Reads the option values of a variant.
pub(super) fn choices(selected: Vec<SelectedOptionInput>, path: &str, problems: &mut Errors) -> Vec<Choice> {
    if selected.len() > MAX_OPTIONS {
        let error = InputError::TooMany { max: MAX_OPTIONS };
        problems.add(&format!("{path}.selectedOptions"), error.into());
        return Vec::new();
    }
    let mut read = |(index, selected): (usize, SelectedOptionInput)| {
        let path = format!("{path}.selectedOptions.{index}");
        let name = problems.take(&format!("{path}.name"), rules::option_text(&selected.name));
        let value = problems.take(&format!("{path}.value"), rules::option_text(&selected.value));
        Some(Choice { name: name?, value: value? })
    };
    selected.into_iter().enumerate().filter_map(&mut read).collect()
}

/// Reads the options of a new product.
pub(super) fn options(options: Vec<ProductOptionInput>, problems: &mut Errors) -> Vec<NewOption> {
    if options.len() > MAX_OPTIONS {
        problems.add("input.options", InputError::TooMany { max: MAX_OPTIONS }.into());
        return Vec::new();
    }
    let mut read = |(index, option): (usize, ProductOptionInput)| {
        let path = format!("input.options.{index}");
        let name = problems.take(&format!("{path}.name"), rules::option_text(&option.name));
        let values = option.values.unwrap_or_default();
        if values.len() > MAX_OPTION_VALUES {
            problems.add(&format!("{path}.values"), InputError::TooMany { max: MAX_OPTION_VALUES }.into());
            return None;
        }
        let read = values
            .iter()
            .enumerate()
            .map(|(number, value)| problems.take(&format!("{path}.values.{number}"), rules::option_text(value)));
        let values: Vec<Option<String>> = read.collect();
        Some(NewOption { name: name?, values: values.into_iter().collect::<Option<_>>()? })
    };
    options.into_iter().enumerate().filter_map(&mut read).collect()
}

/// Reads an amount of money.
pub(super) fn money(input: &MoneyInput, path: &str, problems: &mut Errors) -> Option<Money> {
    let currency = problems.take(&format!("{path}.currency"), input.currency.0.parse::<Currency>())?;
    problems.take(&format!("{path}.amount"), Money::parse(&input.amount.0, currency))
}

/// Reads an id that stands in an input.
pub(super) fn id_of<T: Id>(text: &ID, path: &str, problems: &mut Errors) -> Option<T> {
    problems.take(path, id::parse::<T>(text).map_err(CatalogError::of_id))
}

/// Reads a field that may be emptied: left out it stays, null empties it.
pub(in crate::graphql) fn patch<T, U>(field: MaybeUndefined<T>, read: impl FnOnce(T) -> Option<U>) -> Patch<U> {
    match field {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => read(value).map_or(Patch::Keep, Patch::Set),
    }
}

/// Reads a vendor or a product type, of which an empty text is none.
pub(super) fn label(field: MaybeUndefined<String>, path: &str, problems: &mut Errors) -> Patch<String> {
    match field {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(text) => match problems.take(path, rules::optional_label(&text)) {
            Some(Some(label)) => Patch::Set(label),
            Some(None) => Patch::Clear,
            None => Patch::Keep,
        },
    }
}
