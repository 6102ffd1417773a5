//! What the catalog has under a draft's handle.

use crate::catalog::entity::{product, product_variant};
use crate::catalog::rules;

/// A product with what belongs to it.
#[derive(Debug, Clone)]
pub struct Existing {
    /// Its row.
    pub product: product::Model,
    /// Sorted.
    pub tags: Vec<String>,
    /// Names, in order.
    pub options: Vec<String>,
    /// In order.
    pub variants: Vec<ExistingVariant>,
}

/// A variant with its option values.
#[derive(Debug, Clone)]
pub struct ExistingVariant {
    /// Its row.
    pub row: product_variant::Model,
    /// In the order of the options.
    pub values: Vec<String>,
}

impl Existing {
    pub(super) fn with_values(&self, values: &[String]) -> Option<&ExistingVariant> {
        let key = rules::option_key(values);
        self.variants.iter().find(|variant| rules::option_key(&variant.values) == key)
    }

    pub(super) fn with_sku(&self, sku: &str) -> Option<&ExistingVariant> {
        self.variants.iter().find(|variant| variant.row.sku == sku)
    }

    /// The variant, when there is only one.
    pub(super) fn only_variant(&self) -> Option<&ExistingVariant> {
        match self.variants.as_slice() {
            [only] => Some(only),
            [] | [_, _, ..] => None,
        }
    }
}
