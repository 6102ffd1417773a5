//! The catalog: what the shop sells. Knows nothing of stock, GraphQL or HTTP.

pub mod entity;

pub mod error;

pub mod rules;

pub mod store;

pub mod shopify;

pub mod commands;
