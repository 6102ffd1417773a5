//! The catalog slice in the schema.

mod category;
mod category_list;
mod option;
mod product;
mod product_filter;
mod product_list;
mod variant;
mod variant_list;

pub use category::Category;
pub(in crate::graphql) use category::CategoryContext;
pub use category_list::{CategoryConnection, CategoryEdge};
pub(in crate::graphql) use option::OptionContext;
pub use option::{ProductOption, ProductOptionValue, SelectedOption};
pub(in crate::graphql) use product::ProductContext;
pub use product::{Product, ProductStatus};
pub use product_list::{ProductConnection, ProductEdge};
pub use variant::ProductVariant;
pub(in crate::graphql) use variant::VariantContext;
pub use variant_list::{ProductVariantConnection, ProductVariantEdge};

use async_graphql::MergedObject;

/// Queries on the catalog.
#[derive(MergedObject, Default)]
pub struct CatalogQuery(
    product::ProductQuery,
    product_list::ProductListQuery,
    variant::VariantQuery,
    variant_list::VariantListQuery,
    category::CategoryQuery,
    category_list::CategoryListQuery,
);
