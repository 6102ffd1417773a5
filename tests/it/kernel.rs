//! The kernel against real databases.

mod append_only;
mod audit;
mod connections;
mod feed;
mod joint;
mod later;
pub(crate) mod turns;
mod write;
