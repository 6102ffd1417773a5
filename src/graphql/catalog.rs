//! The catalog slice in the schema.

mod category;
mod option;
mod product;
mod variant;

pub use category::Category;
pub(in crate::graphql) use category::CategoryContext;
pub(in crate::graphql) use option::OptionContext;
pub use option::{ProductOption, ProductOptionValue, SelectedOption};
pub(in crate::graphql) use product::ProductContext;
pub use product::{Product, ProductStatus};
pub use variant::ProductVariant;
pub(in crate::graphql) use variant::VariantContext;

use async_graphql::MergedObject;

/// Queries on the catalog.
#[derive(MergedObject, Default)]
pub struct CatalogQuery(product::ProductQuery, variant::VariantQuery, category::CategoryQuery);
