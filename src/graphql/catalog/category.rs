//! Categories in the schema.

use async_graphql::{Context, ID, Object, Result};

use super::category_list::{CategoryConnection, CategoryOrder};
use super::product::Product;
use super::product_list::{ProductConnection, ProductOrder};
use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::rules::Handle;
use crate::catalog::store::{self, tags};
use crate::graphql::connection::{self, Total};
use crate::graphql::error::ErrorCode;
use crate::graphql::in_order::{AllInOrder, InOrder};
use crate::graphql::loaders::Nested;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::kernel::page::PageArgs;

/// A node of the category tree.
#[derive(Debug, Clone)]
pub struct Category(pub category::Model);

/// A node of the category tree. Everyone sees categories.
#[Object(cache_control(max_age = 300))]
impl Category {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The unique name in addresses, such as `tents`.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// Some lines of plain text about it. Empty when there are none.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// The category above; null for a root.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<InOrder<Category>>> {
        match self.0.parent_id {
            Some(id) => ctx.category(id).await,
            None => Ok(None),
        }
    }

    /// The categories above it, the root first.
    async fn ancestors(&self, ctx: &Context<'_>) -> Result<AllInOrder<Category>> {
        let above = ctx.loaders().ancestors_of_category.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        Ok(AllInOrder(above.into_iter().map(Category).collect()))
    }

    /// The categories directly below it, by position unless `orderBy` says otherwise.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to order them.", default_with = "CategoryOrder::PositionAsc")] order_by: CategoryOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<CategoryConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let (id, loaders) = (self.0.id, ctx.loaders());
        let list = Nested { parent: id, order: order_by.into(), page: page.clone() };
        let slice = connection::nested(ctx, loaders.children_of_category.load(list).await, &page)?;
        let counts = loaders.child_count.clone();
        let total = Total::by(move || {
            let counts = counts.clone();
            Box::pin(async move { Ok(counts.load(id).await?) })
        });
        Ok(CategoryConnection::of(slice, total, Category))
    }

    /// The products directly in it that the caller may see, by title unless `orderBy` says otherwise. For those of the categories below it as well, use
    /// `products(filter: { categoryIds: […] })`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to order them.", default_with = "ProductOrder::TitleAsc")] order_by: ProductOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<ProductConnection>> {
        let page = ctx.page_of::<Product>(PageArgs { first, after, last, before })?;
        let (id, loaders) = (self.0.id, ctx.loaders());
        let list = Nested { parent: id, order: order_by.into(), page: page.clone() };
        let slice = connection::nested(ctx, loaders.products_of_category.load(list).await, &page)?;
        let counts = loaders.product_count.clone();
        let total = Total::by(move || {
            let counts = counts.clone();
            Box::pin(async move { Ok(counts.load(id).await?) })
        });
        Ok(ProductConnection::of(slice, total, Product))
    }

    /// The place among its siblings, from 0.
    async fn position(&self) -> i64 {
        self.0.position
    }

    /// Counted up by each change; give it back as `expectedVersion`.
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

#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// One category, by its id or its handle. Null when there is none.
    #[graphql(cache_control(max_age = 300))]
    async fn category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id. Give either `id` or `handle`.")] id: Option<ID>,
        #[graphql(desc = "The handle.")] handle: Option<String>,
    ) -> Result<Option<InOrder<Category>>> {
        match (id, handle) {
            (Some(id), None) => ctx.category(scalars::read_id("id", &id)?).await,
            (None, Some(handle)) => {
                let Ok(handle) = Handle::parse(&handle) else { return Ok(None) };
                ctx.depends_on(tags::CATEGORIES);
                let found = store::category_by_handle(ctx.services().db.read(), ctx.actor(), &handle).await;
                Ok(found.map_err(|fault| ctx.fault(fault))?.map(|row| InOrder(Category(row))))
            }
            (Some(_), Some(_)) | (None, None) => Err(ErrorCode::BadUserInput.with(&"Give either `id` or `handle`.")),
        }
    }
}

/// Short ways to categories.
pub(in crate::graphql) trait CategoryContext {
    /// The category, if there is one.
    async fn category(&self, id: CategoryId) -> Result<Option<InOrder<Category>>>;
}

impl CategoryContext for Context<'_> {
    async fn category(&self, id: CategoryId) -> Result<Option<InOrder<Category>>> {
        let found = self.loaders().categories.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(|row| InOrder(Category(row))))
    }
}
