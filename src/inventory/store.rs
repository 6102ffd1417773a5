//! The SQL of the slice. Functions take the connection of their caller and never begin a transaction.

mod ledger;
mod locations;
mod names;
mod openings;

pub use ledger::{
    LevelChange, drop_levels, insert_adjustments, insert_movements, known_variants, lock_levels, lock_locations,
    make_levels, update_levels,
};
pub use locations::{LocationOrder, location_by_code, locations_by_ids, locations_page};
pub use names::{locations_by_codes, variants_by_skus};
pub use openings::variants_stocked_at;
