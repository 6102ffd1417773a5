//! Housekeeping: what has outlived its retention is removed once an hour, and what is kept of callers every minute.

use std::time::Duration;

use super::App;

/// How often old rows are removed.
const PERIOD: Duration = Duration::from_hours(1);

/// How often the gate forgets callers that it need not remember.
const SWEEP: Duration = Duration::from_mins(1);

impl App {
    /// Keeps house until the application stops. The first round is a moment after the start, when it disturbs nobody.
    pub fn start_maintenance(&self) {
        let app = self.clone();
        tokio::spawn(async move {
            let mut sweeps = tokio::time::interval(SWEEP);
            while app.stop.run_until_cancelled(sweeps.tick()).await.is_some() {
                app.gate.sweep();
            }
        });
        let app = self.clone();
        tokio::spawn(async move {
            let mut pause = Duration::from_secs(30);
            loop {
                tokio::select! {
                    () = app.stop.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = PERIOD;
                app.keep_house().await;
            }
        });
    }

    /// Removes old idempotency records, events and sessions, once.
    pub async fn keep_house(&self) {
        match self.services.writer.purge().await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "old idempotency records and events were removed"),
            Err(error) => tracing::warn!(error = %error, "old records could not be removed"),
        }
        match self.services.accounts.purge().await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "sessions that are long over were removed"),
            Err(error) => tracing::warn!(error = %error, "old sessions could not be removed"),
        }
    }
}
