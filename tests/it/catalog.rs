//! The catalog as clients see it.

mod barcodes;
mod browse;
mod category_changes;
mod filters;
mod nested;
mod orders;
mod plans;
mod product_changes;
mod statements;
mod upsert;
mod variant_changes;
mod visibility;
mod writing;
