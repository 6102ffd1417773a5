//! `[inventory]`: how large one stock change may be, and how stock is reserved. It knows no stock.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// Lines of one adjustment or document.
    pub adjustment_lines: usize,
    /// Lines of one stock count.
    pub count_lines: usize,
    /// Units that may arrive beyond those ordered from a supplier, in thousandths; a receipt can say otherwise.
    pub over_receipt_per_mille: u32,
    /// Which locations are asked first for what is reserved, where a request does not say.
    pub allocation: Allocation,
    /// The longest time for which a reservation can hold, other than until further notice.
    pub reservation_ttl_max_s: u64,
    /// How often expired reservations are taken back; 0 for never, which changes no number that clients see.
    pub reservation_sweep_ms: u64,
    /// Expired reservations that are taken back in one transaction.
    pub reservation_sweep_batch: u32,
}

/// Which locations are asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocation {
    /// The smallest priority number first.
    Priority,
    /// Where most of the variant is free.
    MostStock,
    /// As few as possible.
    FewestSplits,
}

impl Default for Inventory {
    fn default() -> Self {
        Self {
            adjustment_lines: 100,
            count_lines: 10_000,
            over_receipt_per_mille: 0,
            allocation: Allocation::Priority,
            reservation_ttl_max_s: 90 * 24 * 3600,
            reservation_sweep_ms: 5_000,
            reservation_sweep_batch: 100,
        }
    }
}
