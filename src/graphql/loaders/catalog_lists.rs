//! Loaders of the catalog's nested lists, and of how long each is.

use std::collections::HashMap;

use sea_orm::DbErr;

use super::nested::{self, Nested, NestedPage};
use super::{Scope, loader, primes};
use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::entity::product::{self, ProductId};
use crate::catalog::entity::product_variant;
use crate::catalog::store::{self, CategoryOrder, ProductOrder, VariantOrder, tags};

type OfProduct = Nested<ProductId, VariantOrder>;

async fn variants(
    scope: &Scope,
    keys: &[OfProduct],
) -> Result<HashMap<OfProduct, NestedPage<product_variant::Model>>, DbErr> {
    let (db, actor) = (scope.db.read(), &scope.actor);
    let read = |products: Vec<_>, order, page| async move {
        store::variants_of_products(db, actor, &products, order, &page).await
    };
    nested::pages(keys, read).await
}

loader!(
    /// A page of the variants of a product.
    VariantsOfProduct,
    VariantsOfProductBatch,
    OfProduct => NestedPage<product_variant::Model>,
    variants
);
primes!(VariantsOfProduct, OfProduct => NestedPage<product_variant::Model>, variants);

async fn variant_counts(scope: &Scope, keys: &[ProductId]) -> Result<HashMap<ProductId, u64>, DbErr> {
    store::variant_counts(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// How many variants a product has.
    VariantCount,
    VariantCountBatch,
    ProductId => u64,
    variant_counts
);

type ProductsIn = Nested<CategoryId, ProductOrder>;

async fn products(
    scope: &Scope,
    keys: &[ProductsIn],
) -> Result<HashMap<ProductsIn, NestedPage<product::Model>>, DbErr> {
    let (db, actor) = (scope.db.read(), &scope.actor);
    scope.depends_on(tags::PRODUCTS);
    let read = |categories: Vec<_>, order, page| async move {
        store::products_of_categories(db, actor, &categories, order, &page).await
    };
    nested::pages(keys, read).await
}

loader!(
    /// A page of the products directly in a category.
    ProductsOfCategory,
    ProductsOfCategoryBatch,
    ProductsIn => NestedPage<product::Model>,
    products
);

async fn product_counts(scope: &Scope, keys: &[CategoryId]) -> Result<HashMap<CategoryId, u64>, DbErr> {
    scope.depends_on(tags::PRODUCTS);
    store::product_counts(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// How many products are directly in a category.
    ProductCount,
    ProductCountBatch,
    CategoryId => u64,
    product_counts
);

type Below = Nested<CategoryId, CategoryOrder>;

async fn children(scope: &Scope, keys: &[Below]) -> Result<HashMap<Below, NestedPage<category::Model>>, DbErr> {
    let (db, actor) = (scope.db.read(), &scope.actor);
    scope.depends_on(tags::CATEGORIES);
    let read = |parents: Vec<_>, order, page| async move {
        store::children_of_categories(db, actor, &parents, order, &page).await
    };
    nested::pages(keys, read).await
}

loader!(
    /// A page of the categories directly below a category.
    ChildrenOfCategory,
    ChildrenOfCategoryBatch,
    Below => NestedPage<category::Model>,
    children
);

async fn child_counts(scope: &Scope, keys: &[CategoryId]) -> Result<HashMap<CategoryId, u64>, DbErr> {
    scope.depends_on(tags::CATEGORIES);
    store::child_counts(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// How many categories are directly below a category.
    ChildCount,
    ChildCountBatch,
    CategoryId => u64,
    child_counts
);
