//! Validation without execution: a schema that finds out whether documents are valid, and knows no service. And execution without validation.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::{CacheControl, Response, ServerError, ValidationResult};

use super::{Mutation, Query, Schema, Subscription};

/// Answered instead of executing a valid document.
const VALID: &str = "valid";

/// A schema that validates every request and executes none.
pub fn build() -> Schema {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .extension(ValidateOnly)
        .finish()
}

/// What the validator found wrong, nothing when the document is valid.
pub fn finding(answer: &Response) -> Option<String> {
    match answer.errors.first() {
        Some(error) if error.message == VALID => None,
        Some(error) => Some(error.message.clone()),
        None => Some("it was not validated".to_owned()),
    }
}

struct ValidateOnly;

impl ExtensionFactory for ValidateOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for ValidateOnly {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(ctx).await?;
        Err(vec![ServerError::new(VALID, None)])
    }
}

/// Lets a schema execute whatever it is asked, as what has been found valid before. Even in its fast mode the library goes through the whole document to
/// price it, which the gate has done in its own way.
pub struct TakeForValid;

impl ExtensionFactory for TakeForValid {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for TakeForValid {
    async fn validation(
        &self,
        _ctx: &ExtensionContext<'_>,
        _next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        Ok(ValidationResult { cache_control: CacheControl::default(), complexity: 0, depth: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_valid_document_is_not_executed_and_an_invalid_one_is_found_out() {
        let schema = build();
        for valid in ["{ products(first: 1) { nodes { title } } }", "subscription { stockLevelChanged { __typename } }"]
        {
            assert_eq!(finding(&schema.execute(valid).await), None);
        }
        let wrong = finding(&schema.execute("{ product { colour } }").await).unwrap();
        assert!(wrong.contains("colour") || wrong.contains("product"), "{wrong}");
        assert!(finding(&schema.execute("query($x: Int!) { products(first: $y) { nodes { id } } }").await).is_some());
    }
}
