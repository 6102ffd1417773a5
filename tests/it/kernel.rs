//! The kernel against real databases.

mod append_only;
mod write;
