//! Inventory: locations, stock levels, and the ledger that every unit passes through. It knows nothing of GraphQL or HTTP.

pub mod entity;

pub mod rules;

pub mod error;

pub mod store;

pub mod low_stock;

pub mod ledger;

pub mod audit;

pub mod commands;
