//! The SQL of the slice: finders, lists and what they are filtered and ordered by. Functions take the connection of their caller and never begin a
//! transaction; whatever they find is what the actor may see.

mod categories;
mod category_list;
mod options;
mod product_list;
mod products;
pub mod rows;
pub mod tags;
pub mod tree;
mod variant_list;
mod variants;
mod whole;

pub use categories::{ancestors_of_categories, categories_by_ids, category_by_handle};
pub use category_list::{
    CategoryFilter, CategoryOrder, categories, categories_page, child_counts, children_of_categories,
};
pub use options::{
    SelectedOption, options_by_ids, options_of_products, selected_options, values_by_ids, values_of_options,
};
pub use product_list::{
    PriceFilter, ProductFilter, ProductOrder, product_counts, products, products_of_categories, products_page,
};
pub use products::{PriceRange, price_ranges, product_by_handle, products_by_ids, tags_of_products};
pub use variant_list::{VariantFilter, VariantOrder, variant_counts, variants, variants_of_products, variants_page};
pub use variants::{variant_by_sku, variants_by_barcode, variants_by_ids};
pub use whole::lock_product;
