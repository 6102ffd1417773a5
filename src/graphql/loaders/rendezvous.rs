//! Lets the resolvers of one batch go on together. A loader hands out the values of a batch one by one; whoever got theirs
//! first would begin the next look-up before the last one has theirs, and split it into several batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The resolvers that wait for a value of one loader.
#[derive(Clone, Default)]
pub(super) struct Rendezvous(Arc<Waiting>);

#[derive(Default)]
struct Waiting {
    count: AtomicUsize,
    none: Notify,
}

impl Rendezvous {
    /// The value of `look_up`, once every other look-up that is under way has its own.
    pub(super) async fn with_the_others<T>(&self, look_up: impl Future<Output = T>) -> T {
        let place = Place::take(&self.0);
        // Without the runtime's budget per turn: it would cut a large batch in two.
        let value = tokio::task::unconstrained(look_up).await;
        let mut everyone = std::pin::pin!(self.0.none.notified());
        everyone.as_mut().enable();
        if place.leave() > 0 {
            everyone.await;
        }
        value
    }
}

/// One who waits. One whose request has gone away leaves as well.
struct Place<'a>(Option<&'a Waiting>);

impl<'a> Place<'a> {
    fn take(waiting: &'a Waiting) -> Self {
        waiting.count.fetch_add(1, Ordering::SeqCst);
        Self(Some(waiting))
    }

    /// How many still wait.
    fn leave(mut self) -> usize {
        self.step_out()
    }

    fn step_out(&mut self) -> usize {
        let Some(waiting) = self.0.take() else { return 0 };
        let left = waiting.count.fetch_sub(1, Ordering::SeqCst).saturating_sub(1);
        if left == 0 {
            waiting.none.notify_waiters();
        }
        left
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.step_out();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn whoever_is_first_waits_for_the_last() {
        let (rendezvous, finished) = (Rendezvous::default(), AtomicUsize::new(0));
        let one = async |turns: usize| {
            let look_up = async {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
                finished.fetch_add(1, Ordering::SeqCst);
            };
            rendezvous.with_the_others(look_up).await;
            finished.load(Ordering::SeqCst)
        };
        assert_eq!(join_all((1..=40).map(one)).await, [40; 40]);
    }

    #[tokio::test]
    async fn one_who_goes_away_holds_nobody_up() {
        let rendezvous = Rendezvous::default();
        let mut gone = Box::pin(rendezvous.with_the_others(std::future::pending::<()>()));
        assert!(futures_util::poll!(gone.as_mut()).is_pending());
        let mut stays = Box::pin(rendezvous.with_the_others(async { 7 }));
        assert!(futures_util::poll!(stays.as_mut()).is_pending());
        drop(gone);
        assert_eq!(stays.await, 7);
    }
}
