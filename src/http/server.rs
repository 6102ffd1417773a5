//! Accepts connections and serves them until the server is to stop, then lets what is in flight finish. It knows limits
//! and time, and of HTTP only where a request begins and ends.

mod timed;
mod watched;

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use self::timed::{Phase, Timed};
use self::watched::Watched;
use super::Http;
use super::client::ClientAddress;
use crate::config::{Config, HttpLimits, Network, TimeLimits};

/// How much more of a head hyper takes than the limits allow: it answers what is too large with a bare status, so that
/// `head` should be the first to refuse it, with a reason.
const SPARE_HEAD_BYTES: usize = 32 * 1024;
const SPARE_HEADERS: usize = 36;

/// So many headers hyper takes by itself; for any other number it asks for memory with each head.
const HYPERS_HEADERS: usize = 100;

/// Serves `http` on `listener` until `stop`; returns when every request in flight is answered and every WebSocket is
/// closed.
pub async fn serve(listener: TcpListener, http: Http, stop: CancellationToken) {
    let router = http.router();
    serve_router(listener, router, &http.services.config, stop).await;
    http.finished().await;
}

/// The same for routes that have nothing to finish beside their answers, with limits on connections and time of their own.
pub async fn serve_router(listener: TcpListener, router: Router, config: &Config, stop: CancellationToken) {
    let server = Server {
        router,
        proxies: config.server.trusted_proxies.clone().into(),
        time: config.limits.time.clone(),
        counts: Arc::new(Counts { limits: config.limits.http.clone(), open: Mutex::default() }),
        stop,
    };
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = server.stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                if let Some(place) = Place::take(&server.counts, address) {
                    connections.spawn(server.clone().connection(stream, address, place));
                }
            }
            Err(error) => {
                // Most often too many open files: what is open must get the time to close.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

#[derive(Clone)]
struct Server {
    router: Router,
    proxies: Arc<[Network]>,
    time: TimeLimits,
    counts: Arc<Counts>,
    stop: CancellationToken,
}

impl Server {
    /// Serves one connection to its end; one that becomes a WebSocket takes its place along.
    async fn connection(self, stream: TcpStream, address: SocketAddr, place: Place) {
        stream.set_nodelay(true).ok();
        let phase = Phase::new(&self.time);
        let io = TokioIo::new(Timed::new(stream, phase.clone()));
        let (router, proxies, place) = (self.router, self.proxies, Arc::new(place));
        let taken_along = Arc::clone(&place);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let serving = phase.serving();
            let (parts, body) = request.into_parts();
            let (body, end) = Watched::new(body);
            let mut request = Request::from_parts(parts, axum::body::Body::new(body));
            let client = ClientAddress::of(address.ip(), request.headers(), &proxies);
            request.extensions_mut().insert(client);
            request.extensions_mut().insert(Arc::clone(&taken_along));
            let answer = router.clone().oneshot(request);
            async move {
                let Ok(mut answer) = answer.await;
                if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                    serving.for_good();
                } else if !end.is_reached() {
                    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(answer)
            }
        });
        let connection = protocol(&self.counts.limits).serve_connection(io, service).with_upgrades();
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(place);
    }
}

/// How HTTP is spoken on a connection.
fn protocol(limits: &HttpLimits) -> http1::Builder {
    let head_bytes = limits.uri_bytes.saturating_add(limits.header_bytes).saturating_add(SPARE_HEAD_BYTES);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(head_bytes);
    let headers = limits.headers.saturating_add(SPARE_HEADERS);
    if headers > HYPERS_HEADERS {
        builder.max_headers(headers);
    }
    // A client that has said all may close its half; with that taken for its death, the answer would be lost.
    builder.half_close(true);
    builder
}

/// The open connections, in all and by address.
struct Counts {
    limits: HttpLimits,
    open: Mutex<HashMap<IpAddr, u32>>,
}

/// The place of one open connection, held for as long as it is open.
pub(super) struct Place {
    counts: Arc<Counts>,
    address: IpAddr,
}

impl Place {
    /// A place for a connection from `address`; none when there are too many already.
    fn take(counts: &Arc<Counts>, address: SocketAddr) -> Option<Self> {
        let address = address.ip().to_canonical();
        let mut open = counts.open.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = open.values().map(|count| usize::try_from(*count).unwrap_or(usize::MAX)).sum();
        let here = open.get(&address).copied().unwrap_or(0);
        let full = all >= counts.limits.connections.get()
            || (here >= counts.limits.connections_per_ip.get() && !address.is_loopback());
        if full {
            tracing::warn!(connections.all = all, connections.here = here, "a connection was turned away");
            return None;
        }
        open.insert(address, here + 1);
        Some(Self { counts: Arc::clone(counts), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.counts.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => drop(open.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(all: usize, per_ip: u32) -> Arc<Counts> {
        let limits = HttpLimits {
            connections: all.try_into().unwrap(),
            connections_per_ip: per_ip.try_into().unwrap(),
            ..HttpLimits::default()
        };
        Arc::new(Counts { limits, open: Mutex::default() })
    }

    fn from(address: &str) -> SocketAddr {
        SocketAddr::new(address.parse().unwrap(), 1)
    }

    #[test]
    fn an_address_has_so_many_connections_and_gets_its_places_back() {
        let counts = counts(10, 2);
        let first = Place::take(&counts, from("10.0.0.1"));
        let second = Place::take(&counts, from("::ffff:10.0.0.1"));
        assert!(first.is_some() && second.is_some());
        assert!(Place::take(&counts, from("10.0.0.1")).is_none());
        assert!(Place::take(&counts, from("10.0.0.2")).is_some());
        drop(second);
        assert!(Place::take(&counts, from("10.0.0.1")).is_some());
        drop(first);
        assert!(counts.open.lock().unwrap().is_empty());
    }

    #[test]
    fn all_addresses_together_have_so_many_connections() {
        let counts = counts(2, 1);
        let held: Vec<_> = (0..3).map(|_| Place::take(&counts, from("127.0.0.1"))).collect();
        assert_eq!(held.iter().flatten().count(), 2);
    }
}
