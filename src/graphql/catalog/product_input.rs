//! The inputs of the mutations of products, and how they are read.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::input::{self, Errors, ProductOptionInput, ProductVariantInput};
use super::product::ProductStatus;
use crate::catalog::commands::{ProductCreate, ProductUpdate};
use crate::catalog::entity::product::Status;
use crate::catalog::error::CatalogError;
use crate::catalog::rules::change::{NewProduct, NewVariant, ProductChanges};
use crate::catalog::rules::{self, Handle, MAX_VARIANTS};
use crate::kernel::error::At;
use crate::kernel::text::InputError;

/// A new product.
#[derive(Debug, InputObject)]
pub struct ProductCreateInput {
    /// The name for customers: at most 255 characters.
    pub title: String,
    /// The unique name in addresses: lower-case letters, digits and single hyphens between them, at most 255 characters. Left out, it is made from
    /// the title, and gets a number behind it where another product has it.
    pub handle: Option<String>,
    /// The description in HTML: at most 65,536 characters. What could run or load code is taken out.
    pub description: Option<String>,
    /// Who may see it.
    #[graphql(default_with = "ProductStatus::Draft")]
    pub status: ProductStatus,
    /// Who makes it: at most 255 characters.
    pub vendor: Option<String>,
    /// A word for what it is: at most 255 characters.
    pub product_type: Option<String>,
    /// Its place in the category tree.
    pub category_id: Option<ID>,
    /// At most 250 tags of at most 255 characters.
    pub tags: Option<Vec<String>>,
    /// What its variants differ in: at most 3.
    pub options: Option<Vec<ProductOptionInput>>,
    /// Its variants: at most 100, and at most one when it has no options.
    pub variants: Option<Vec<ProductVariantInput>>,
}

impl ProductCreateInput {
    pub(super) fn parse(self) -> Result<ProductCreate, Vec<At<CatalogError>>> {
        let mut problems = Errors::default();
        let title = problems.take("input.title", rules::title(&self.title));
        let handle = self.handle.and_then(|handle| problems.take("input.handle", Handle::parse(&handle)));
        let description = self.description.map(|html| rules::description(&html));
        let description = description.and_then(|html| problems.take("input.description", html)).unwrap_or_default();
        let vendor = self.vendor.and_then(|text| problems.take("input.vendor", rules::optional_label(&text)));
        let product_type =
            self.product_type.and_then(|text| problems.take("input.productType", rules::optional_label(&text)));
        let category_id = self.category_id.and_then(|id| input::id_of(&id, "input.categoryId", &mut problems));
        let tags = self.tags.and_then(|tags| problems.take("input.tags", rules::tags(&tags))).unwrap_or_default();
        let options = input::options(self.options.unwrap_or_default(), &mut problems);
        let variants = variants(self.variants.unwrap_or_default(), &mut problems);
        let product = title.map(|title| NewProduct {
            title,
            handle,
            description,
            status: self.status.into(),
            vendor: vendor.flatten(),
            product_type: product_type.flatten(),
            category_id,
            tags,
            options,
            variants,
        });
        problems.finish(product.map(|product| ProductCreate { product }))
    }
}

fn variants(variants: Vec<ProductVariantInput>, problems: &mut Errors) -> Vec<NewVariant> {
    if variants.len() > MAX_VARIANTS {
        problems.add("input.variants", InputError::TooMany { max: MAX_VARIANTS }.into());
        return Vec::new();
    }
    let read =
        |(index, variant): (usize, ProductVariantInput)| variant.read(&format!("input.variants.{index}"), problems);
    variants.into_iter().enumerate().filter_map(read).collect()
}

/// A change of a product. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct ProductUpdateInput {
    /// The product.
    pub id: ID,
    /// The version that you read. If the product has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// The name for customers: at most 255 characters.
    pub title: Option<String>,
    /// The unique name in addresses: lower-case letters, digits and single hyphens between them, at most 255 characters.
    pub handle: Option<String>,
    /// The description in HTML: at most 65,536 characters; null empties it. What could run or load code is taken out.
    pub description: MaybeUndefined<String>,
    /// Who may see it. An archived product must become a draft before it is active again.
    pub status: Option<ProductStatus>,
    /// Who makes it: at most 255 characters; null empties it.
    pub vendor: MaybeUndefined<String>,
    /// A word for what it is: at most 255 characters; null empties it.
    pub product_type: MaybeUndefined<String>,
    /// Its place in the category tree; null takes it out of the tree.
    pub category_id: MaybeUndefined<ID>,
    /// All of its tags: at most 250 of at most 255 characters; null takes all away.
    pub tags: MaybeUndefined<Vec<String>>,
}

impl ProductUpdateInput {
    pub(super) fn parse(self) -> Result<ProductUpdate, Vec<At<CatalogError>>> {
        let mut problems = Errors::default();
        let id = input::id_of(&self.id, "input.id", &mut problems);
        let description = match self.description {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(String::new()),
            MaybeUndefined::Value(html) => problems.take("input.description", rules::description(&html)),
        };
        let tags = match self.tags {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(Vec::new()),
            MaybeUndefined::Value(tags) => problems.take("input.tags", rules::tags(&tags)),
        };
        let changes = ProductChanges {
            title: self.title.and_then(|title| problems.take("input.title", rules::title(&title))),
            handle: self.handle.and_then(|handle| problems.take("input.handle", Handle::parse(&handle))),
            description,
            status: self.status.map(Status::from),
            vendor: input::label(self.vendor, "input.vendor", &mut problems),
            product_type: input::label(self.product_type, "input.productType", &mut problems),
            category_id: input::patch(self.category_id, |id| input::id_of(&id, "input.categoryId", &mut problems)),
            tags,
        };
        problems.finish(id.map(|id| ProductUpdate { id, expected_version: self.expected_version, changes }))
    }
}

/// A product to take out of the shop.
#[derive(Debug, InputObject)]
pub struct ProductArchiveInput {
    /// The product.
    pub id: ID,
    /// The version that you read. If the product has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

/// An archived product to make a draft again.
#[derive(Debug, InputObject)]
pub struct ProductUnarchiveInput {
    /// The product.
    pub id: ID,
    /// The version that you read. If the product has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

/// A product to remove for good.
#[derive(Debug, InputObject)]
pub struct ProductDeleteInput {
    /// The product.
    pub id: ID,
    /// The version that you read. If the product has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}
