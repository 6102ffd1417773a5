//! The kernel against real databases.

mod append_only;
mod joint;
mod turns;
mod write;
