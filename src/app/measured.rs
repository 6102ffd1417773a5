//! What the server counts of its work. It knows no HTTP.

use std::fmt;
use std::time::Instant;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;

use crate::graphql::Schema;
use crate::graphql::gate::{Counted, Gate};
use crate::graphql::services::{Handles, Services};
use crate::inventory::commands::Swept;
use crate::kernel::clock::Clock;
use crate::kernel::metrics::Metrics;

/// The bounds by which the durations of sweeps are sorted, in seconds.
const SWEEP_SECONDS: [f64; 8] = [0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0];

/// What is counted of the sweeps that take back expired reservations.
#[derive(Debug, Clone)]
pub(super) struct SweepMetrics {
    reservations: Counter,
    units: Counter,
    failures: Counter,
    seconds: Histogram,
    last_success: Gauge,
}

impl SweepMetrics {
    pub(super) fn new(metrics: &Metrics) -> Self {
        Self {
            reservations: metrics
                .counter("reservations_expired", "Reservations whose time was over when they were swept"),
            units: metrics.counter("reservation_units_expired", "Units that they still held"),
            failures: metrics.counter("reservation_sweep_failures", "Sweeps that failed; the next one tries again"),
            seconds: metrics.durations("reservation_sweep_seconds", "How long a sweep took", &SWEEP_SECONDS),
            last_success: metrics.gauge(
                "reservation_sweep_last_success_timestamp_seconds",
                "When the last sweep succeeded, in seconds since 1970; 0 before the first",
            ),
        }
    }

    /// Some were taken back, in a batch of a sweep.
    pub(super) fn took_back(&self, swept: Swept) {
        self.reservations.inc_by(swept.reservations);
        self.units.inc_by(u64::try_from(swept.units).unwrap_or(0));
    }

    /// A sweep that began at `start` is over.
    pub(super) fn ended(&self, start: Instant, clock: &Clock, succeeded: bool) {
        self.seconds.observe(start.elapsed().as_secs_f64());
        if succeeded {
            self.last_success.set(clock.now().seconds());
        } else {
            self.failures.inc();
        }
    }
}

/// What the services know of themselves at any moment.
pub(super) struct Standing(pub(super) Services);

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing")
    }
}

impl Collector for Standing {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Handles { db, postings, reservations, .. } = &*self.0;
        let statements = ConstCounter::new(db.statements());
        let help = "Statements that were sent to the database, without BEGIN and COMMIT";
        statements.encode(encoder.encode_descriptor("sql_statements", help, None, statements.metric_type())?)?;
        let gauges = [
            ("stock_changes_waiting", "Changes of stock that wait to be posted", postings.waiting()),
            ("reservations_waiting", "Reservations that wait to be made", reservations.waiting()),
        ];
        for (name, help, waiting) in gauges {
            let gauge = ConstGauge::new(i64::try_from(waiting).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

/// What is known of the answers that are given again.
pub(super) struct Kept(pub(super) Gate<Schema>);

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

impl Collector for Kept {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Counted { given, made, bytes } = self.0.counted();
        let counters = [
            ("read_cache_hits", "Answers about the catalog that had been made before and were given again", given),
            ("read_cache_misses", "Answers about the catalog that were made and kept", made),
        ];
        for (name, help, number) in counters {
            let counter = ConstCounter::new(number);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        let gauge = ConstGauge::new(i64::try_from(bytes).unwrap_or(i64::MAX));
        let help = "Memory of the answers that are kept, about";
        gauge.encode(encoder.encode_descriptor("read_cache_bytes", help, None, gauge.metric_type())?)
    }
}
