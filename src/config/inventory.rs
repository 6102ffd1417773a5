//! `[inventory]`: how large one stock change may be. It knows no stock.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// Lines of one adjustment.
    pub adjustment_lines: usize,
    /// Lines of one stock count.
    pub count_lines: usize,
}

impl Default for Inventory {
    fn default() -> Self {
        Self { adjustment_lines: 100, count_lines: 10_000 }
    }
}
