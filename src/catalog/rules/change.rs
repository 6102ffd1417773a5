//! What a write says about a product: parsed values, new ones and changes. It does not know how they are stored.

use super::{Handle, Sku};
use crate::catalog::entity::category::CategoryId;
use crate::catalog::entity::product::Status;
use crate::catalog::entity::product_variant::BackorderPolicy;
use crate::kernel::money::Money;

/// A product to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    /// The name for customers.
    pub title: String,
    /// The unique name in addresses; made from the title when it is not given.
    pub handle: Option<Handle>,
    /// Sanitised HTML, or empty.
    pub description: String,
    /// Who may see it.
    pub status: Status,
    /// Who makes it.
    pub vendor: Option<String>,
    /// A word for what it is.
    pub product_type: Option<String>,
    /// Its place in the category tree.
    pub category_id: Option<CategoryId>,
    /// A set, as [`super::tags`] makes it.
    pub tags: Vec<String>,
    /// In order.
    pub options: Vec<NewOption>,
    /// In order.
    pub variants: Vec<NewVariant>,
}

/// An option of a new product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOption {
    /// The name for customers.
    pub name: String,
    /// In order. Values that variants choose are added behind them.
    pub values: Vec<String>,
}

/// A variant to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVariant {
    /// The unique stock keeping unit.
    pub sku: Sku,
    /// Its value for each option of the product.
    pub choices: Vec<Choice>,
    /// A GTIN or another code.
    pub barcode: Option<String>,
    /// The price.
    pub price: Money,
    /// The former price, in the same currency.
    pub compare_at_price: Option<Money>,
    /// The weight.
    pub weight_grams: Option<i64>,
    /// How far it may be promised beyond its stock.
    pub backorder: Backorder,
}

/// How far a variant may be promised beyond its stock: the limit is there when the policy has one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backorder {
    /// The policy.
    pub policy: BackorderPolicy,
    /// The most units, over all locations.
    pub limit: Option<i64>,
}

/// The value that a variant has for an option. A value that the option does not have yet is added to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The name of the option, in any case.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Changes of a product; what is `None` or `Keep` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductChanges {
    /// The name for customers.
    pub title: Option<String>,
    /// The unique name in addresses.
    pub handle: Option<Handle>,
    /// Sanitised HTML, or empty.
    pub description: Option<String>,
    /// Who may see it.
    pub status: Option<Status>,
    /// Who makes it.
    pub vendor: Patch<String>,
    /// A word for what it is.
    pub product_type: Patch<String>,
    /// Its place in the category tree.
    pub category_id: Patch<CategoryId>,
    /// All of its tags.
    pub tags: Option<Vec<String>>,
}

/// Changes of a variant; what is `None` or `Keep` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariantChanges {
    /// The unique stock keeping unit.
    pub sku: Option<Sku>,
    /// Its value for each option of the product.
    pub choices: Option<Vec<Choice>>,
    /// A GTIN or another code.
    pub barcode: Patch<String>,
    /// The price.
    pub price: Option<Money>,
    /// The former price, in the currency of the price.
    pub compare_at_price: Patch<Money>,
    /// The weight.
    pub weight_grams: Patch<i64>,
    /// How far it may be promised beyond its stock.
    pub backorder: Option<Backorder>,
}

/// What becomes of a field that may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes empty.
    Clear,
    /// It gets this value.
    Set(T),
}

impl<T: Clone> Patch<T> {
    /// The field after the change.
    pub fn apply(&self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}
