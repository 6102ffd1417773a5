//! Lists of variants in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::variant::ProductVariant;
use crate::catalog::store::{self, VariantFilter, tags};
use crate::connection;
use crate::graphql::ahead;
use crate::graphql::connection::Total;
use crate::graphql::error;
use crate::graphql::filter::At;
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::kernel::page::PageArgs;

connection!(
    /// A page of variants.
    ProductVariantConnection,
    ProductVariantEdge,
    ProductVariant
);

/// How to order variants. Text is ordered by its characters' code points, so capital letters come before small ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "store::VariantOrder")]
pub enum ProductVariantOrder {
    /// By place among the variants of the product, the first first.
    #[default]
    PositionAsc,
    /// By place among the variants of the product, the last first.
    PositionDesc,
    /// By SKU, from A to Z.
    SkuAsc,
    /// By SKU, from Z to A.
    SkuDesc,
    /// By title, from A to Z.
    TitleAsc,
    /// By title, from Z to A.
    TitleDesc,
    /// The cheapest first. Prices in several currencies are compared as they stand, in minor units.
    PriceAsc,
    /// The dearest first. Prices in several currencies are compared as they stand, in minor units.
    PriceDesc,
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// The longest unchanged first.
    UpdatedAtAsc,
    /// The last changed first.
    UpdatedAtDesc,
}

/// Which variants to list. All given conditions must hold; a condition with several values holds when one of them does, and one with an empty list
/// never holds. Each list has at most 100 items.
#[derive(Debug, Clone, Default, InputObject)]
#[graphql(name = "ProductVariantFilter")]
pub struct VariantFilterInput {
    /// A part of the SKU, the barcode or the title: at most 100 characters. Letters from A to Z are found in any case.
    pub query: Option<String>,
    /// Only these.
    pub ids: Option<Vec<ID>>,
    /// Only these SKUs, each in its exact case.
    pub skus: Option<Vec<String>>,
    /// Only these barcodes. A GTIN is found with any number of zeros before it.
    pub barcodes: Option<Vec<String>>,
    /// Only of these products.
    pub product_ids: Option<Vec<ID>>,
}

impl VariantFilterInput {
    fn read(self) -> Result<VariantFilter> {
        let at = At("filter".to_owned());
        Ok(VariantFilter {
            query: at.query(self.query)?,
            ids: at.ids("ids", self.ids)?,
            skus: at.texts("skus", self.skus)?,
            barcodes: at.texts("barcodes", self.barcodes)?,
            products: at.ids("productIds", self.product_ids)?,
        })
    }
}

#[derive(Default)]
pub struct VariantListQuery;

#[Object]
impl VariantListQuery {
    /// The variants that the caller may see, by SKU unless `orderBy` says otherwise: everyone sees the variants of active products, the permission
    /// `READ_CATALOG` shows all.
    #[graphql(cache_control(max_age = 300))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn product_variants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which variants to list.")] filter: Option<VariantFilterInput>,
        #[graphql(desc = "How to order them.", default_with = "ProductVariantOrder::SkuAsc")]
        order_by: ProductVariantOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<ProductVariantConnection>> {
        let page = ctx.page_of::<ProductVariant>(PageArgs { first, after, last, before })?;
        ctx.depends_on(tags::PRODUCTS);
        let select = store::variants(ctx.actor(), &filter.unwrap_or_default().read()?);
        let db = &ctx.services().db;
        let slice = store::variants_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Box::pin(ahead::variants(ctx, &slice)).await;
        Ok(ProductVariantConnection::of(slice, Total::of(db, select), ProductVariant))
    }
}
