//! Runs a transaction again when it lost a race, a bounded number of times, after a random pause.

use std::future::Future;
use std::time::Duration;

use rand::Rng as _;

use super::WriteError;
use crate::kernel::db::constraint;
use crate::kernel::error::Fault;

/// The longest pause before the second attempt; it doubles up to [`LONGEST_PAUSE`]. The pause is drawn evenly from zero on (full jitter).
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

pub(super) async fn until_settled<T, F>(retries: u32, mut attempt: impl FnMut() -> F) -> Result<T, WriteError>
where
    F: Future<Output = Result<T, WriteError>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 0..retries {
        match attempt().await {
            Err(WriteError::Fault(fault)) if lost_a_race(&fault) => {
                tracing::debug!(error = %fault, "a transaction lost a race and runs again");
            }
            settled => return settled.map_err(classify),
        }
        tokio::time::sleep(jitter(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    attempt().await.map_err(classify)
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
