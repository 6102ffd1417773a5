//! Changing variants of products.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};

use super::input::{self, Errors, ProductVariantInput, SelectedOptionInput};
use super::product::{Product, ProductContext as _};
use super::user_errors;
use super::variant::{BackorderPolicy, ProductVariant, VariantContext as _};
use crate::catalog::commands::{VariantCreate, VariantDelete, VariantUpdate};
use crate::catalog::error::CatalogError;
use crate::catalog::rules::change::VariantChanges;
use crate::catalog::rules::{self, Sku};
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::MoneyInput;
use crate::kernel::actor;
use crate::kernel::error::At;

#[derive(Default)]
pub struct VariantMutation;

#[Object]
impl VariantMutation {
    /// Adds a variant to a product. It counts up the version of the product, too. Requires the permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn product_variant_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product and its new variant.")] input: ProductVariantCreateInput,
    ) -> Result<ProductVariantCreatePayload> {
        let refused = |errors| ProductVariantCreatePayload { product_variant: None, user_errors: user_errors(errors) };
        let command = match input.parse() {
            Ok(command) => command,
            Err(errors) => return Ok(refused(errors)),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => ProductVariantCreatePayload { product_variant: ctx.variant(id).await?, user_errors: Vec::new() },
            Err(errors) => refused(errors),
        })
    }

    /// Changes a variant. Where nothing differs, nothing is written. Requires the permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn product_variant_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant and what to change of it.")] input: ProductVariantUpdateInput,
    ) -> Result<ProductVariantUpdatePayload> {
        let refused = |errors| ProductVariantUpdatePayload { product_variant: None, user_errors: user_errors(errors) };
        let command = match input.parse() {
            Ok(command) => command,
            Err(errors) => return Ok(refused(errors)),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => ProductVariantUpdatePayload { product_variant: ctx.variant(id).await?, user_errors: Vec::new() },
            Err(errors) => refused(errors),
        })
    }

    /// Removes a variant for good. Refused with `IN_USE` while it has stock, or ever had some. It counts up the version of the product. Requires the
    /// permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn product_variant_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant.")] input: ProductVariantDeleteInput,
    ) -> Result<ProductVariantDeletePayload> {
        let refused = |errors| ProductVariantDeletePayload {
            deleted_product_variant_id: None,
            product: None,
            user_errors: user_errors(errors),
        };
        let mut problems = Errors::default();
        let id = input::id_of(&input.id, "input.id", &mut problems);
        let command = id.map(|id| VariantDelete { id, expected_version: input.expected_version });
        let command = match problems.finish(command) {
            Ok(command) => command,
            Err(errors) => return Ok(refused(errors)),
        };
        Ok(match ctx.write(command).await? {
            Ok(product) => ProductVariantDeletePayload {
                deleted_product_variant_id: Some(input.id),
                product: ctx.product(product).await?,
                user_errors: Vec::new(),
            },
            Err(errors) => refused(errors),
        })
    }
}

/// A new variant of a product.
#[derive(Debug, InputObject)]
pub struct ProductVariantCreateInput {
    /// The product.
    pub product_id: ID,
    /// The version of the product that you read. If it has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// The unique stock keeping unit: 1 to 64 characters, whose case counts.
    pub sku: String,
    /// A value for each option of the product; no two variants of a product have the same ones.
    pub selected_options: Option<Vec<SelectedOptionInput>>,
    /// A GTIN or another code on the thing: 1 to 64 printable ASCII characters. A number of 8, 12, 13 or 14 digits is a GTIN and must end in its
    /// check digit.
    pub barcode: Option<String>,
    /// The price. All prices of a product have one currency.
    pub price: MoneyInput,
    /// The former price, in the currency of the price.
    pub compare_at_price: Option<MoneyInput>,
    /// The weight in grams: 0 to 1,000,000,000.
    pub weight_grams: Option<i64>,
    /// How far it may be promised beyond its stock: `DENY` when left out.
    pub backorder_policy: Option<BackorderPolicy>,
    /// The most units that may be promised beyond its stock, over all locations: with the policy `ALLOW_UP_TO`, and with no other.
    pub backorder_limit: Option<i64>,
}

impl ProductVariantCreateInput {
    fn parse(self) -> std::result::Result<VariantCreate, Vec<At<CatalogError>>> {
        let mut problems = Errors::default();
        let product = input::id_of(&self.product_id, "input.productId", &mut problems);
        let variant = ProductVariantInput {
            sku: self.sku,
            selected_options: self.selected_options,
            barcode: self.barcode,
            price: self.price,
            compare_at_price: self.compare_at_price,
            weight_grams: self.weight_grams,
            backorder_policy: self.backorder_policy,
            backorder_limit: self.backorder_limit,
        };
        let variant = variant.read("input", &mut problems);
        let expected_version = self.expected_version;
        let command = product.zip(variant);
        problems.finish(command.map(|(product_id, variant)| VariantCreate { product_id, expected_version, variant }))
    }
}

/// A change of a variant. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct ProductVariantUpdateInput {
    /// The variant.
    pub id: ID,
    /// The version that you read. If the variant has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// The unique stock keeping unit: 1 to 64 characters, whose case counts.
    pub sku: Option<String>,
    /// A value for each option of the product; no two variants of a product have the same ones.
    pub selected_options: Option<Vec<SelectedOptionInput>>,
    /// A GTIN or another code on the thing: 1 to 64 printable ASCII characters; null empties it. A number of 8, 12, 13 or 14 digits is a GTIN and
    /// must end in its check digit.
    pub barcode: MaybeUndefined<String>,
    /// The price. All prices of a product have one currency; only that of its only variant can change to another one, which empties the former price.
    pub price: Option<MoneyInput>,
    /// The former price, in the currency of the price; null empties it.
    pub compare_at_price: MaybeUndefined<MoneyInput>,
    /// The weight in grams: 0 to 1,000,000,000; null empties it.
    pub weight_grams: MaybeUndefined<i64>,
    /// How far it may be promised beyond its stock.
    pub backorder_policy: Option<BackorderPolicy>,
    /// The most units that may be promised beyond its stock, over all locations: with the policy `ALLOW_UP_TO`, and with no other.
    pub backorder_limit: Option<i64>,
}

impl ProductVariantUpdateInput {
    fn parse(self) -> std::result::Result<VariantUpdate, Vec<At<CatalogError>>> {
        let mut problems = Errors::default();
        let id = input::id_of(&self.id, "input.id", &mut problems);
        let changes = VariantChanges {
            sku: self.sku.and_then(|sku| problems.take("input.sku", Sku::parse(&sku))),
            choices: self.selected_options.map(|selected| input::choices(selected, "input", &mut problems)),
            barcode: input::patch(self.barcode, |code| problems.take("input.barcode", rules::barcode(&code))),
            price: self.price.and_then(|price| input::money(&price, "input.price", &mut problems)),
            compare_at_price: input::patch(self.compare_at_price, |money| {
                input::money(&money, "input.compareAtPrice", &mut problems)
            }),
            weight_grams: input::patch(self.weight_grams, |grams| {
                problems.take("input.weightGrams", rules::weight_grams(grams))
            }),
            backorder: input::backorder(self.backorder_policy, self.backorder_limit, "input", &mut problems),
        };
        problems.finish(id.map(|id| VariantUpdate { id, expected_version: self.expected_version, changes }))
    }
}

/// A variant to remove for good.
#[derive(Debug, InputObject)]
pub struct ProductVariantDeleteInput {
    /// The variant.
    pub id: ID,
    /// The version that you read. If the variant has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

payloads!(ProductVariantCreatePayload, ProductVariantUpdatePayload, ProductVariantDeletePayload);

/// What became of `productVariantCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ProductVariantCreatePayload {
    /// The variant as it is now; null when there are errors.
    pub product_variant: Option<InOrder<ProductVariant>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `productVariantUpdate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ProductVariantUpdatePayload {
    /// The variant as it is now; null when there are errors.
    pub product_variant: Option<InOrder<ProductVariant>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `productVariantDelete`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ProductVariantDeletePayload {
    /// The id of the variant that is gone; null when there are errors.
    pub deleted_product_variant_id: Option<ID>,
    /// The product that it belonged to, as it is now; null when there are errors.
    pub product: Option<InOrder<Product>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
