//! The GraphQL layer: the schema over the slices. It turns arguments into commands and finders, and rows into types; it holds no rule and no SQL.

pub mod accounts;
mod ahead;
pub mod catalog;
mod columns;
pub mod connection;
pub mod error;
pub mod filter;
pub mod gate;
pub mod guard;
pub mod in_order;
pub mod inventory;
pub mod loaders;
pub mod node;
mod payload;
pub mod request;
pub mod scalars;
mod sdl;
pub mod services;
pub mod validator;

use async_graphql::registry::Registry;
use async_graphql::{MergedObject, MergedSubscription, OutputType as _, SDLExportOptions};

use gate::{CacheHints, Described, Inputs, Schemas};
use services::Services;

/// The schema with its three roots.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Everything that can be read. What could not be answered is in `errors`, each with a code for programs in `extensions.code`: `UNAUTHENTICATED`,
/// `FORBIDDEN`, `BAD_USER_INPUT`, `BAD_REQUEST`, `GRAPHQL_PARSE_FAILED`, `GRAPHQL_VALIDATION_FAILED`, `LIMIT_EXCEEDED`, `PERSISTED_QUERY_NOT_FOUND`,
/// `PERSISTED_QUERY_NOT_SUPPORTED`, `PERSISTED_QUERY_MISMATCH`, `UNTRUSTED_DOCUMENT`, `CROSS_SITE_REQUEST`, `METHOD_NOT_ALLOWED`,
/// `NOT_ACCEPTABLE`, `UNSUPPORTED_MEDIA_TYPE`, `PAYLOAD_TOO_LARGE`, `URI_TOO_LONG`, `HEADERS_TOO_LARGE`, `REQUEST_TIMEOUT`, `RATE_LIMITED`,
/// `TIMEOUT`, `UNAVAILABLE`, `IDEMPOTENCY_KEY_INVALID`, `IDEMPOTENCY_KEY_REUSED` or `INTERNAL`. What each means, and what to do about it, is in docs/error-codes.md.
#[derive(MergedObject, Default)]
pub struct Query(node::NodeQuery, accounts::AccountsQuery, catalog::CatalogQuery, inventory::InventoryQuery);

/// Everything that can be changed. Each mutation takes an `Idempotency-Key` header, or `extensions.idempotencyKey`, and can then be repeated safely.
/// The `query` of each payload reads in the same request what the mutation left.
#[derive(MergedObject, Default)]
pub struct Mutation(accounts::AccountsMutation, catalog::CatalogMutation, inventory::InventoryMutation);

/// Everything that can be watched.
#[derive(MergedSubscription, Default)]
pub struct Subscription(inventory::InventorySubscription);

/// Builds the schema over the services, once for what is to be validated and once for what was found valid before.
pub fn build(services: &Services) -> Schemas<Schema> {
    let builder = || {
        let schema = async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default());
        let schema = schema.data(services.clone());
        if services.config.suggestions_enabled() { schema } else { schema.disable_suggestions() }
    };
    // A schema without federation looks through all of its types at each field of the root, whether one of them is an entity. Nobody sees that this one has
    // it: what is trusted neither asks for the schema nor for a field that the other one does not have.
    let trusting = builder().extension(validator::TakeForValid).enable_federation();
    Schemas { checking: builder().finish(), trusting: trusting.finish() }
}

/// What the gate needs to know of the schema with this definition.
pub fn described(sdl: &str) -> Described<'_> {
    let mut registry = Registry::default();
    Query::create_type_info(&mut registry);
    let hints = CacheHints::of(&registry);
    Mutation::create_type_info(&mut registry);
    Described { sdl, hints, inputs: Inputs::of(&registry) }
}

/// The schema in the schema definition language, sorted, as committed in `schema.graphql`.
pub fn sdl() -> String {
    let schema = async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default()).finish();
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    sdl::arranged(&schema.sdl_with_options(options))
}
