//! Makes the lines of a count from what the books say.

use crate::inventory::entity::stock_count;
use crate::inventory::entity::stock_count_line::{self, Standing};
use crate::inventory::store::Shelved;
use crate::kernel::write::Cx;

/// A line that nobody has counted yet.
pub(super) fn line(
    cx: &Cx<'_>,
    count: &stock_count::Model,
    shelved: &Shelved,
    unexpected: bool,
) -> stock_count_line::Model {
    stock_count_line::Model {
        id: cx.ids.make(),
        count_id: count.id,
        location_id: count.location_id,
        variant_id: shelved.variant_id,
        sku: shelved.sku.clone(),
        is_open: true,
        is_unexpected: unexpected,
        round: count.round,
        standing: Standing::Uncounted,
        expected_on_hand: shelved.on_hand,
        expected_damaged: shelved.damaged,
        expected_quality_control: shelved.quality_control,
        expected_version: shelved.version,
        variance_on_hand: 0,
        variance_damaged: 0,
        variance_quality_control: 0,
        has_variance: false,
        since_version: shelved.version,
        is_posted: false,
    }
}
