//! The queue of those who want to write: as many commands are under way at once as the database takes well, and the others wait their turn, first
//! come, first served. It knows nothing of what they write.
//!
//! A queue that moves is only slow. Nobody waits longer than the bound, though, and where nobody has come or gone for as long as that, whoever comes
//! next is sent away at once: the database is stuck, and places among the requests in flight are for those who can be served.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::kernel::error::Fault;

/// The queue; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    places: Arc<Semaphore>,
    longest_wait: Duration,
    moved: Moved,
}

/// A place among the commands under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    moved: Moved,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.moved.note();
    }
}

impl Queue {
    pub(super) fn new(places: usize, longest_wait: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), longest_wait, moved: Moved::new() }
    }

    /// Waits for a place. A caller that goes away meanwhile leaves the queue, and nothing of its command has happened.
    pub(super) async fn enter(&self) -> Result<Place, Fault> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(self.place(permit));
        }
        if self.moved.ago() >= self.longest_wait {
            return Err(unavailable("no command has ended", self.longest_wait));
        }
        match tokio::time::timeout(self.longest_wait, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(self.place(permit)),
            Ok(Err(closed)) => Err(Fault::Unavailable(closed.to_string())),
            Err(_elapsed) => Err(unavailable("no turn to write came", self.longest_wait)),
        }
    }

    fn place(&self, permit: OwnedSemaphorePermit) -> Place {
        self.moved.note();
        Place { _permit: permit, moved: self.moved.clone() }
    }
}

fn unavailable(what: &str, wait: Duration) -> Fault {
    Fault::Unavailable(format!("{what} within {} ms", wait.as_millis()))
}

/// When a place was taken or given back last.
#[derive(Debug, Clone)]
struct Moved {
    start: Instant,
    after_ms: Arc<AtomicU64>,
}

impl Moved {
    fn new() -> Self {
        Self { start: Instant::now(), after_ms: Arc::default() }
    }

    fn note(&self) {
        self.after_ms.store(self.elapsed_ms(), Ordering::Relaxed);
    }

    fn ago(&self) -> Duration {
        Duration::from_millis(self.elapsed_ms().saturating_sub(self.after_ms.load(Ordering::Relaxed)))
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(5);
    const SHORT: Duration = Duration::from_millis(20);

    /// What a future gives without waiting.
    async fn at_once<F: Future + Unpin>(future: F) -> Option<F::Output> {
        tokio::time::timeout(Duration::ZERO, future).await.ok()
    }

    #[tokio::test]
    async fn whoever_came_first_has_the_next_turn() {
        let queue = Queue::new(1, LONG);
        let held = queue.enter().await.unwrap();
        let (mut first, mut second) = (Box::pin(queue.enter()), Box::pin(queue.enter()));
        assert!(at_once(&mut first).await.is_none());
        assert!(at_once(&mut second).await.is_none());
        drop(held);
        // Nor does someone who comes just then.
        let mut third = Box::pin(queue.enter());
        assert!(at_once(&mut third).await.is_none());
        assert!(at_once(&mut second).await.is_none());
        let place = first.await.unwrap();
        drop(place);
        drop(second.await.unwrap());
        drop(third.await.unwrap());
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_the_turn_to_the_next() {
        let queue = Queue::new(1, LONG);
        let held = queue.enter().await.unwrap();
        let (mut first, mut second) = (Box::pin(queue.enter()), Box::pin(queue.enter()));
        assert!(at_once(&mut first).await.is_none());
        assert!(at_once(&mut second).await.is_none());
        drop(first);
        drop(held);
        drop(second.await.unwrap());
    }

    #[tokio::test]
    async fn a_wait_is_bounded_and_before_a_stuck_writer_nobody_waits_again() {
        let queue = Queue::new(1, SHORT);
        let held = queue.enter().await.unwrap();
        assert!(matches!(queue.enter().await, Err(Fault::Unavailable(reason)) if reason.starts_with("no turn")));
        let refused = at_once(Box::pin(queue.enter())).await;
        assert!(matches!(refused, Some(Err(Fault::Unavailable(_)))), "{refused:?}");
        drop(held);
        drop(queue.enter().await.unwrap());
    }
}
