//! Products in the schema.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};

use super::category::{Category, CategoryContext as _};
use super::option::ProductOption;
use super::variant::{ProductVariant, money};
use super::variant_list::{ProductVariantConnection, ProductVariantOrder};
use crate::catalog::entity::product::{self, ProductId};
use crate::catalog::rules::Handle;
use crate::catalog::store::{self, tags};
use crate::graphql::columns::{self, Fields};
use crate::graphql::connection::{self, Total};
use crate::graphql::error::ErrorCode;
use crate::graphql::in_order::InOrder;
use crate::graphql::loaders::Nested;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime, Money};
use crate::kernel::page::PageArgs;
use crate::kernel::page::columns::Columns;

/// What the shop presents as one thing, sold as one or more variants.
#[derive(Debug, Clone)]
pub struct Product(pub product::Model);

/// What the shop presents as one thing, sold as one or more variants. Everyone sees the active ones; the permission `READ_CATALOG` shows all.
#[Object(cache_control(max_age = 300))]
impl Product {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The name for customers.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The unique name in addresses, such as `trail-tent`.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// The description as HTML that is safe to show: nothing in it runs or loads code. Empty when there is none.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Who may see it.
    async fn status(&self) -> ProductStatus {
        self.0.status.into()
    }

    /// Who makes it.
    async fn vendor(&self) -> Option<&str> {
        self.0.vendor.as_deref()
    }

    /// A word for what it is, such as `Tent`.
    async fn product_type(&self) -> Option<&str> {
        self.0.product_type.as_deref()
    }

    /// Its tags, from A to Z.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        ctx.loaders().tags_of_product.load(self.0.id).await.map_err(|fault| ctx.fault(fault))
    }

    /// Its place in the category tree.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<InOrder<Category>>> {
        match self.0.category_id {
            Some(id) => ctx.category(id).await,
            None => Ok(None),
        }
    }

    /// What its variants differ in, such as size and colour: at most 3, in their order.
    async fn options(&self, ctx: &Context<'_>) -> Result<Vec<ProductOption>> {
        let options = ctx.loaders().options_of_product.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        Ok(options.into_iter().map(ProductOption).collect())
    }

    /// Its variants, by position unless `orderBy` says otherwise.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn variants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to order them.", default)] order_by: ProductVariantOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<ProductVariantConnection>> {
        let page = ctx.page_of::<ProductVariant>(PageArgs { first, after, last, before })?;
        let (id, loaders) = (self.0.id, ctx.loaders());
        let list = Nested { parent: id, order: order_by.into(), page: page.clone() };
        let slice = connection::nested(ctx, loaders.variants_of_product.load(list).await, &page)?;
        let counts = loaders.variant_count.clone();
        let total = Total::by(move || {
            let counts = counts.clone();
            Box::pin(async move { Ok(counts.load(id).await?) })
        });
        Ok(ProductVariantConnection::of(slice, total, ProductVariant))
    }

    /// What its cheapest and its dearest variant cost. Null without variants, or when their prices are in several currencies.
    async fn price_range(&self, ctx: &Context<'_>) -> Result<Option<InOrder<PriceRange>>> {
        let range = ctx.loaders().price_range_of_product.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        range
            .map(|range| {
                let min = money(ctx, range.min_minor, range.currency)?;
                Ok(InOrder(PriceRange { min, max: money(ctx, range.max_minor, range.currency)? }))
            })
            .transpose()
    }

    /// Counted up by each change of the product or its options; give it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

impl Fields for Product {
    fn columns(field: &str) -> Columns {
        use product::Column;
        product::Model::asking(match field {
            "id" | "tags" | "category" | "options" | "variants" | "priceRange" | "status" => &[],
            "title" => &[Column::Title],
            "handle" => &[Column::Handle],
            "description" => &[Column::Description],
            "vendor" => &[Column::Vendor],
            "productType" => &[Column::ProductType],
            "version" => &[Column::Version],
            "createdAt" => &[Column::CreatedAt],
            "updatedAt" => &[Column::UpdatedAt],
            _ => return Columns::ALL,
        })
    }
}

/// What the cheapest and the dearest variant of a product cost.
#[derive(Debug, SimpleObject)]
#[graphql(cache_control(max_age = 300))]
pub struct PriceRange {
    /// The lowest price.
    pub min: InOrder<Money>,
    /// The highest price.
    pub max: InOrder<Money>,
}

/// Who may see a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "product::Status")]
pub enum ProductStatus {
    /// In preparation: only staff with the permission `READ_CATALOG` see it.
    Draft,
    /// On sale: everyone sees it.
    Active,
    /// No longer on sale: only staff with the permission `READ_CATALOG` see it.
    Archived,
}

#[derive(Default)]
pub struct ProductQuery;

#[Object]
impl ProductQuery {
    /// One product, by its id or its handle. Null when there is none, or when the caller may not see it: everyone sees active products, the
    /// permission `READ_CATALOG` shows all.
    #[graphql(cache_control(max_age = 300))]
    async fn product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id. Give either `id` or `handle`.")] id: Option<ID>,
        #[graphql(desc = "The handle.")] handle: Option<String>,
    ) -> Result<Option<InOrder<Product>>> {
        match (id, handle) {
            (Some(id), None) => ctx.product(scalars::read_id("id", &id)?).await,
            (None, Some(handle)) => {
                let Ok(handle) = Handle::parse(&handle) else { return Ok(None) };
                let (db, asked) = (ctx.services().db.read(), columns::of_object::<Product>(ctx));
                let found = store::product_by_handle(db, ctx.actor(), &handle, asked).await;
                let found = found.map_err(|fault| ctx.fault(fault))?;
                ctx.depends_on(tags::product(found.as_ref()));
                Ok(found.map(|row| InOrder(Product(row))))
            }
            (Some(_), Some(_)) | (None, None) => Err(ErrorCode::BadUserInput.with(&"Give either `id` or `handle`.")),
        }
    }
}

/// Short ways to products.
pub(in crate::graphql) trait ProductContext {
    /// The product, if the caller may see it.
    async fn product(&self, id: ProductId) -> Result<Option<InOrder<Product>>>;
}

impl ProductContext for Context<'_> {
    async fn product(&self, id: ProductId) -> Result<Option<InOrder<Product>>> {
        let found = self.loaders().products.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(|row| InOrder(Product(row))))
    }
}
