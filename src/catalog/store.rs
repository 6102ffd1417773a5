//! The SQL of the slice: finders, lists and what they are filtered and ordered by. Functions take the connection of their caller and never begin a
//! transaction; whatever they find is what the actor may see.

mod categories;
mod options;
mod products;
mod variants;

pub use categories::{categories_by_ids, category_by_handle};
pub use options::{
    SelectedOption, options_by_ids, options_of_products, selected_options, values_by_ids, values_of_options,
};
pub use products::{product_by_handle, products_by_ids, tags_of_products};
pub use variants::{variant_by_sku, variants_by_ids};
