//! The tables of the slice as sea-orm entities, with their ids and scoped finders.

pub mod location;

pub mod stock_level;

pub mod stock_adjustment;

pub mod stock_movement;
