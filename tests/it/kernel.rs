//! The kernel against real databases.

mod append_only;
mod joint;
pub(crate) mod turns;
mod write;
