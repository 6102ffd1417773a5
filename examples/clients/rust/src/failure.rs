//! What can go wrong. What a server says in `errors` ends the work; what it says in `userErrors` is for the caller to decide.

use graphql_client::Error as GraphqlError;

/// Why the client can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server refused an input, or is not as the tour expects it.
    #[error("{0}")]
    Refused(String),
    /// The answer has errors.
    #[error("{}", messages(.0))]
    Graphql(Vec<GraphqlError>),
    /// The answer is not one of a GraphQL server.
    #[error("the server answered {0} without GraphQL")]
    NoAnswer(u16),
    #[error(transparent)]
    Http(#[from] ureq::Error),
    #[error("the session's file: {0}")]
    File(#[from] std::io::Error),
    #[error("the session's file: {0}")]
    Json(#[from] serde_json::Error),
}

impl Failure {
    /// Whether one of the errors has this `extensions.code`.
    pub fn has_code(&self, code: &str) -> bool {
        let Self::Graphql(errors) = self else { return false };
        errors.iter().any(|error| error.extensions.as_ref().and_then(|facts| facts.get("code")) == Some(&code.into()))
    }
}

fn messages(errors: &[GraphqlError]) -> String {
    errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(" ")
}
