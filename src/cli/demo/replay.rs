//! Runs commands at past moments: the same write path, with a clock that is set by hand. Knows nothing of the shop.

use std::sync::Arc;

use super::DemoError;
use crate::graphql::services::Services;
use crate::kernel::actor::Actor;
use crate::kernel::clock::{Clock, ManualClock, Timestamp};
use crate::kernel::db::Db;
use crate::kernel::error::At;
use crate::kernel::id::Ids;
use crate::kernel::write::{Command, Meta, WriteError, Writer};

const MINUTE_MICROS: i64 = 60_000_000;
const DAY_MICROS: i64 = 24 * 60 * MINUTE_MICROS;

/// A moment before today, by the calendar of UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    /// Counted back from today.
    pub(super) days_ago: u32,
    /// Counted from midnight.
    pub(super) minute: u32,
}

/// A writer with a clock of its own.
pub(super) struct Replay {
    pub(super) services: Services,
    /// The loader itself, for what no user of the shop would have entered.
    pub(super) loader: Actor,
    writer: Writer,
    hand: Arc<ManualClock>,
    midnight: Timestamp,
}

impl Replay {
    pub(super) fn new(services: &Services) -> Self {
        let now = services.clock.now();
        let midnight = Timestamp(now.0 - now.0.rem_euclid(DAY_MICROS));
        let (clock, hand) = Clock::manual(midnight);
        let writer = services.writer.with_clock(clock);
        Self { services: services.clone(), loader: Actor::system("demo"), writer, hand, midnight }
    }

    pub(super) fn db(&self) -> &Db {
        &self.services.db
    }

    pub(super) fn ids(&self) -> &Ids {
        &self.services.ids
    }

    /// Runs one command as `actor` would have done it then. `what` names it in the error.
    pub(super) async fn run<C: Command>(
        &self,
        what: &str,
        at: Past,
        actor: &Actor,
        command: C,
    ) -> Result<Result<C::Output, Vec<At<C::Error>>>, DemoError> {
        let micros = i64::from(at.minute) * MINUTE_MICROS - i64::from(at.days_ago) * DAY_MICROS;
        self.hand.set(Timestamp(self.midnight.0 + micros));
        match self.writer.write(actor, Meta::new(format!("demo:{what}")), command).await {
            Ok(written) => Ok(written.outcome),
            Err(WriteError::Fault(fault)) => Err(fault.into()),
            Err(error @ (WriteError::Denied(_) | WriteError::KeyReused)) => {
                Err(DemoError::Refused { what: what.to_owned(), rule: error.to_string() })
            }
        }
    }

    /// The same where a refusal stops the load.
    pub(super) async fn must<C: Command>(
        &self,
        what: &str,
        at: Past,
        actor: &Actor,
        command: C,
    ) -> Result<C::Output, DemoError> {
        let outcome = self.run(what, at, actor, command).await?;
        outcome.map_err(|errors| DemoError::Refused { what: what.to_owned(), rule: rule_of(&errors) })
    }
}

/// Refusals in one line.
pub(super) fn rule_of<E: std::fmt::Display>(errors: &[At<E>]) -> String {
    let each = errors.iter().map(|at| format!("{} {}", at.field.join("."), at.error).trim().to_owned());
    each.collect::<Vec<_>>().join("; ")
}

/// A value of the shop's data that its own rule refuses.
pub(super) fn parsed<T, E: std::fmt::Display>(what: &str, value: Result<T, E>) -> Result<T, DemoError> {
    value.map_err(|error| DemoError::Refused { what: what.to_owned(), rule: error.to_string() })
}
