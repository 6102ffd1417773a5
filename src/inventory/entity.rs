//! The tables of the slice as sea-orm entities, with their ids and scoped finders.

pub mod location;

pub mod stock_level;

pub mod stock_adjustment;

pub mod stock_movement;

pub mod stock_count;

pub mod stock_count_line;

pub mod stock_count_entry;

pub mod stock_order;

pub mod stock_order_line;

pub mod stock_receipt;

pub mod stock_receipt_line;

pub mod stock_slip;

pub mod stock_slip_line;

pub mod reservation;

pub mod reservation_line;

pub mod reservation_allocation;
