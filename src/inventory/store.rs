//! The SQL of the slice. Functions take the connection of their caller and never begin a transaction.

mod history;
mod ledger;
mod levels;
mod locations;
mod names;
mod numbers;
mod openings;
mod past;
mod proof;

pub use history::{
    AdjustmentFilter, HistoryFilter, HistoryOrder, MovementFilter, adjustments, adjustments_by_ids, adjustments_page,
    lines_of_adjustments, movement_counts, movements, movements_by_ids, movements_of_adjustments, movements_page,
};
pub use ledger::{
    LevelChange, drop_levels, insert_adjustments, insert_movements, known_variants, lock_levels, lock_locations,
    make_levels, update_levels,
};
pub use levels::{
    LevelFilter, LevelOrder, available_of_variants, level_counts_at_locations, level_counts_of_variants, levels,
    levels_at_locations, levels_by_ids, levels_of_variants, levels_page,
};
pub use locations::{
    LocationOrder, delete_location, holds_stock, location_by_code, locations_by_ids, locations_page, lock_location,
};
pub use names::{locations_by_codes, variants_by_skus};
pub use numbers::next_number;
pub use openings::variants_stocked_at;
pub use past::{Making, Past, balances_after, balances_at, making, making_page};
pub use proof::{Difference, count_levels, differences};
