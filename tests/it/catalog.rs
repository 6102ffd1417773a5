//! The catalog as clients see it.

mod category_changes;
mod product_changes;
mod variant_changes;
mod writing;
