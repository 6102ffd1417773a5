//! Stockroom: a GraphQL API server for user accounts, products and inventory, on SQLite or PostgreSQL.
//!
//! The crate in reading order; each module may use those above it and none below.

pub mod kernel;

pub mod config;

pub mod accounts;
pub mod catalog;

pub mod inventory;

pub mod graphql;

pub mod http;

pub mod app;

pub mod cli;
