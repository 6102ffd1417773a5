//! Every document that the client sends, with types of its variables and answers: made from the .graphql files and
//! schema.graphql by the compiler, which refuses what the schema does not have.

use graphql_client::GraphQLQuery;

/// A moment, as RFC 3339 has it.
type DateTime = String;

#[derive(GraphQLQuery)]
#[graphql(schema_path = "../../../schema.graphql", query_path = "../documents/login.graphql")]
pub struct Login;

#[derive(GraphQLQuery)]
#[graphql(schema_path = "../../../schema.graphql", query_path = "../documents/refresh-token.graphql")]
pub struct RefreshToken;

#[derive(GraphQLQuery)]
#[graphql(schema_path = "../../../schema.graphql", query_path = "../documents/product-page.graphql")]
pub struct ProductPage;

#[derive(GraphQLQuery)]
#[graphql(schema_path = "../../../schema.graphql", query_path = "../../documents/03-viewer.graphql")]
pub struct Viewer;

#[derive(GraphQLQuery)]
#[graphql(schema_path = "../../../schema.graphql", query_path = "../../documents/04-stock.graphql")]
pub struct Stock;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../../schema.graphql",
    query_path = "../../documents/05-stock-adjust.graphql",
    variables_derives = "Clone",
    response_derives = "Debug",
    skip_serializing_none
)]
pub struct StockAdjust;

#[derive(GraphQLQuery)]
#[graphql(
    schema_path = "../../../schema.graphql",
    query_path = "../../documents/09-stock-watch.graphql",
    response_derives = "Debug"
)]
pub struct StockWatch;
