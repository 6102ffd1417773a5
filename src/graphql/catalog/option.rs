//! Options of products in the schema, their values, and the values that a variant has.

use async_graphql::{Context, ID, Object, Result};

use crate::catalog::entity::option_value::{self, OptionValueId};
use crate::catalog::entity::product_option::{self, ProductOptionId};
use crate::catalog::store;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars;

/// What the variants of a product differ in, such as the size.
#[derive(Debug, Clone)]
pub struct ProductOption(pub product_option::Model);

/// What the variants of a product differ in, such as the size.
#[Object(cache_control(max_age = 300))]
impl ProductOption {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The name for customers, such as `Size`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The place among the options of the product, from 1.
    async fn position(&self) -> i64 {
        self.0.position
    }

    /// The values that it may have: at most 100, in their order.
    async fn values(&self, ctx: &Context<'_>) -> Result<Vec<ProductOptionValue>> {
        let values = ctx.loaders().values_of_option.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        Ok(values.into_iter().map(ProductOptionValue).collect())
    }
}

/// A value of an option, such as `Large`.
#[derive(Debug, Clone)]
pub struct ProductOptionValue(pub option_value::Model);

/// A value of an option, such as `Large`.
#[Object(cache_control(max_age = 300))]
impl ProductOptionValue {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The value for customers.
    async fn value(&self) -> &str {
        &self.0.value
    }

    /// The place among the values of the option, from 1.
    async fn position(&self) -> i64 {
        self.0.position
    }
}

/// The value that a variant has for an option of its product.
#[derive(Debug, Clone)]
pub struct SelectedOption(pub store::SelectedOption);

/// The value that a variant has for an option of its product.
#[Object(cache_control(max_age = 300))]
impl SelectedOption {
    /// The name of the option, such as `Size`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The value, such as `Large`.
    async fn value(&self) -> &str {
        &self.0.value
    }
}

/// Short ways to options.
pub(in crate::graphql) trait OptionContext {
    /// The option, if the caller may see it.
    async fn product_option(&self, id: ProductOptionId) -> Result<Option<ProductOption>>;

    /// The value of an option, if the caller may see it.
    async fn option_value(&self, id: OptionValueId) -> Result<Option<ProductOptionValue>>;
}

impl OptionContext for Context<'_> {
    async fn product_option(&self, id: ProductOptionId) -> Result<Option<ProductOption>> {
        let found = self.loaders().options.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(ProductOption))
    }

    async fn option_value(&self, id: OptionValueId) -> Result<Option<ProductOptionValue>> {
        let found = self.loaders().option_values.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(ProductOptionValue))
    }
}
