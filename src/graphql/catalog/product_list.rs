//! The list of products in the schema.

use async_graphql::{Context, Enum, Object, Result};

use super::product::Product;
use super::product_filter::ProductFilterInput;
use crate::catalog::store::{self, tags};
use crate::connection;
use crate::graphql::ahead;
use crate::graphql::connection::Total;
use crate::graphql::error;
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::kernel::page::PageArgs;

connection!(
    /// A page of products.
    ProductConnection,
    ProductEdge,
    Product
);

/// How to order products. Text is ordered by its characters' code points, so capital letters come before small ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::ProductOrder")]
pub enum ProductOrder {
    /// By title, from A to Z.
    TitleAsc,
    /// By title, from Z to A.
    TitleDesc,
    /// By handle, from A to Z.
    HandleAsc,
    /// By handle, from Z to A.
    HandleDesc,
    /// By vendor, from A to Z; products without one come last.
    VendorAsc,
    /// By vendor, from Z to A; products without one come first.
    VendorDesc,
    /// By type, from A to Z; products without one come last.
    ProductTypeAsc,
    /// By type, from Z to A; products without one come first.
    ProductTypeDesc,
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// The longest unchanged first.
    UpdatedAtAsc,
    /// The last changed first.
    UpdatedAtDesc,
}

#[derive(Default)]
pub struct ProductListQuery;

#[Object]
impl ProductListQuery {
    /// The products that the caller may see, by title unless `orderBy` says otherwise: everyone sees active products, the permission `READ_CATALOG`
    /// shows all.
    #[graphql(cache_control(max_age = 300))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which products to list.")] filter: Option<ProductFilterInput>,
        #[graphql(desc = "How to order them.", default_with = "ProductOrder::TitleAsc")] order_by: ProductOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<ProductConnection>> {
        let page = ctx.page_of::<Product>(PageArgs { first, after, last, before })?;
        ctx.depends_on(tags::PRODUCTS_IN_CATEGORIES);
        let select = store::products(ctx.actor(), &filter.unwrap_or_default().read()?);
        let db = &ctx.services().db;
        let slice = store::products_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Box::pin(ahead::products(ctx, &slice)).await;
        Ok(ProductConnection::of(slice, Total::of(db, select), Product))
    }
}
