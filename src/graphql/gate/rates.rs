//! The points that each caller has left: a bucket for each user and for each anonymous address, filled again at a steady
//! rate. It knows no document: what an operation costs is counted before.

mod standing;

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

pub use self::standing::{Policy, Standing};
use crate::config;
use crate::graphql::request::Caller;
use crate::kernel::actor::{Identity, UserId};
use crate::kernel::clock::Clock;

/// The buckets of all callers.
pub(super) struct Rates {
    enabled: bool,
    anonymous: Buckets,
    users: Buckets,
    staff: Buckets,
}

/// Why points were not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Short {
    /// There are not enough of them now.
    Now(Standing),
    /// The bucket never holds so many.
    Ever(Policy),
}

/// Who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Payer {
    User(UserId),
    Network(IpAddr),
    /// Everyone of a kind, while too many of them are busy to be told apart.
    Rest,
}

impl Rates {
    pub(super) fn new(config: &config::Rates, clock: &Clock) -> Self {
        let buckets = |name, per_second, burst| {
            Buckets::new(Policy { name, per_second, burst }, config.callers, Ticks(clock.clone()))
        };
        Self {
            enabled: config.enabled,
            anonymous: buckets("anonymous", config.anonymous_per_second, config.anonymous_burst),
            users: buckets("user", config.user_per_second, config.user_burst),
            staff: buckets("staff", config.staff_per_second, config.staff_burst),
        }
    }

    /// Takes `points` from the caller's bucket; `later` more are known to follow in the same request, and count into the
    /// time to wait. Nothing is taken, and nothing answered, where there is no bucket: for the server itself, for a
    /// program that embeds the schema and tells no address, and when rates are off.
    pub(super) fn take(&self, caller: &Caller, points: Taking) -> Result<Option<Standing>, Short> {
        if !self.enabled {
            return Ok(None);
        }
        let (buckets, payer) = match caller.actor.identity() {
            Identity::System(_) => return Ok(None),
            Identity::User { id, .. } if caller.actor.permissions().next().is_some() => (&self.staff, Payer::User(*id)),
            Identity::User { id, .. } => (&self.users, Payer::User(*id)),
            Identity::Anonymous => match caller.address {
                Some(address) => (&self.anonymous, Payer::Network(network(address))),
                None => return Ok(None),
            },
        };
        buckets.take(payer, points).map(Some)
    }

    /// Forgets the callers whose buckets are full again.
    pub(super) fn sweep(&self) {
        for buckets in [&self.anonymous, &self.users, &self.staff] {
            buckets.sweep();
        }
    }
}

/// Points to be taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taking {
    pub points: u32,
    /// Those of the same operation that have been taken already, and will be again when it is repeated.
    pub paid: u32,
}

/// The buckets of one kind of callers.
struct Buckets {
    policy: Policy,
    limiter: Limiter,
    clock: Ticks,
    most_callers: usize,
    /// The second of the last sweep that was made for want of room.
    swept: AtomicU64,
}

type Limiter = RateLimiter<Payer, HashMapStateStore<Payer>, Ticks, StateInformationMiddleware>;

impl Buckets {
    fn new(policy: Policy, most_callers: usize, clock: Ticks) -> Self {
        let quota = Quota::per_second(policy.per_second).allow_burst(policy.burst);
        let limiter = RateLimiter::hashmap_with_clock(quota, clock.clone()).with_middleware();
        Self { policy, limiter, clock, most_callers, swept: AtomicU64::new(0) }
    }

    fn take(&self, payer: Payer, taking: Taking) -> Result<Standing, Short> {
        let whole = taking.points.saturating_add(taking.paid);
        let Some(points) = NonZeroU32::new(taking.points).filter(|_| whole <= self.policy.burst.get()) else {
            return Err(Short::Ever(self.policy));
        };
        let payer = if self.has_room() { payer } else { Payer::Rest };
        match self.limiter.check_key_n(&payer, points) {
            Ok(Ok(left)) => Ok(Standing::after(self.policy, left.remaining_burst_capacity())),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(self.clock.now());
                Err(Short::Now(Standing::short(self.policy, wait, taking)))
            }
            Err(_capacity) => Err(Short::Ever(self.policy)),
        }
    }

    /// Whether one more caller can be told apart, after a sweep if need be, which happens once a second at most.
    fn has_room(&self) -> bool {
        if self.limiter.len() < self.most_callers {
            return true;
        }
        let second = self.clock.now().as_secs().saturating_add(1);
        if self.swept.swap(second, Ordering::Relaxed) != second {
            self.sweep();
        }
        self.limiter.len() < self.most_callers
    }

    fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

/// The network that an anonymous address stands for: itself, or its /64, which one subscriber of IPv6 has whole.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    }
}

/// The application's clock, as the buckets read it.
#[derive(Clone)]
struct Ticks(Clock);

impl GovernorClock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests;
