//! Stockroom: a GraphQL API server for user accounts, products and inventory, on SQLite or PostgreSQL.

pub mod catalog;
pub mod config;
