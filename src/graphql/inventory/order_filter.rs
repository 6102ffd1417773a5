//! How the lists of purchase orders and transfers are ordered.

use async_graphql::Enum;

use crate::inventory::store;

/// How to order purchase orders or transfers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::OrderSort")]
pub enum StockOrderSort {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// Changed longest ago first.
    UpdatedAtAsc,
    /// Changed last first.
    UpdatedAtDesc,
    /// Expected soonest first; without a date last.
    ExpectedAtAsc,
    /// Without a date first, then expected latest first.
    ExpectedAtDesc,
    /// The smallest number first.
    NumberAsc,
    /// The greatest number first.
    NumberDesc,
}
