//! The catalog slice in the schema.

mod barcode;
mod category;
mod category_change;
mod category_list;
mod input;
mod option;
mod product;
mod product_change;
mod product_filter;
mod product_input;
mod product_list;
mod variant;
mod variant_change;
mod variant_list;

pub use category::Category;
pub(in crate::graphql) use category::CategoryContext;
pub use category_list::{CategoryConnection, CategoryEdge};
pub(in crate::graphql) use input::patch;
pub(in crate::graphql) use option::OptionContext;
pub use option::{ProductOption, ProductOptionValue, SelectedOption};
pub(in crate::graphql) use product::ProductContext;
pub use product::{Product, ProductStatus};
pub use product_list::{ProductConnection, ProductEdge};
pub use variant::ProductVariant;
pub(in crate::graphql) use variant::VariantContext;
pub use variant_list::{ProductVariantConnection, ProductVariantEdge, ProductVariantOrder};

use async_graphql::MergedObject;

use super::error::user::UserError;
use crate::catalog::error::CatalogError;
use crate::kernel::error::At;

/// Queries on the catalog.
#[derive(MergedObject, Default)]
pub struct CatalogQuery(
    product::ProductQuery,
    product_list::ProductListQuery,
    variant::VariantQuery,
    barcode::BarcodeQuery,
    variant_list::VariantListQuery,
    category::CategoryQuery,
    category_list::CategoryListQuery,
);

/// Mutations of the catalog.
#[derive(MergedObject, Default)]
pub struct CatalogMutation(
    product_change::ProductMutation,
    variant_change::VariantMutation,
    category_change::CategoryMutation,
);

/// The errors of the slice as the API shows them.
fn user_errors(errors: Vec<At<CatalogError>>) -> Vec<UserError> {
    errors.into_iter().map(user_error).collect()
}

fn user_error(at: At<CatalogError>) -> UserError {
    match at.error {
        CatalogError::Stale { current } => UserError::stale(at, current),
        CatalogError::Input(_)
        | CatalogError::Money(_)
        | CatalogError::Currency(_)
        | CatalogError::ProductNotFound
        | CatalogError::VariantNotFound
        | CatalogError::CategoryNotFound
        | CatalogError::HandleTaken(_)
        | CatalogError::SkuTaken
        | CatalogError::Repeated
        | CatalogError::OptionNotFound
        | CatalogError::OptionMissing { .. }
        | CatalogError::SameOptions
        | CatalogError::NoOptions
        | CatalogError::OtherCurrency { .. }
        | CatalogError::Archived
        | CatalogError::HasStock
        | CatalogError::HasChildren
        | CatalogError::HasProducts
        | CatalogError::Cycle
        | CatalogError::TooDeep { .. } => UserError::plain(at),
    }
}
