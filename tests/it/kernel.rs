//! The kernel against real databases.

mod append_only;
mod audit;
mod connections;
mod joint;
pub(crate) mod turns;
mod write;
