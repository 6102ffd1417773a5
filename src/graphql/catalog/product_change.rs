//! Changing products.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::input::{self, Errors};
use super::product::{Product, ProductContext as _};
use super::product_input::{
    ProductArchiveInput, ProductCreateInput, ProductDeleteInput, ProductUnarchiveInput, ProductUpdateInput,
};
use super::user_errors;
use crate::catalog::commands::{ProductArchive, ProductDelete, ProductUnarchive};
use crate::catalog::entity::product::ProductId;
use crate::catalog::error::CatalogError;
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars;
use crate::kernel::actor;
use crate::kernel::error::At;
use crate::kernel::write::Command;

#[derive(Default)]
pub struct ProductMutation;

#[Object]
impl ProductMutation {
    /// Creates a product with its options and variants. Requires the permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn product_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new product.")] input: ProductCreateInput,
    ) -> Result<ProductCreatePayload> {
        let (product, user_errors) = changed(ctx, input.parse()).await?;
        Ok(ProductCreatePayload { product, user_errors })
    }

    /// Changes a product, without its variants. Where nothing differs, nothing is written. Requires the permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn product_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product and what to change of it.")] input: ProductUpdateInput,
    ) -> Result<ProductUpdatePayload> {
        let (product, user_errors) = changed(ctx, input.parse()).await?;
        Ok(ProductUpdatePayload { product, user_errors })
    }

    /// Takes a product out of the shop. Its stock and its history stay. Requires the permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn product_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product.")] input: ProductArchiveInput,
    ) -> Result<ProductArchivePayload> {
        let command = named(&input.id).map(|id| ProductArchive { id, expected_version: input.expected_version });
        let (product, user_errors) = changed(ctx, command).await?;
        Ok(ProductArchivePayload { product, user_errors })
    }

    /// Makes an archived product a draft again. Requires the permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn product_unarchive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product.")] input: ProductUnarchiveInput,
    ) -> Result<ProductUnarchivePayload> {
        let command = named(&input.id).map(|id| ProductUnarchive { id, expected_version: input.expected_version });
        let (product, user_errors) = changed(ctx, command).await?;
        Ok(ProductUnarchivePayload { product, user_errors })
    }

    /// Removes a product with its variants for good. Refused with `IN_USE` while a variant has stock, or ever had some: archive the product instead.
    /// Requires the permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn product_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product.")] input: ProductDeleteInput,
    ) -> Result<ProductDeletePayload> {
        let refused = |errors| ProductDeletePayload { deleted_product_id: None, user_errors: user_errors(errors) };
        let command = match named(&input.id) {
            Ok(id) => ProductDelete { id, expected_version: input.expected_version },
            Err(errors) => return Ok(refused(errors)),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => ProductDeletePayload { deleted_product_id: Some(scalars::id(id)), user_errors: Vec::new() },
            Err(errors) => refused(errors),
        })
    }
}

/// Runs a command that changes a product. Who changes products without the permission to see them gets no product back.
async fn changed<C>(
    ctx: &Context<'_>,
    command: std::result::Result<C, Vec<At<CatalogError>>>,
) -> Result<(Option<InOrder<Product>>, Vec<UserError>)>
where
    C: Command<Output = ProductId, Error = CatalogError>,
{
    let command = match command {
        Ok(command) => command,
        Err(errors) => return Ok((None, user_errors(errors))),
    };
    Ok(match ctx.write(command).await? {
        Ok(id) => (ctx.product(id).await?, Vec::new()),
        Err(errors) => (None, user_errors(errors)),
    })
}

fn named(id: &ID) -> std::result::Result<ProductId, Vec<At<CatalogError>>> {
    let mut problems = Errors::default();
    let id = input::id_of(id, "input.id", &mut problems);
    problems.finish(id)
}

payloads!(
    ProductCreatePayload,
    ProductUpdatePayload,
    ProductArchivePayload,
    ProductUnarchivePayload,
    ProductDeletePayload,
);

/// What became of `productCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ProductCreatePayload {
    /// The product as it is now; null when there are errors.
    pub product: Option<InOrder<Product>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `productUpdate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ProductUpdatePayload {
    /// The product as it is now; null when there are errors.
    pub product: Option<InOrder<Product>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `productArchive`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ProductArchivePayload {
    /// The product as it is now; null when there are errors.
    pub product: Option<InOrder<Product>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `productUnarchive`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ProductUnarchivePayload {
    /// The product as it is now; null when there are errors.
    pub product: Option<InOrder<Product>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `productDelete`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ProductDeletePayload {
    /// The id of the product that is gone; null when there are errors.
    pub deleted_product_id: Option<ID>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
