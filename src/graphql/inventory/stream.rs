//! Events of the outbox as the streams of subscriptions: to those who may see stock, for as long as they may.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Result};
use futures_util::{FutureExt as _, Stream, stream};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::graphql::error::{self, ErrorCode};
use crate::graphql::request::RequestContext as _;
use crate::graphql::services::Services;
use crate::kernel::actor::{self, Actor};
use crate::kernel::error::Fault;
use crate::kernel::outbox::Stored;

/// How long a subscriber who has lost the permission may go on at most when nothing happens; each event is checked too.
const RECHECK: Duration = Duration::from_secs(2);

/// What an event tells a subscriber; nothing when it does not concern them.
pub(super) type Told<T> = std::result::Result<Option<T>, Fault>;

/// The events that `read` makes something of, from now on. An error is the last word.
pub(super) fn events<T, F>(ctx: &Context<'_>, read: F) -> impl Stream<Item = Result<T>> + use<T, F>
where
    T: Send + 'static,
    F: Fn(&Stored) -> Told<T> + Send + 'static,
{
    // Who is here now may be here.
    let mut recheck = tokio::time::interval_at(Instant::now() + RECHECK, RECHECK);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (services, actor, request_id) = (ctx.services().clone(), ctx.actor().clone(), ctx.caller().request_id.clone());
    let watch = async move {
        let events = services.feed.subscribe().await?;
        Some(Watch { events, recheck, services, actor, request_id, read })
    };
    let next = |watch: Option<Watch<F>>| async move {
        let mut watch = watch?;
        let next = watch.next().await?;
        let rest = next.is_ok().then_some(watch);
        Some((next, rest))
    };
    watch.map(move |watch| stream::unfold(watch, next)).flatten_stream()
}

/// One subscriber.
struct Watch<F> {
    events: Receiver<Arc<Stored>>,
    recheck: Interval,
    services: Services,
    actor: Actor,
    request_id: String,
    read: F,
}

impl<F> Watch<F> {
    /// The next event that concerns the subscriber; nothing when the server stops.
    async fn next<T>(&mut self) -> Option<Result<T>>
    where
        F: Fn(&Stored) -> Told<T>,
    {
        loop {
            let event = tokio::select! {
                event = self.events.recv() => Some(event),
                _ = self.recheck.tick() => None,
            };
            let event = match event {
                None => None,
                Some(Ok(stored)) => match (self.read)(&stored) {
                    Ok(None) => continue,
                    Ok(Some(event)) => Some(event),
                    Err(fault) => return Some(Err(error::of_fault(&fault, &self.request_id))),
                },
                Some(Err(RecvError::Lagged(missed))) => return Some(Err(lagged(missed))),
                Some(Err(RecvError::Closed)) => return None,
            };
            if let Err(error) = self.check().await {
                return Some(Err(error));
            }
            if let Some(event) = event {
                return Some(Ok(event));
            }
        }
    }

    /// Refuses a subscriber who may not see stock any more.
    async fn check(&self) -> Result<()> {
        let found = self.services.accounts.actor_now(&self.actor).await;
        let actor = found.map_err(|fault| error::of_fault(&fault, &self.request_id))?;
        let actor = actor.unwrap_or_else(Actor::anonymous);
        actor.require(actor::Permission::ReadInventory).map_err(error::of_denied)
    }
}

fn lagged(missed: u64) -> async_graphql::Error {
    ErrorCode::LimitExceeded.with(&format!(
        "The subscription fell behind and missed {missed} events. Read the levels again, and subscribe again."
    ))
}
