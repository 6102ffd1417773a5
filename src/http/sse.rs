//! GraphQL over SSE, distinct connections mode: a request's answer as a stream of `next` events and a last `complete`.
//! What ends a stream early is told by a `next` with errors, since the protocol has no other event.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Response as GraphqlResponse, ServerError};
use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Interval;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::{Instrument as _, Span};

use super::answer::{self, Form};
use super::endpoint::{self, Exchange};
use super::media::Media;
use super::rejection::Rejection;
use super::session::{Ended, Session};
use super::streaming::{self, Event, Subscriber};
use crate::graphql::error::ErrorCode;
use crate::graphql::gate::Admitted;
use crate::graphql::loaders::Loaders;
use crate::graphql::request::Caller;

const COMPLETE: &str = "event: complete\ndata: \n\n";
const KEEP_ALIVE: Bytes = Bytes::from_static(b":\n\n");

/// Tells proxies in front not to gather what should arrive at once.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// A whole answer, written as JSON, as a stream.
pub(super) fn whole(json: &[u8]) -> Response {
    let mut text = next(json);
    text.extend_from_slice(COMPLETE.as_bytes());
    answer(Body::from(text))
}

/// The events of a subscription that has been let in.
pub(super) fn subscribe(exchange: Exchange, admitted: Admitted, caller: &Caller) -> Result<Response, Rejection> {
    let http = exchange.http.clone();
    let place = Arc::clone(&http.stream_places).try_acquire_owned().map_err(|_full| Rejection::Overloaded)?;
    let authorization = exchange.parts.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let subscriber = Arc::new(Subscriber {
        session: Session::new(http.services.clone(), authorization).map_err(Ended::rejection)?,
        http: http.clone(),
        user_agent: endpoint::user_agent(&exchange.parts.headers),
        address: endpoint::address(&exchange.parts.extensions),
        places: Arc::new(Semaphore::new(1)),
    });
    let admitted = admitted.data(Loaders::new(&http.services, &caller.actor));
    let time = &http.services.config.limits.time;
    let going_on = Stream {
        events: Arc::clone(&subscriber).events(admitted, caller.actor.clone()),
        over: async move { subscriber.session.over().await }.boxed(),
        keep_alive: tokio::time::interval(Duration::from_millis(time.sse_keep_alive_ms.get())),
        end: tokio::time::sleep(Duration::from_millis(time.sse_ms.get())).boxed(),
        form: exchange.form(),
        _held: (http.streams.token(), place),
    };
    let span = Span::current();
    let chunks = stream::unfold(Some(going_on), move |going_on| {
        let next = async move {
            let mut stream = going_on?;
            let (chunk, goes_on) = stream.chunk().await?;
            Some((Ok::<_, Infallible>(chunk), goes_on.then_some(stream)))
        };
        next.instrument(span.clone())
    });
    Ok(answer(Body::from_stream(chunks)))
}

/// A subscription on its way to its client.
struct Stream {
    events: BoxStream<'static, Event>,
    over: BoxFuture<'static, Ended>,
    keep_alive: Interval,
    /// The longest that one may last.
    end: BoxFuture<'static, ()>,
    form: Form,
    _held: (TaskTrackerToken, OwnedSemaphorePermit),
}

impl Stream {
    /// What to send next, and whether more follows. Without `complete` at its end, a client knows to come again.
    async fn chunk(&mut self) -> Option<(Bytes, bool)> {
        let event = tokio::select! {
            event = self.events.next() => event?,
            ended = &mut self.over => Event::Over(ended),
            () = &mut self.end => {
                let message = "The stream has lasted for as long as one may; subscribe again.";
                Event::Failed(vec![streaming::error(ErrorCode::Timeout, message)])
            }
            _ = self.keep_alive.tick() => return Some((KEEP_ALIVE, true)),
        };
        match event {
            Event::Next(response) => match answer::bytes(&response, self.form) {
                Ok(json) => Some((next(&json).into(), true)),
                Err(rejection) => Some((self.last(vec![rejection.error()]), false)),
            },
            Event::Failed(errors) => Some((self.last(errors), false)),
            Event::Over(ended) => Some((self.last(vec![ended.rejection().error()]), false)),
            Event::Complete => Some((Bytes::from_static(COMPLETE.as_bytes()), false)),
            Event::Stopping => None,
        }
    }

    /// The errors that end the stream.
    fn last(&self, errors: Vec<ServerError>) -> Bytes {
        let json = answer::bytes(&GraphqlResponse::from_errors(errors), self.form).unwrap_or_default();
        let mut text = next(&json);
        text.extend_from_slice(COMPLETE.as_bytes());
        text.into()
    }
}

/// A `next` event. JSON as it is written here has no line breaks.
fn next(json: &[u8]) -> Vec<u8> {
    [b"event: next\ndata: ", json, b"\n\n"].concat()
}

fn answer(body: Body) -> Response {
    let content_type = HeaderValue::from_static(Media::EventStream.content_type());
    ([(CONTENT_TYPE, content_type), UNBUFFERED], body).into_response()
}
