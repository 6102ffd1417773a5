//! Variants of products in the schema.

use async_graphql::{Context, Enum, ID, Object, Result};

use super::option::SelectedOption;
use super::product::{Product, ProductContext as _};
use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::catalog::rules::Sku;
use crate::catalog::store::{self, tags};
use crate::graphql::columns::Fields;
use crate::graphql::connection::{self, Total};
use crate::graphql::error::ErrorCode;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::inventory::{StockLevel, StockLevelConnection, StockLevelOrder};
use crate::graphql::loaders::Nested;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime, Money};
use crate::kernel::actor;
use crate::kernel::error::Fault;
use crate::kernel::money::{self, Currency};
use crate::kernel::page::PageArgs;
use crate::kernel::page::columns::Columns;

/// One form of a product: the thing that is sold, counted and kept in stock.
#[derive(Debug, Clone)]
pub struct ProductVariant(pub product_variant::Model);

/// One form of a product: the thing that is sold, counted and kept in stock. Whoever sees the product sees its variants.
#[Object(cache_control(max_age = 300))]
impl ProductVariant {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The product.
    async fn product(&self, ctx: &Context<'_>) -> Result<InOrder<Product>> {
        // A variant is only shown to those who may see its product.
        let gone = || ctx.fault(Fault::Internal(format!("the product of {} is not there", self.0.id)));
        ctx.product(self.0.product_id).await?.ok_or_else(gone)
    }

    /// The unique stock keeping unit; inputs take it in place of the id.
    async fn sku(&self) -> &str {
        &self.0.sku
    }

    /// A GTIN or another code on the thing; `variantByBarcode` finds the variant by it.
    async fn barcode(&self) -> Option<&str> {
        self.0.barcode.as_deref()
    }

    /// Its option values joined by ` / `, or `Default` when the product has no options.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The value it has for each option of the product, in the order of the options.
    async fn selected_options(&self, ctx: &Context<'_>) -> Result<Vec<SelectedOption>> {
        let selected = ctx.loaders().selected_options.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        Ok(selected.into_iter().map(SelectedOption).collect())
    }

    /// The price.
    async fn price(&self, ctx: &Context<'_>) -> Result<InOrder<Money>> {
        money(ctx, self.0.price_minor, self.0.currency)
    }

    /// The former price, to show beside the price.
    async fn compare_at_price(&self, ctx: &Context<'_>) -> Result<Option<InOrder<Money>>> {
        self.0.compare_at_minor.map(|minor| money(ctx, minor, self.0.currency)).transpose()
    }

    /// The weight in grams.
    async fn weight_grams(&self) -> Option<i64> {
        self.0.weight_grams
    }

    /// How far it may be promised beyond its stock.
    async fn backorder_policy(&self) -> BackorderPolicy {
        self.0.backorder_policy.into()
    }

    /// The most units that may be promised beyond its stock, over all locations; null unless the policy is `ALLOW_UP_TO`.
    async fn backorder_limit(&self) -> Option<i64> {
        self.0.backorder_limit
    }

    /// Units that can be bought now, over all locations.
    #[graphql(cache_control(max_age = 5))]
    async fn total_available(&self, ctx: &Context<'_>) -> Result<i64> {
        ctx.loaders().available_of_variant.load(self.0.id).await.map_err(|fault| ctx.fault(fault))
    }

    /// Whether at least one unit can be bought now.
    #[graphql(cache_control(max_age = 5))]
    async fn available_for_sale(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.total_available(ctx).await? > 0)
    }

    /// How many units are where. Requires the permission `READ_INVENTORY`.
    #[graphql(
        cache_control(no_cache),
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn stock_levels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to order them.", default)] order_by: StockLevelOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<StockLevelConnection>> {
        let page = ctx.page_of::<StockLevel>(PageArgs { first, after, last, before })?;
        let (id, loaders) = (self.0.id, ctx.loaders());
        let list = Nested { parent: id, order: order_by.into(), page: page.clone() };
        let slice = connection::nested(ctx, loaders.levels_of_variant.load(list).await, &page)?;
        let counts = loaders.level_count_of_variant.clone();
        let total = Total::by(move || {
            let counts = counts.clone();
            Box::pin(async move { Ok(counts.load(id).await?) })
        });
        Ok(StockLevelConnection::of(slice, total, StockLevel))
    }

    /// The place among the variants of the product, from 1.
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

impl Fields for ProductVariant {
    fn columns(field: &str) -> Columns {
        use product_variant::Column;
        product_variant::Model::asking(match field {
            "id" | "product" | "selectedOptions" | "totalAvailable" | "availableForSale" | "stockLevels"
            | "backorderPolicy" => &[],
            "sku" => &[Column::Sku],
            "barcode" => &[Column::Barcode],
            "title" => &[Column::Title],
            "price" => &[Column::PriceMinor],
            "compareAtPrice" => &[Column::CompareAtMinor],
            "weightGrams" => &[Column::WeightGrams],
            "backorderLimit" => &[Column::BackorderLimit],
            "position" => &[Column::Position],
            "version" => &[Column::Version],
            "createdAt" => &[Column::CreatedAt],
            "updatedAt" => &[Column::UpdatedAt],
            _ => return Columns::ALL,
        })
    }
}

/// An amount of the database.
pub(super) fn money(ctx: &Context<'_>, minor: i64, currency: Currency) -> Result<InOrder<Money>> {
    let amount = money::Money::from_minor(minor, currency);
    amount
        .map(|money| InOrder(Money::from(money)))
        .map_err(|error| ctx.fault(Fault::Internal(format!("an amount {error}"))))
}

/// How far a variant may be promised beyond its stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "product_variant::BackorderPolicy")]
pub enum BackorderPolicy {
    /// Not at all.
    Deny,
    /// As far as anyone asks.
    Allow,
    /// Up to a number of units over all locations: `backorderLimit`.
    AllowUpTo,
}

#[derive(Default)]
pub struct VariantQuery;

#[Object]
impl VariantQuery {
    /// One variant of a product, by its id or its SKU. Null when there is none, or when the caller may not see it: everyone sees the variants of
    /// active products, the permission `READ_CATALOG` shows all.
    #[graphql(cache_control(max_age = 300))]
    async fn product_variant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id. Give either `id` or `sku`.")] id: Option<ID>,
        #[graphql(desc = "The SKU, in its exact case.")] sku: Option<String>,
    ) -> Result<Option<InOrder<ProductVariant>>> {
        match (id, sku) {
            (Some(id), None) => ctx.variant(scalars::read_id("id", &id)?).await,
            (None, Some(sku)) => {
                let Ok(sku) = Sku::parse(&sku) else { return Ok(None) };
                let found = store::variant_by_sku(ctx.services().db.read(), ctx.actor(), &sku).await;
                let found = found.map_err(|fault| ctx.fault(fault))?;
                ctx.depends_on(tags::variant(found.as_ref()));
                Ok(found.map(|row| InOrder(ProductVariant(row))))
            }
            (Some(_), Some(_)) | (None, None) => Err(ErrorCode::BadUserInput.with(&"Give either `id` or `sku`.")),
        }
    }
}

/// Short ways to variants.
pub(in crate::graphql) trait VariantContext {
    /// The variant, if the caller may see it.
    async fn variant(&self, id: ProductVariantId) -> Result<Option<InOrder<ProductVariant>>>;
}

impl VariantContext for Context<'_> {
    async fn variant(&self, id: ProductVariantId) -> Result<Option<InOrder<ProductVariant>>> {
        let found = self.loaders().variants.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(|row| InOrder(ProductVariant(row))))
    }
}
