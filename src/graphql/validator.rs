//! Validation of a document against the schema without executing it. It knows no service: the schema that it makes has none.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::{Response, ServerError, ValidationResult};

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
