//! What the file says about one product, parsed. Texts are as in the file: their own rules belong to the catalog.

use rust_decimal::Decimal;

/// What a file says about one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<T> {
    /// The file has no such column: the field stays as it is.
    Absent,
    /// The cell is empty: the field is cleared.
    Empty,
    /// The field's new value.
    Value(T),
}

impl<T> Cell<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Empty => None,
        }
    }
}

/// Whether customers see the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicationStatus {
    /// In preparation.
    Draft,
    /// On sale.
    Active,
    /// No longer on sale.
    Archived,
}

/// A product of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductDraft {
    /// The line of its first row.
    pub line: u64,
    /// Names the product across imports; in lower case.
    pub handle: String,
    /// The name that customers read.
    pub title: Cell<String>,
    /// HTML, sanitised.
    pub description: Cell<String>,
    /// Who makes it.
    pub vendor: Cell<String>,
    /// A word for what it is.
    pub product_type: Cell<String>,
    /// In the file's order, without repetitions.
    pub tags: Cell<Vec<String>>,
    /// The path in the category tree, from the root.
    pub category: Cell<Vec<String>>,
    /// From `Status` and `Published`; `None` when the file has neither.
    pub status: Option<PublicationStatus>,
    /// Names of the options, in order; `None` when the file does not say. A product that is sold in one form has none.
    pub options: Option<Vec<String>>,
    /// The variants of the good rows, in the file's order.
    pub variants: Vec<VariantDraft>,
}

/// A variant of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantDraft {
    /// The line of its row.
    pub line: u64,
    /// One value for each option of the product; `None` when the file has no option columns.
    pub option_values: Option<Vec<String>>,
    /// As in the file; `None` when the cell is empty or the column missing.
    pub sku: Option<String>,
    /// The SKU that the variant gets if it is new and `sku` is `None`.
    pub generated_sku: String,
    /// GTIN or another code.
    pub barcode: Cell<String>,
    /// In the major unit of a currency that the file does not name; `None` when the file has no prices.
    pub price: Option<Decimal>,
    /// The former price, in the same.
    pub compare_at_price: Cell<Decimal>,
    /// Weight in whole grams, above zero.
    pub weight_grams: Cell<i64>,
    /// Opening stock in units, above zero.
    pub quantity: Option<i64>,
}
