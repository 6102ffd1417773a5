//! The GraphQL layer.

pub mod gate;
