//! User accounts: who someone is, what they may do, and the sessions in which they do it.

pub mod entity;
pub mod error;
pub mod passwords;
pub mod rules;
pub mod store;
pub mod tokens;
