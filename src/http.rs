//! HTTP: the router, the transports of GraphQL, health, and the frame around every request. It turns requests into
//! GraphQL requests and answers into bytes; it knows no slice and no SQL.

pub mod server;

mod answer;
mod batch;
mod bearer;
mod body;
mod cache;
mod client;
mod compression;
mod endpoint;
mod frame;
mod head;
mod health;
mod media;
pub mod metrics;
mod origin;
mod playground;
mod points;
mod rejection;
mod request;
mod session;
mod sse;
mod streaming;
mod websocket;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{MethodRouter, any, get};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::graphql::Schema;
use crate::graphql::gate::Gate;
use crate::graphql::services::Services;

use self::media::Media;
use self::origin::Origins;
use self::rejection::Rejection;

/// What the handlers work with. Clones share everything, and cost next to nothing.
#[derive(Clone)]
pub struct Http(Arc<Handles>);

impl Deref for Http {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.0
    }
}

/// What [`Http`] shares.
pub struct Handles {
    gate: Gate<Schema>,
    services: Services,
    origins: Arc<Origins>,
    /// Cancelled when the server is to stop.
    stop: CancellationToken,
    /// A place for each GraphQL request that may be served at once.
    places: Arc<Semaphore>,
    /// A place for each open stream: a WebSocket, or a subscription over SSE.
    stream_places: Arc<Semaphore>,
    /// The open streams.
    streams: TaskTracker,
    /// The mutations under way.
    mutations: TaskTracker,
}

impl Http {
    /// The handlers over `services`, behind `gate`.
    pub fn new(gate: Gate<Schema>, services: Services, stop: CancellationToken) -> Self {
        let limits = &services.config.limits;
        Self(Arc::new(Handles {
            places: Arc::new(Semaphore::new(limits.http.requests_in_flight.get())),
            stream_places: Arc::new(Semaphore::new(limits.streaming.streams.get())),
            streams: TaskTracker::new(),
            mutations: TaskTracker::new(),
            origins: Arc::new(Origins::new(&services.config)),
            gate,
            services,
            stop,
        }))
    }

    /// The routes, inside the frame of headers, request ids, logs and caught panics.
    pub fn router(&self) -> Router {
        let mut router = Router::new()
            .route("/graphql", self.endpoint())
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/.well-known/jwks.json", get(health::public_keys));
        if self.services.config.playground_enabled() {
            router = router.merge(playground::router());
        }
        frame::around(
            router.fallback(nothing_here).method_not_allowed_fallback(other_methods).with_state(self.clone()),
            &self.services.config,
            &self.services.ids,
        )
    }

    /// Waits until every stream is closed, which they do once the server is to stop, and no mutation is under way.
    pub async fn finished(&self) {
        for tasks in [&self.streams, &self.mutations] {
            tasks.close();
            tasks.wait().await;
        }
    }

    /// The endpoint with what its answers are wrapped in.
    fn endpoint(&self) -> MethodRouter<Self> {
        let mut endpoint = any(endpoint::graphql);
        if self.services.config.http.compression {
            endpoint = endpoint.layer(from_fn(compression::compressed));
        }
        if let Some(cors) = self.origins.cors() {
            endpoint = endpoint.layer(cors);
        }
        endpoint
    }

    fn body_limits(&self) -> body::BodyLimits {
        let limits = &self.services.config.limits;
        body::BodyLimits { bytes: limits.http.body_bytes, time: Duration::from_millis(limits.time.body_read_ms.get()) }
    }
}

/// The router adds which methods there are.
async fn other_methods() -> axum::response::Response {
    answer::rejection(&Rejection::OtherMethod, Media::Json)
}

async fn nothing_here() -> axum::response::Response {
    answer::rejection(&Rejection::NotFound, Media::Json)
}
