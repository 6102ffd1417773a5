//! The messages of one WebSocket on their way: what waits for the client is bounded, a client that does not take it is
//! given up, and nothing more is read from a client that takes nothing. It knows no protocol above the frames.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Error;
use axum::extract::ws::Message;
use futures_util::future::poll_fn;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use tokio::time::{Instant, Sleep};

use super::close::Close;

/// How long the client may take to answer a close before the connection is cut.
const LINGER: Duration = Duration::from_secs(1);

/// What may wait for the client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub messages: usize,
    pub bytes: usize,
    /// How long the client may take to receive one message.
    pub patience: Duration,
}

/// What happened on the wire.
pub(super) enum Happened {
    /// There may be room again.
    Sent,
    Received(Message),
    Ended(Close),
}

/// One WebSocket.
pub(super) struct Wire<S> {
    socket: S,
    queue: VecDeque<Message>,
    queued_bytes: usize,
    /// Something was handed to the socket and has not left it for certain.
    unflushed: bool,
    bounds: Bounds,
    /// Runs while the client takes nothing.
    patience: Pin<Box<Sleep>>,
    blocked: bool,
    /// What came could not be read, so that nothing after it can be.
    unreadable: bool,
}

impl<S> Wire<S>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    pub(super) fn new(socket: S, bounds: Bounds) -> Self {
        Self {
            socket,
            queue: VecDeque::new(),
            queued_bytes: 0,
            unflushed: false,
            bounds,
            patience: Box::pin(tokio::time::sleep(bounds.patience)),
            blocked: false,
            unreadable: false,
        }
    }

    /// Whether more may be queued. Asked before an event is fetched, so that what follows waits where it comes from.
    pub(super) fn has_room(&self) -> bool {
        self.queue.len() < self.bounds.messages && self.queued_bytes < self.bounds.bytes
    }

    /// Whether everything is sent.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && !self.unflushed
    }

    /// Has `message` sent after those before it.
    pub(super) fn push(&mut self, message: impl Into<Message>) {
        let message = message.into();
        self.queued_bytes = self.queued_bytes.saturating_add(length(&message));
        self.queue.push_back(message);
    }

    /// Sends and receives until something happens.
    pub(super) async fn next(&mut self) -> Happened {
        poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Happened> {
        if !self.is_idle()
            && let Poll::Ready(sent) = self.poll_send(cx)
        {
            return Poll::Ready(sent.map_or_else(Happened::Ended, |()| Happened::Sent));
        }
        if !self.has_room() {
            return Poll::Pending;
        }
        self.socket.poll_next_unpin(cx).map(|received| match received {
            Some(Ok(message)) => Happened::Received(message),
            Some(Err(error)) => {
                self.unreadable = true;
                Happened::Ended(reason(&error))
            }
            None => Happened::Ended(Close::GONE),
        })
    }

    /// Ready when something has been sent, or can't be.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Close>> {
        let mut progress = false;
        let taken = loop {
            match self.socket.poll_ready_unpin(cx) {
                Poll::Pending => break Poll::Pending,
                Poll::Ready(Err(_)) => return Poll::Ready(Err(Close::GONE)),
                Poll::Ready(Ok(())) => {}
            }
            let Some(message) = self.queue.pop_front() else { break self.socket.poll_flush_unpin(cx) };
            self.queued_bytes = self.queued_bytes.saturating_sub(length(&message));
            if self.socket.start_send_unpin(message).is_err() {
                return Poll::Ready(Err(Close::GONE));
            }
            progress = true;
            self.unflushed = true;
        };
        match taken {
            Poll::Ready(Ok(())) => {
                self.unflushed = false;
                self.blocked = false;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(_)) => Poll::Ready(Err(Close::GONE)),
            Poll::Pending => {
                if progress || !self.blocked {
                    self.blocked = true;
                    self.patience.as_mut().reset(Instant::now() + self.bounds.patience);
                }
                if progress {
                    return Poll::Ready(Ok(()));
                }
                self.patience.as_mut().poll(cx).map(|()| Err(Close::TOO_SLOW))
            }
        }
    }

    /// Says why the connection ends, and ends it: after what is queued, unless the client did not take that.
    pub(super) async fn part(mut self, close: Close) {
        if close == Close::GONE {
            return;
        }
        if close == Close::DONE {
            // The client has closed; reading on sends it the answer that is due.
            let answered = async { while let Some(Ok(_)) = self.socket.next().await {} };
            tokio::time::timeout(LINGER, answered).await.ok();
            return;
        }
        let mut patience = self.bounds.patience;
        if close == Close::TOO_SLOW {
            self.queue.clear();
            patience = patience.min(LINGER);
        }
        self.push(close);
        let sending = poll_fn(|cx| {
            loop {
                match self.poll_send(cx) {
                    Poll::Ready(Ok(())) if !self.is_idle() => {}
                    other => return other,
                }
            }
        });
        if !matches!(tokio::time::timeout(patience, sending).await, Ok(Ok(()))) {
            return;
        }
        // A connection cut while the client still sends loses the close on its way: its answer is waited for.
        let answer = async {
            if self.unreadable {
                return std::future::pending().await;
            }
            while let Some(Ok(_)) = self.socket.next().await {}
        };
        tokio::time::timeout(LINGER, answer).await.ok();
    }
}

fn length(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_) => 0,
    }
}

/// What an error of reading means; axum does not name the kinds.
fn reason(error: &Error) -> Close {
    let text = error.to_string();
    if text.contains("Space limit exceeded") {
        Close::TOO_LARGE
    } else if text.contains("UTF-8") {
        Close::NOT_TEXT
    } else if text.contains("without closing handshake") {
        Close::GONE
    } else if text.contains("WebSocket protocol error") {
        Close::BROKEN
    } else {
        Close::GONE
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A client that sends `sends` and takes so many messages.
    #[derive(Default)]
    struct Client {
        sends: VecDeque<Message>,
        taken: Arc<Mutex<Vec<Message>>>,
        takes: usize,
    }

    impl Stream for Client {
        type Item = Result<Message, Error>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.sends.pop_front().map_or(Poll::Pending, |message| Poll::Ready(Some(Ok(message))))
        }
    }

    impl Sink<Message> for Client {
        type Error = Error;

        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
            if self.taken.lock().unwrap().len() < self.takes { Poll::Ready(Ok(())) } else { Poll::Pending }
        }

        fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
            self.taken.lock().unwrap().push(message);
            Ok(())
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
            Poll::Ready(Ok(()))
        }
    }

    const BOUNDS: Bounds = Bounds { messages: 3, bytes: 100, patience: Duration::from_millis(20) };

    fn text(length: usize) -> Message {
        Message::text("x".repeat(length))
    }

    #[tokio::test]
    async fn there_is_room_for_so_many_messages_and_so_many_bytes() {
        let mut many = Wire::new(Client::default(), BOUNDS);
        for _ in 0..3 {
            assert!(many.has_room());
            many.push(text(1));
        }
        assert!(!many.has_room());
        let mut long = Wire::new(Client::default(), BOUNDS);
        long.push(text(99));
        assert!(long.has_room());
        long.push(text(1));
        assert!(!long.has_room());
    }

    #[tokio::test]
    async fn what_is_taken_makes_room() {
        let mut wire = Wire::new(Client { takes: 2, ..Client::default() }, BOUNDS);
        (0..3).for_each(|_| wire.push(text(40)));
        assert!(!wire.has_room());
        assert!(matches!(wire.next().await, Happened::Sent));
        assert!(wire.has_room() && !wire.is_idle());
    }

    #[tokio::test]
    async fn nothing_is_read_from_a_client_that_takes_nothing_and_then_it_is_given_up() {
        let client = Client { sends: VecDeque::from([text(1)]), ..Client::default() };
        let mut wire = Wire::new(client, BOUNDS);
        (0..3).for_each(|_| wire.push(text(1)));
        assert!(matches!(wire.next().await, Happened::Ended(close) if close == Close::TOO_SLOW && close.code == 1013));
        assert_eq!(wire.socket.sends.len(), 1);
    }

    #[tokio::test]
    async fn a_close_comes_after_what_waits_but_to_a_client_that_did_not_take_that_alone() {
        for (close, before) in [(Close::STOPPING, 2), (Close::TOO_SLOW, 0)] {
            let client = Client { takes: 9, ..Client::default() };
            let taken = Arc::clone(&client.taken);
            let mut wire = Wire::new(client, BOUNDS);
            (0..2).for_each(|_| wire.push(text(1)));
            wire.unreadable = true;
            wire.part(close.clone()).await;
            let taken = taken.lock().unwrap();
            assert_eq!(taken.len(), before + 1, "{close:?}");
            assert_eq!(taken.last(), Some(&close.into()));
        }
    }

    #[tokio::test]
    async fn a_client_is_read_while_there_is_room() {
        let client = Client { sends: VecDeque::from([text(1)]), ..Client::default() };
        let mut wire = Wire::new(client, BOUNDS);
        wire.push(text(1));
        assert!(matches!(wire.next().await, Happened::Received(_)));
    }
}
