//! A request's body that tells whether it was read to its end. An answer that was given before is the last one of its
//! connection: what the client still sends of the body is no next request.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::HttpBody;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};

/// Whether a body has been read to its end.
#[derive(Debug, Clone)]
pub(super) struct End(Arc<AtomicBool>);

impl End {
    pub(super) fn is_reached(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A body that is watched.
pub(super) struct Watched<B> {
    body: B,
    end: End,
}

impl<B: HttpBody> Watched<B> {
    /// The body, and where to see how it went.
    pub(super) fn new(body: B) -> (Self, End) {
        let end = End(Arc::new(AtomicBool::new(body.is_end_stream())));
        (Self { body, end: end.clone() }, end)
    }
}

impl<B: HttpBody + Unpin> HttpBody for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.body.frame()).poll(cx));
        if frame.is_none() {
            self.end.0.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    #[tokio::test]
    async fn the_end_is_reached_by_reading_up_to_it() {
        let (mut body, end) = Watched::new(Full::new(hyper::body::Bytes::from_static(b"whole")));
        assert!(!end.is_reached());
        assert!(body.frame().await.is_some());
        assert!(body.frame().await.is_none());
        assert!(end.is_reached());
        assert!(Watched::new(http_body_util::Empty::<hyper::body::Bytes>::new()).1.is_reached());
    }
}
