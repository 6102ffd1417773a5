//! `[rates]`: how fast one caller may spend points. What an operation costs is counted in `graphql::gate`.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Whether callers have buckets of points at all.
    pub enabled: bool,
    /// Points a second for all anonymous callers of one address together (IPv6: of one /64).
    pub anonymous_per_second: NonZeroU32,
    /// Points that such an address can save up.
    pub anonymous_burst: NonZeroU32,
    /// Points a second for a user, over all their sessions and addresses.
    pub user_per_second: NonZeroU32,
    /// Points that a user can save up.
    pub user_burst: NonZeroU32,
    /// Points a second for a user with any permission: staff, and the integrations of a shop.
    pub staff_per_second: NonZeroU32,
    /// Points that such a user can save up.
    pub staff_burst: NonZeroU32,
    /// Callers of each kind that are told apart at once. While more are busy than this, those of a kind share one bucket.
    pub callers: usize,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            enabled: true,
            anonymous_per_second: points(20),
            anonymous_burst: points(300),
            user_per_second: points(100),
            user_burst: points(300),
            staff_per_second: points(2_000),
            staff_burst: points(10_000),
            callers: 100_000,
        }
    }
}

fn points(value: u32) -> NonZeroU32 {
    NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN)
}
