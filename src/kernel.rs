//! The small kernel under every slice: ids, time, values, pages, actors, the database and the one write path.
//!
//! It knows nothing of accounts, catalog, inventory, GraphQL or HTTP.

pub mod id;

pub mod clock;

pub mod secret;

pub mod text;

pub mod json;

pub mod money;

pub mod quantity;

pub mod error;

pub mod actor;

pub mod db;

pub mod page;

pub mod metrics;

pub mod audit;

pub mod freshness;

pub mod outbox;

pub mod write;
