//! One operation as a stream of answers, for the transports that stream: WebSocket and SSE. Each event of a subscription
//! is checked against what its subscriber may do by then. It knows neither transport.

use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{PathSegment, Request, Response, ServerError, Value};
use axum::http::HeaderMap;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::frame::RequestNumber;
use super::rejection::Rejection;
use super::session::{Ended, Session};
use super::{Http, answer, endpoint};
use crate::graphql::error::{ErrorCode, placed};
use crate::graphql::gate::Admitted;
use crate::graphql::loaders::Loaders;
use crate::graphql::request::Caller;
use crate::kernel::actor::Actor;

/// What an operation tells its client. All but [`Event::Next`] are its last word.
pub(super) enum Event {
    /// An answer.
    Next(Box<Response>),
    /// It was refused before it began, or its events can't go on.
    Failed(Vec<ServerError>),
    /// All is told.
    Complete,
    /// Whoever started it is not logged in any more.
    Over(Ended),
    /// The server stops; the client may start it again elsewhere.
    Stopping,
}

/// Someone who runs operations on one connection.
pub(super) struct Subscriber {
    pub http: Http,
    pub session: Session,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    pub address: Option<IpAddr>,
    /// Places for the operations that may run at once.
    pub places: Arc<Semaphore>,
}

/// What the operation holds for as long as it runs: its place on the connection, and in the server.
struct Held {
    _here: OwnedSemaphorePermit,
    in_flight: Option<OwnedSemaphorePermit>,
}

/// How far an operation has come when its beginning is done.
enum Begun {
    Ended(Event),
    Answered(Box<Response>),
    Admitted { admitted: Box<Admitted>, actor: Actor, held: Held },
}

impl Subscriber {
    /// Begins an operation at once; its events follow. Dropping them ends a query or a subscription; a mutation is
    /// carried out in any case. Nothing when the connection has as many operations as it may.
    pub(super) fn run(self: &Arc<Self>, request: Request) -> Option<BoxStream<'static, Event>> {
        let here = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let this = Arc::clone(self);
        let begun = self.http.mutations.spawn(Arc::clone(self).begin(request, here));
        let events = async move {
            match begun.await {
                Ok(Begun::Ended(event)) => last(event),
                Ok(Begun::Answered(response)) => answered(response),
                Ok(Begun::Admitted { admitted, actor, held }) => this.go_on(*admitted, actor, held).await,
                Err(_panic) => last(Event::Failed(vec![Rejection::Internal.error()])),
            }
        };
        Some(stream::once(events).flatten().boxed())
    }

    /// Lets the operation in; a mutation is carried out here, where no client that goes away can stop it.
    async fn begin(self: Arc<Self>, request: Request, here: OwnedSemaphorePermit) -> Begun {
        let failed = |rejection: Rejection| Begun::Ended(Event::Failed(vec![rejection.error()]));
        let Ok(in_flight) = Arc::clone(&self.http.places).try_acquire_owned() else {
            return failed(Rejection::Overloaded);
        };
        let held = Held { _here: here, in_flight: Some(in_flight) };
        let key = match endpoint::idempotency_key(&HeaderMap::new(), &request) {
            Ok(key) => key,
            Err(rejection) => return failed(rejection),
        };
        let actor = match self.session.actor().await {
            Ok(actor) => actor,
            Err(Ended::Unknown) => return failed(Rejection::Unavailable),
            Err(ended) => return Begun::Ended(Event::Over(ended)),
        };
        let number: RequestNumber = self.http.services.ids.make();
        let caller = Caller::new(actor.clone(), number.to_string())
            .with_idempotency_key(key)
            .with_user_agent(self.user_agent.clone())
            .with_address(self.address);
        let admitted = match self.http.gate.admit(request.data(caller)).await {
            Ok(admitted) => admitted.data(Loaders::new(&self.http.services, &actor)),
            Err(refused) => return Begun::Ended(Event::Failed(refused.errors)),
        };
        if admitted.operation() == OperationType::Mutation {
            let response = self.http.gate.run(admitted).await;
            drop(held);
            return Begun::Answered(Box::new(response));
        }
        Begun::Admitted { admitted: Box::new(admitted), actor, held }
    }

    async fn go_on(self: Arc<Self>, admitted: Admitted, actor: Actor, mut held: Held) -> BoxStream<'static, Event> {
        if admitted.operation() == OperationType::Subscription {
            held.in_flight = None;
            let held_along = move |event| {
                let _held = &held;
                event
            };
            return self.events(admitted, actor).map(held_along).boxed();
        }
        let response = self.http.gate.run(admitted).await;
        drop(held);
        answered(Box::new(response))
    }

    /// The events of a subscription that `actor` has started, for as long as they may read what they could read then.
    pub(super) fn events(self: Arc<Self>, admitted: Admitted, actor: Actor) -> BoxStream<'static, Event> {
        let answers = self.http.gate.run_stream(admitted);
        let going_on = Some((self, actor, answers));
        stream::unfold(going_on, |going_on| async move {
            let (this, actor, mut answers) = going_on?;
            let event = tokio::select! {
                answer = answers.next() => this.event(answer, &actor).await,
                () = this.http.stop.cancelled() => Event::Stopping,
            };
            let going_on = matches!(event, Event::Next(_)).then_some((this, actor, answers));
            Some((event, going_on))
        })
        .boxed()
    }

    async fn event(&self, answer: Option<Response>, actor: &Actor) -> Event {
        let Some(answer) = answer else { return Event::Complete };
        if ends(&answer) {
            return Event::Failed(answer.errors);
        }
        match self.session.actor().await {
            Ok(now) if actor.permissions().all(|permission| now.may(permission)) => Event::Next(Box::new(answer)),
            Ok(_) => Event::Failed(vec![error(ErrorCode::Forbidden, FEWER_PERMISSIONS)]),
            Err(Ended::Unknown) => Event::Failed(vec![Rejection::Unavailable.error()]),
            Err(ended) => Event::Over(ended),
        }
    }
}

/// Fields inside an event are read with the permissions of the beginning, so that it ends when one is taken away.
const FEWER_PERMISSIONS: &str = "Your permissions have changed; subscribe again.";

fn last(event: Event) -> BoxStream<'static, Event> {
    stream::iter([event]).boxed()
}

/// The events of an operation with one answer.
fn answered(response: Box<Response>) -> BoxStream<'static, Event> {
    if answer::was_refused(&response) {
        return last(Event::Failed(response.errors));
    }
    stream::iter([Event::Next(response), Event::Complete]).boxed()
}

/// Whether this answer is about the subscription itself: refused, or unable to go on. A field of an event that failed
/// has a longer path.
fn ends(answer: &Response) -> bool {
    let at_the_top = |error: &ServerError| !error.path.iter().skip(1).any(|part| matches!(part, PathSegment::Field(_)));
    answer.data == Value::Null && !answer.errors.is_empty() && answer.errors.iter().all(at_the_top)
}

/// An error of an operation as a whole.
pub(super) fn error(code: ErrorCode, message: &str) -> ServerError {
    placed(code.with(&message), None)
}
