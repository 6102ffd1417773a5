//! The tables of this slice, one file each.

pub mod role;
pub mod session;
pub mod user;
