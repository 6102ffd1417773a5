//! User accounts: who someone is, what they may do, and the sessions in which they do it.

pub mod commands;
pub mod entity;
pub mod error;
pub mod passwords;
pub mod rules;
pub mod service;
pub mod store;
pub mod tokens;

pub use service::{Accounts, Handles};
