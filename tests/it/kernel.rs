//! The kernel against real databases.

mod append_only;
mod turns;
mod write;
