//! Housekeeping: what has outlived its retention is removed once an hour, what is kept of callers and for log-ins every minute, and what expired
//! reservations hold is taken back every few seconds.

use std::time::{Duration, Instant};

use super::App;
use crate::inventory::commands::{ReservationExpire, Swept};
use crate::kernel::actor::Actor;
use crate::kernel::write::{Meta, WriteError};

/// How often old rows are removed.
const PERIOD: Duration = Duration::from_hours(1);

/// How often the gate forgets callers that it need not remember, and memory is given back that no log-in has used for as long.
const SWEEP: Duration = Duration::from_mins(1);

impl App {
    /// Keeps house until the application stops. The first round is a moment after the start, when it disturbs nobody.
    pub fn start_maintenance(&self) {
        self.start_sweeper();
        let app = self.clone();
        tokio::spawn(async move {
            let mut sweeps = tokio::time::interval(SWEEP);
            while app.stop.run_until_cancelled(sweeps.tick()).await.is_some() {
                app.gate.sweep();
                app.services.accounts.passwords().release_unused(SWEEP);
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

    /// Takes back what expired reservations hold, every few seconds, until the application stops.
    fn start_sweeper(&self) {
        let period = self.services.config.inventory.reservation_sweep_ms;
        if period == 0 {
            return;
        }
        let app = self.clone();
        tokio::spawn(async move {
            let mut rounds = tokio::time::interval(Duration::from_millis(period));
            rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            while app.stop.run_until_cancelled(rounds.tick()).await.is_some() {
                match app.sweep_reservations().await {
                    Ok(Swept { reservations: 0, .. }) => {}
                    Ok(swept) => tracing::info!(
                        reservations.expired = swept.reservations,
                        reservations.expired_units = swept.units,
                        "expired reservations were taken back"
                    ),
                    Err(error) => tracing::warn!(error = %error, "expired reservations could not be taken back"),
                }
            }
        });
    }

    /// Takes back what expired reservations hold, once: batch by batch, until a batch is not full.
    pub async fn sweep_reservations(&self) -> Result<Swept, WriteError> {
        let start = Instant::now();
        let swept = self.sweep_batches().await;
        self.sweeps.ended(start, &self.services.clock, swept.is_ok());
        swept
    }

    async fn sweep_batches(&self) -> Result<Swept, WriteError> {
        let most = self.services.config.inventory.reservation_sweep_batch;
        let mut swept = Swept::default();
        while !self.stop.is_cancelled() {
            let (actor, meta) = (Actor::system("inventory"), Meta::new("sweep"));
            let written = self.services.writer.write(&actor, meta, ReservationExpire { most }).await?;
            let Ok(round) = written.outcome else { break };
            self.sweeps.took_back(round);
            swept.reservations += round.reservations;
            swept.units += round.units;
            if round.reservations < u64::from(most) {
                break;
            }
        }
        Ok(swept)
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
