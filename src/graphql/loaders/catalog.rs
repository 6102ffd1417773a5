//! Loaders of the catalog slice.

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::DbErr;

use super::{Scope, loader};
use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::entity::option_value::{self, OptionValueId};
use crate::catalog::entity::product::{self, ProductId};
use crate::catalog::entity::product_option::{self, ProductOptionId};
use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::catalog::store::{self, SelectedOption, tags};
use crate::kernel::freshness::Tag;

/// Found rows as the values of a loader for which a key may have none.
fn present<K: Eq + Hash, M>(found: HashMap<K, M>) -> HashMap<K, Option<M>> {
    found.into_iter().map(|(id, row)| (id, Some(row))).collect()
}

async fn products(scope: &Scope, keys: &[ProductId]) -> Result<HashMap<ProductId, Option<product::Model>>, DbErr> {
    scope.depends_on(keys.iter().map(|id| Tag::object(id.0)));
    store::products_by_ids(scope.db.read(), &scope.actor, keys).await.map(present)
}

loader!(
    /// Products by id.
    ProductById,
    ProductByIdBatch,
    ProductId => Option<product::Model>,
    products
);

async fn variants(
    scope: &Scope,
    keys: &[ProductVariantId],
) -> Result<HashMap<ProductVariantId, Option<product_variant::Model>>, DbErr> {
    let found = store::variants_by_ids(scope.db.read(), &scope.actor, keys).await?;
    scope.depends_on(keys.iter().flat_map(|id| tags::variant(found.get(id))));
    Ok(present(found))
}

loader!(
    /// Variants by id.
    VariantById,
    VariantByIdBatch,
    ProductVariantId => Option<product_variant::Model>,
    variants
);

async fn options(
    scope: &Scope,
    keys: &[ProductOptionId],
) -> Result<HashMap<ProductOptionId, Option<product_option::Model>>, DbErr> {
    scope.depends_on(tags::PRODUCTS);
    store::options_by_ids(scope.db.read(), &scope.actor, keys).await.map(present)
}

loader!(
    /// Options by id.
    OptionById,
    OptionByIdBatch,
    ProductOptionId => Option<product_option::Model>,
    options
);

async fn option_values(
    scope: &Scope,
    keys: &[OptionValueId],
) -> Result<HashMap<OptionValueId, Option<option_value::Model>>, DbErr> {
    scope.depends_on(tags::PRODUCTS);
    store::values_by_ids(scope.db.read(), &scope.actor, keys).await.map(present)
}

loader!(
    /// Values of options by id.
    OptionValueById,
    OptionValueByIdBatch,
    OptionValueId => Option<option_value::Model>,
    option_values
);

async fn categories(scope: &Scope, keys: &[CategoryId]) -> Result<HashMap<CategoryId, Option<category::Model>>, DbErr> {
    scope.depends_on(tags::CATEGORIES);
    store::categories_by_ids(scope.db.read(), &scope.actor, keys).await.map(present)
}

loader!(
    /// Categories by id.
    CategoryById,
    CategoryByIdBatch,
    CategoryId => Option<category::Model>,
    categories
);

async fn tags(scope: &Scope, keys: &[ProductId]) -> Result<HashMap<ProductId, Vec<String>>, DbErr> {
    store::tags_of_products(scope.db.read(), keys).await
}

loader!(
    /// The tags of a product. Whoever may see a product may see its tags.
    TagsOfProduct,
    TagsOfProductBatch,
    ProductId => Vec<String>,
    tags
);

async fn options_of_products(
    scope: &Scope,
    keys: &[ProductId],
) -> Result<HashMap<ProductId, Vec<product_option::Model>>, DbErr> {
    store::options_of_products(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// The options of a product.
    OptionsOfProduct,
    OptionsOfProductBatch,
    ProductId => Vec<product_option::Model>,
    options_of_products
);

async fn values_of_options(
    scope: &Scope,
    keys: &[ProductOptionId],
) -> Result<HashMap<ProductOptionId, Vec<option_value::Model>>, DbErr> {
    store::values_of_options(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// The values of an option.
    ValuesOfOption,
    ValuesOfOptionBatch,
    ProductOptionId => Vec<option_value::Model>,
    values_of_options
);

async fn selected_options(
    scope: &Scope,
    keys: &[ProductVariantId],
) -> Result<HashMap<ProductVariantId, Vec<SelectedOption>>, DbErr> {
    store::selected_options(scope.db.read(), keys).await
}

loader!(
    /// The option values of a variant. Whoever may see a variant may see them.
    SelectedOptions,
    SelectedOptionsBatch,
    ProductVariantId => Vec<SelectedOption>,
    selected_options
);

async fn price_ranges(
    scope: &Scope,
    keys: &[ProductId],
) -> Result<HashMap<ProductId, Option<store::PriceRange>>, DbErr> {
    store::price_ranges(scope.db.read(), keys).await.map(present)
}

loader!(
    /// What the variants of a product cost. Whoever may see a product may see it.
    PriceRangeOfProduct,
    PriceRangeOfProductBatch,
    ProductId => Option<store::PriceRange>,
    price_ranges
);

async fn ancestors(scope: &Scope, keys: &[CategoryId]) -> Result<HashMap<CategoryId, Vec<category::Model>>, DbErr> {
    scope.depends_on(tags::CATEGORIES);
    store::ancestors_of_categories(scope.db.read(), keys).await
}

loader!(
    /// The categories above a category, the root first.
    AncestorsOfCategory,
    AncestorsOfCategoryBatch,
    CategoryId => Vec<category::Model>,
    ancestors
);
