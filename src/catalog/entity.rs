//! The tables of the slice as sea-orm entities, with their ids and scoped finders.

pub mod category;
pub mod option_value;
pub mod product;
pub mod product_option;
pub mod product_tag;
pub mod product_variant;
pub mod variant_option_value;
