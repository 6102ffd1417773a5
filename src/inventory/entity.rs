//! The tables of the slice as sea-orm entities, with their ids and scoped finders.

pub mod location;
