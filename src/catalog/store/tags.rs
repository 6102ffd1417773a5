//! What an answer about the catalog depends on, in the terms of the events that `commands` emits: `product.…` touches its product, `variant.…` its variant
//! and the product of this, `category.…` its category, and each of them its kind. Pure.

use crate::catalog::entity::{product, product_variant};
use crate::kernel::freshness::Tag;

/// Which products and variants there are, and what each of them is.
pub const PRODUCTS: [Tag; 2] = [Tag::any("product"), Tag::any("variant")];

/// The tree of categories, and what each of them is.
pub const CATEGORIES: [Tag; 1] = [Tag::any("category")];

/// Both.
pub const PRODUCTS_IN_CATEGORIES: [Tag; 3] = {
    let ([products, variants], [categories]) = (PRODUCTS, CATEGORIES);
    [products, variants, categories]
};

/// One product, as it was found, with everything that belongs to it.
pub fn product(found: Option<&product::Model>) -> Vec<Tag> {
    found.map_or_else(|| PRODUCTS.to_vec(), |row| vec![Tag::object(row.id.0)])
}

/// One variant, as it was found; its product decides who sees it.
pub fn variant(found: Option<&product_variant::Model>) -> Vec<Tag> {
    found.map_or_else(|| PRODUCTS.to_vec(), |row| vec![Tag::object(row.product_id.0)])
}
