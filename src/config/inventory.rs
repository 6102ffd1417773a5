//! `[inventory]`: how large one stock change may be. It knows no stock.

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
}

impl Default for Inventory {
    fn default() -> Self {
        Self { adjustment_lines: 100, count_lines: 10_000, over_receipt_per_mille: 0 }
    }
}
