//! Everything that a user can do wrong in this slice.

use serde::{Deserialize, Serialize};

use crate::kernel::error::{UserErrorCode, UserFault};
use crate::kernel::id::IdError;
use crate::kernel::money::{Currency, MoneyError, UnknownCurrency};
use crate::kernel::text::InputError;

/// What a user did wrong. The messages follow the name of the input field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum CatalogError {
    /// A value is not acceptable by itself.
    #[error(transparent)]
    Input(#[from] InputError),
    /// An amount is not acceptable.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The code names no currency.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// The product does not exist, or the caller may not see it.
    #[error("names no product")]
    ProductNotFound,
    /// The variant does not exist, or the caller may not see it.
    #[error("names no variant")]
    VariantNotFound,
    /// The category does not exist.
    #[error("names no category")]
    CategoryNotFound,
    /// Another product or category has the handle.
    #[error("is taken by another {0}")]
    HandleTaken(Named),
    /// Another variant has the SKU.
    #[error("is taken by another variant")]
    SkuTaken,
    /// The object has changed since the caller read it.
    #[error("is stale: the object is at version {current}")]
    Stale {
        /// The version that it has now.
        current: i64,
    },
    /// Two options of a product have the same name, or two values of an option are the same.
    #[error("is the same as an earlier one")]
    Repeated,
    /// The product has no such option.
    #[error("names no option of the product")]
    OptionNotFound,
    /// A variant has no value for an option of its product.
    #[error("lacks a value for the option {option}")]
    OptionMissing {
        /// The name of the option.
        option: String,
    },
    /// Another variant of the product has the same option values.
    #[error("are those of another variant of the product")]
    SameOptions,
    /// A product without options is sold in one form.
    #[error("must differ from those of the other variants, but the product has no options")]
    NoOptions,
    /// A price in another currency than the rest of the product.
    #[error("differs from {expected}, the currency of the product's other prices")]
    OtherCurrency {
        /// The currency of the product.
        expected: Currency,
    },
    /// An archived product must become a draft first.
    #[error("cannot become ACTIVE: an archived product must become a draft first")]
    Archived,
    /// Stock is or was kept of it.
    #[error("has stock or a history of stock, which would lose its meaning: archive the product instead")]
    HasStock,
    /// The category has categories below it.
    #[error("has categories below it: move or delete them first")]
    HasChildren,
    /// The category has products.
    #[error("has products: give them another category first")]
    HasProducts,
    /// A category would be its own ancestor.
    #[error("is the category itself, or one below it")]
    Cycle,
    /// The tree would be too deep.
    #[error("makes the tree deeper than {max} levels")]
    TooDeep {
        /// The most levels.
        max: usize,
    },
}

/// What has a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Named {
    /// A product.
    Product,
    /// A category.
    Category,
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Product => "product",
            Self::Category => "category",
        })
    }
}

impl CatalogError {
    /// A malformed id, or one of another type.
    pub fn of_id(error: IdError) -> Self {
        Self::Input(error.into())
    }
}

impl UserFault for CatalogError {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Input(error) => error.code(),
            Self::Money(MoneyError::Negative | MoneyError::TooLarge) => UserErrorCode::OutOfRange,
            Self::Money(MoneyError::Malformed | MoneyError::TooPrecise { .. })
            | Self::Currency(_)
            | Self::Repeated
            | Self::NoOptions
            | Self::OtherCurrency { .. }
            | Self::Cycle
            | Self::TooDeep { .. } => UserErrorCode::Invalid,
            Self::ProductNotFound | Self::VariantNotFound | Self::CategoryNotFound | Self::OptionNotFound => {
                UserErrorCode::NotFound
            }
            Self::HandleTaken(_) | Self::SkuTaken | Self::SameOptions => UserErrorCode::Taken,
            Self::Stale { .. } => UserErrorCode::Stale,
            Self::OptionMissing { .. } => UserErrorCode::Required,
            Self::Archived => UserErrorCode::InvalidState,
            Self::HasStock | Self::HasChildren | Self::HasProducts => UserErrorCode::InUse,
        }
    }
}
