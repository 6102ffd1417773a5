//! What a caller is told of their bucket.

use std::num::NonZeroU32;
use std::time::Duration;

use super::Taking;

/// How a kind of callers may spend points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The kind: `anonymous`, `user` or `staff`.
    pub name: &'static str,
    /// Points that come back each second.
    pub per_second: NonZeroU32,
    /// Points that a full bucket holds.
    pub burst: NonZeroU32,
}

/// A caller's bucket after an operation has been paid for, or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The rule that the bucket follows.
    pub policy: Policy,
    /// Whole points left.
    pub remaining: u32,
    /// When the operation was refused for want of points: how long until there are enough of them.
    pub retry_after: Option<Duration>,
}

impl Standing {
    /// An operation was paid for, and this much is left.
    pub(super) fn after(policy: Policy, remaining: u32) -> Self {
        Self { policy, remaining, retry_after: None }
    }

    /// The points to be taken are there after `wait`.
    pub(super) fn short(policy: Policy, wait: Duration, taking: Taking) -> Self {
        let rate = u128::from(policy.per_second.get());
        let missing = wait.as_nanos().saturating_mul(rate).div_ceil(1_000_000_000);
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        let again = Duration::from_secs(u64::from(taking.paid)) / policy.per_second.get();
        Self { policy, remaining: taking.points.saturating_sub(missing), retry_after: Some(wait.saturating_add(again)) }
    }

    /// When the bucket is full again, in whole seconds.
    pub fn full_in_seconds(&self) -> u32 {
        self.policy.burst.get().saturating_sub(self.remaining).div_ceil(self.policy.per_second.get())
    }

    /// How long to wait before trying again, in whole seconds, when the operation was refused.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after.map(|wait| wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1))
    }
}
