//! The SQL of the slice. Functions take the connection of their caller and never begin a transaction.

mod count_approval;
mod count_lines;
mod count_lists;
mod counts;
mod document_proof;
mod history;
mod ledger;
mod level_settings;
mod levels;
mod locations;
mod names;
mod numbers;
mod openings;
mod order_lists;
mod orders;
mod outstanding;
mod past;
mod proof;
mod receipts;
mod reservation_list;
mod reservations;
mod slips;

pub use count_approval::{Uncounted, close_lines, differing_lines, disputed_lines, mark_posted, set_since};
pub use count_lines::{
    Again, Shelved, add_count_lines, close_uncounted, entries_of_round, insert_count_entries, insert_count_lines,
    lock_count_lines, reopen_lines, shelved_for, shelved_variants, update_count_lines,
};
pub use count_lists::{
    CountFilter, CountLineList, CountLineOrder, CountOrder, Progress, count_by_number, count_lines_by_ids,
    count_lines_of, counts, counts_by_ids, counts_page, entries_of_count_lines, line_counts_of_counts, lines_of_counts,
    progress_of_counts,
};
pub use counts::{ScopeKind, hold_count, insert_count, lock_count, update_count};
pub use document_proof::{count_documents, paper_differences};
pub use history::{
    AdjustmentFilter, HistoryFilter, HistoryOrder, MovementFilter, adjustment_of_document, adjustments,
    adjustments_by_ids, adjustments_page, lines_of_adjustments, movement_counts, movements, movements_by_ids,
    movements_of_adjustments, movements_page, reversals_of,
};
pub use ledger::{
    LevelChange, Locked, drop_levels, insert_adjustments, insert_movements, known_variants, lock_levels,
    lock_locations, make_levels, update_levels,
};
pub use level_settings::{LevelSettings, units_sold, update_level_settings};
pub use levels::{
    LevelFilter, LevelOrder, Look, View, available_of_variants, level, level_counts_at_locations,
    level_counts_of_variants, levels, levels_at_locations, levels_by_ids, levels_of_variants, levels_page,
};
pub use locations::{
    LocationOrder, delete_location, holds_stock, location_by_code, locations_by_ids, locations_page, lock_location,
};
pub use names::{locations_by_codes, variants_by_skus};
pub use numbers::next_number;
pub use openings::variants_stocked_at;
pub use order_lists::{OrderFilter, OrderSort, lines_of_orders, order_by_number, orders, orders_by_ids, orders_page};
pub use orders::{delete_order_lines, insert_order, insert_order_lines, lock_order, update_order, update_order_lines};
pub use outstanding::{DocumentDifference, Incoming, document_differences, incoming_of};
pub use past::{Making, Past, balances_after, balances_at, making, making_page};
pub use proof::{Difference, count_levels, differences};
pub use receipts::{
    ReceiptLine, insert_receipts, lines_of_receipts, receipt_counts, receipts_by_ids, receipts_of_orders,
    reverse_receipt,
};
pub use reservation_list::{
    ReservationFilter, ReservationOrder, reservation_by_number, reservations, reservations_by_ids, reservations_page,
};
pub use reservations::{
    Lapsed, Place, backorder_policies, expire_reservations, firm_units, insert_reservations, lapse_allocations,
    lapsed_allocations, lapsing_slots, lock_expired, lock_reservation, next_reservation_numbers, places_of,
    reservation_allocations, reservation_lines, standing_of_locations, update_allocations, update_reservation,
};
pub use slips::{
    SlipFilter, SlipOrder, insert_slip, lines_of_slips, lock_slip, slip_by_number, slips, slips_by_ids, slips_page,
    update_slip,
};
