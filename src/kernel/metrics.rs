//! What a server counts of itself, in the OpenMetrics text format that Prometheus and its kin fetch. It knows neither what is counted nor how it is
//! fetched.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The media type of what is rendered.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The numbers of one server. Clones share everything.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Mutex<Registry>>);

impl Default for Metrics {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Registry::with_prefix("stockroom"))))
    }
}

impl Metrics {
    /// A number that only grows; `_total` is added to its name.
    pub fn counter(&self, name: &str, help: &str) -> Counter {
        let counter = Counter::default();
        self.register(|registry| registry.register(name, help, counter.clone()));
        counter
    }

    /// A number that comes and goes.
    pub fn gauge(&self, name: &str, help: &str) -> Gauge {
        let gauge = Gauge::default();
        self.register(|registry| registry.register(name, help, gauge.clone()));
        gauge
    }

    /// How long something takes, in seconds, sorted by these bounds.
    pub fn durations(&self, name: &str, help: &str, bounds: &[f64]) -> Histogram {
        let histogram = Histogram::new(bounds.iter().copied());
        self.register(|registry| registry.register(name, help, histogram.clone()));
        histogram
    }

    /// Numbers that are looked up when they are asked for.
    pub fn collect(&self, collector: impl Collector) {
        self.register(|registry| registry.register_collector(Box::new(collector)));
    }

    /// All of them as they are now.
    pub fn render(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(text)
    }

    fn register(&self, with: impl FnOnce(&mut Registry)) {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
