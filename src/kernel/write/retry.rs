//! Runs a transaction again when it lost a race, a bounded number of times, after a random pause. One that only waited for another's lock in vain has
//! lost nothing but time: it is run again for as long as a command may wait for its turn.

use std::future::Future;
use std::time::{Duration, Instant};

use rand::Rng as _;

use super::WriteError;
use crate::kernel::db::constraint;
use crate::kernel::error::Fault;

/// The longest pause before the second attempt; it doubles up to [`LONGEST_PAUSE`]. The pause is drawn evenly from zero on (full jitter).
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// How often a transaction that lost a race is run again, and for how long one that waits for locks.
pub(super) struct Patience {
    pub(super) retries: u32,
    pub(super) longest_wait: Duration,
}

pub(super) async fn until_settled<T, F>(patience: Patience, mut attempt: impl FnMut() -> F) -> Result<T, WriteError>
where
    F: Future<Output = Result<T, WriteError>>,
{
    let (start, mut lost, mut pause) = (Instant::now(), 0, FIRST_PAUSE);
    loop {
        match attempt().await {
            Err(WriteError::Fault(fault)) if lost_a_race(&fault) => {
                let waits = is_lock_timeout(&fault) && start.elapsed() < patience.longest_wait;
                if lost == patience.retries && !waits {
                    return Err(classify(WriteError::Fault(fault)));
                }
                lost = lost.saturating_add(1).min(patience.retries);
                tracing::debug!(error = %fault, "a transaction lost a race and runs again");
            }
            settled => return settled.map_err(classify),
        }
        tokio::time::sleep(jitter(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn is_lock_timeout(fault: &Fault) -> bool {
    matches!(fault, Fault::Database(error) if constraint::is_lock_timeout(error))
}

fn lost_a_race(fault: &Fault) -> bool {
    match fault {
        Fault::Database(error) => constraint::is_transient(error),
        Fault::Overtaken(_) => true,
        Fault::Unavailable(_) | Fault::Internal(_) => false,
    }
}

/// Trouble that trying again may cure is «unavailable», the rest stays what it is.
fn classify(error: WriteError) -> WriteError {
    match error {
        WriteError::Fault(Fault::Database(error))
            if constraint::is_transient(&error) || constraint::is_unavailable(&error) =>
        {
            WriteError::Fault(Fault::Unavailable(error.to_string()))
        }
        WriteError::Fault(Fault::Overtaken(reason)) => WriteError::Fault(Fault::Unavailable(reason.to_owned())),
        other => other,
    }
}

#[expect(clippy::disallowed_methods, reason = "jitter needs randomness and decides nothing else")]
fn jitter(longest: Duration) -> Duration {
    rand::rng().random_range(Duration::ZERO..=longest)
}
