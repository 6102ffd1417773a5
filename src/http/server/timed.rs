//! A connection's bytes with time limits: on the head of a request, on idleness, and on a client that does not receive.
//! hyper has one limit for the first two, which would either cut idle connections off or let slow heads live. A connection
//! that ends while its client still sends lingers, or the client would never read why.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::config::TimeLimits;

/// The longest that a connection lingers after its last answer.
const LINGER: Duration = Duration::from_secs(2);

/// The most that it reads meanwhile, and throws away.
const LINGER_BYTES: usize = 16 * 1024 * 1024;

/// Whether a request is being served on a connection; shared by its bytes and its handler.
#[derive(Clone)]
pub(super) struct Phase(Arc<Shared>);

struct Shared {
    serving: AtomicUsize,
    /// Requests so far.
    begun: AtomicUsize,
    head: Duration,
    idle: Duration,
    send: Duration,
}

/// A request that is being served.
pub(super) struct Serving(Phase);

impl Phase {
    pub(super) fn new(time: &TimeLimits) -> Self {
        Self(Arc::new(Shared {
            serving: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            head: Duration::from_millis(time.header_read_ms.get()),
            idle: Duration::from_millis(time.idle_ms.get()),
            send: Duration::from_millis(time.send_ms.get()),
        }))
    }

    /// Notes that the head of a request has been read. Until the answer is there, reading has no limit here.
    pub(super) fn serving(&self) -> Serving {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.serving.fetch_add(1, Ordering::Relaxed);
        Serving(self.clone())
    }

    fn is_serving(&self) -> bool {
        self.0.serving.load(Ordering::Relaxed) > 0
    }
}

impl Serving {
    /// Lifts the limits for good: the connection is no longer one of requests.
    pub(super) fn for_good(self) {
        std::mem::forget(self);
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.0.serving.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the connection waits for when it reads, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    ForNothing,
    /// For the first byte of a request.
    Idle,
    /// For the rest of a head.
    Head,
}

/// A stream with the limits.
pub(super) struct Timed<S> {
    stream: S,
    phase: Phase,
    waiting: Waiting,
    /// Requests that had begun when this was last looked at.
    begun: usize,
    /// Until when it may take.
    until: Instant,
    /// Set to that only when nothing is there to be read: most heads come whole.
    read_timer: Pin<Box<Sleep>>,
    sending: bool,
    send_timer: Pin<Box<Sleep>>,
    lingering: Option<Lingering>,
}

/// The end of a connection whose client may still be sending. Closing at once would answer it with a reset, which throws
/// away what it has not read yet.
struct Lingering {
    timer: Pin<Box<Sleep>>,
    bytes_left: usize,
}

impl Lingering {
    fn new(phase: &Phase) -> Self {
        let timer = Box::pin(tokio::time::sleep(LINGER.min(phase.0.send)));
        Self { timer, bytes_left: LINGER_BYTES }
    }

    /// Reads until the client has said all, or has had its time.
    fn poll_end(&mut self, cx: &mut Context<'_>, stream: &mut (impl AsyncRead + Unpin)) -> Poll<()> {
        let mut thrown_away = [0; 8 * 1024];
        while self.bytes_left > 0 {
            let mut buf = ReadBuf::new(&mut thrown_away);
            match Pin::new(&mut *stream).poll_read(cx, &mut buf) {
                Poll::Pending => return self.timer.as_mut().poll(cx),
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    self.bytes_left = self.bytes_left.saturating_sub(buf.filled().len());
                }
                Poll::Ready(Ok(()) | Err(_)) => return Poll::Ready(()),
            }
        }
        Poll::Ready(())
    }
}

impl<S> Timed<S> {
    pub(super) fn new(stream: S, phase: Phase) -> Self {
        let read_timer = Box::pin(tokio::time::sleep(phase.0.idle));
        let send_timer = Box::pin(tokio::time::sleep(phase.0.send));
        let (waiting, until) = (Waiting::ForNothing, read_timer.deadline());
        Self { stream, phase, waiting, begun: 0, until, read_timer, sending: false, send_timer, lingering: None }
    }

    /// Starts the clock for what is waited for now, unless it runs already.
    fn wait_for(&mut self, waiting: Waiting) {
        if self.waiting != waiting {
            self.waiting = waiting;
            let limit = if waiting == Waiting::Head { self.phase.0.head } else { self.phase.0.idle };
            self.until = Instant::now() + limit;
        }
    }

    /// Ready once what is waited for has taken too long.
    fn poll_too_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.read_timer.deadline() != self.until {
            self.read_timer.as_mut().reset(self.until);
        }
        self.read_timer.as_mut().poll(cx)
    }

    /// Passes on what a write came to, giving up on a client that takes nothing for too long.
    fn sent<T>(&mut self, cx: &mut Context<'_>, sent: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.sending = false;
            return sent;
        }
        if !self.sending {
            self.sending = true;
            self.send_timer.as_mut().reset(Instant::now() + self.phase.0.send);
        }
        ready!(self.send_timer.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not receive")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        let begun = this.phase.0.begun.load(Ordering::Relaxed);
        if this.phase.is_serving() || begun != this.begun {
            this.begun = begun;
            this.waiting = Waiting::ForNothing;
        }
        if this.phase.is_serving() {
            return read;
        }
        if read.is_ready() {
            if buf.filled().len() > before {
                this.wait_for(Waiting::Head);
            }
            return read;
        }
        if this.waiting == Waiting::ForNothing {
            this.wait_for(Waiting::Idle);
        }
        ready!(this.poll_too_late(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "no request came in time")))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let sent = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.sent(cx, sent)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        let lingering = this.lingering.get_or_insert_with(|| Lingering::new(&this.phase));
        lingering.poll_end(cx, &mut this.stream).map(Ok)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let sent = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.sent(cx, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    fn phase(head: u64, idle: u64) -> Phase {
        let ms = |value: u64| value.try_into().unwrap();
        Phase::new(&TimeLimits {
            header_read_ms: ms(head),
            idle_ms: ms(idle),
            send_ms: ms(20),
            ..TimeLimits::default()
        })
    }

    const LONG: u64 = 60_000;

    #[tokio::test]
    async fn a_head_that_does_not_end_is_given_up() {
        let (mut client, server) = duplex(64);
        let mut timed = Timed::new(server, phase(20, LONG));
        client.write_all(b"GET").await.unwrap();
        let read = timed.read_to_end(&mut Vec::new()).await;
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn an_idle_connection_is_given_up() {
        let (_client, server) = duplex(64);
        let read = Timed::new(server, phase(LONG, 20)).read_u8().await;
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn reading_has_no_limit_while_a_request_is_served_nor_counts_its_time_after_it() {
        let (mut client, server) = duplex(64);
        let phase = phase(20, LONG);
        let mut timed = Timed::new(server, phase.clone());
        client.write_all(b"a").await.unwrap();
        timed.read_u8().await.unwrap();
        drop(phase.serving());
        let later = async {
            tokio::time::sleep(Duration::from_millis(60)).await;
            client.write_all(b"b").await.unwrap();
        };
        let (read, ()) = tokio::join!(timed.read_u8(), later);
        assert_eq!(read.unwrap(), b'b');
    }

    #[tokio::test]
    async fn a_client_that_does_not_receive_is_given_up() {
        let (_client, server) = duplex(8);
        let written = Timed::new(server, phase(LONG, LONG)).write_all(&[0; 64]).await;
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_still_sends_when_the_connection_ends_reads_its_answer() {
        let (mut client, server) = duplex(64);
        let ending = tokio::spawn(async move {
            let mut timed = Timed::new(server, phase(LONG, LONG));
            timed.write_all(b"413").await.unwrap();
            timed.shutdown().await.unwrap();
        });
        client.write_all(&[0; 10_000]).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "413");
        drop(client);
        ending.await.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_never_closes_is_left() {
        let (_client, server) = duplex(64);
        Timed::new(server, phase(LONG, LONG)).shutdown().await.unwrap();
    }
}
