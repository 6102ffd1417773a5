//! A load at a steady rate, by clients of one thread that cost little beside the server: each has one connection and sends one request after the other.

use std::cell::Cell;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use axum::http::{HeaderMap, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Builder;

use super::load::{Load, Request, Requests};

impl Load<'_> {
    /// Sends requests at a steady rate, as long as no more than four times the clients wait, and counts their waiting from the moment at which each was due.
    /// That of the 50th and the 99th of 100, in order.
    pub(crate) fn paced(&self, requests: &Requests, rate: f64) -> (Duration, Duration) {
        let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
        std::thread::scope(|scope| {
            let load = scope.spawn(|| runtime().block_on(self.waiting(requests, rate)));
            load.join().unwrap()
        })
    }

    async fn waiting(&self, requests: &Requests, rate: f64) -> (Duration, Duration) {
        let clients = futures_util::future::join_all((0..self.clients * 4).map(|_| Client::to(self))).await;
        let begin = Instant::now();
        let due = |number: usize| begin + Duration::from_secs_f64(f64::from(u32::try_from(number).unwrap()) / rate);
        let (next, end) = (Cell::new(0), begin + self.turn * 2);
        let client = async |mut client: Client| {
            let mut waited = Vec::new();
            loop {
                let number = next.replace(next.get() + 1);
                let due = due(number);
                if due > end {
                    return waited;
                }
                tokio::time::sleep_until(due.into()).await;
                let answer = client.ask(&requests.requests[number % requests.requests.len()]).await;
                assert!(requests.answers.admit(&answer), "{}", String::from_utf8_lossy(&answer));
                waited.push(due.elapsed());
            }
        };
        let clients = futures_util::future::join_all(clients.into_iter().map(client)).await;
        let mut waited: Vec<Duration> = clients.into_iter().flatten().collect();
        waited.sort();
        let of = |hundredth: usize| waited.get(waited.len() * hundredth / 100).copied().unwrap_or_default();
        (of(50), of(99))
    }
}

/// A client with its connection.
struct Client {
    connection: SendRequest<Full<Bytes>>,
    path: Uri,
    headers: HeaderMap,
    token: Option<HeaderValue>,
}

impl Client {
    async fn to(load: &Load<'_>) -> Self {
        let url: Uri = load.url.parse().unwrap();
        let host = url.authority().unwrap().as_str();
        let stream = TcpStream::connect(host).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (connection, open) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(open);
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::try_from(host).unwrap()), (CONTENT_TYPE, json)]);
        let token = (!load.token.is_empty()).then(|| HeaderValue::try_from(format!("Bearer {}", load.token)).unwrap());
        Self { connection, path: url.path().parse().unwrap(), headers, token }
    }

    /// The body of the answer.
    async fn ask(&mut self, request: &Request) -> Bytes {
        let mut sent = axum::http::Request::post(self.path.clone()).body(Full::from(request.body.clone())).unwrap();
        sent.headers_mut().clone_from(&self.headers);
        if let Some(token) = self.token.as_ref().filter(|_| !request.anonymous) {
            sent.headers_mut().insert(AUTHORIZATION, token.clone());
        }
        self.connection.ready().await.unwrap();
        self.connection.send_request(sent).await.unwrap().into_body().collect().await.unwrap().to_bytes()
    }
}
