//! Several operations in one request, where the configuration allows them: they come to no more than one operation may,
//! they hold one place and one time limit, and they run one after the other.

use std::time::Duration;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::endpoint::Exchange;
use super::rejection::Rejection;
use super::{answer, points};
use crate::graphql::gate::Admitted;
use crate::graphql::loaders::Loaders;
use crate::graphql::request::Caller;

/// One operation of the batch: what it was let in as, or why it was not.
struct Member {
    caller: Caller,
    admitted: Result<Admitted, Box<async_graphql::Response>>,
}

/// Lets in, executes and answers all of `requests`, which are at least one.
pub(super) async fn serve(exchange: Exchange, requests: Vec<Request>) -> Result<Response, Rejection> {
    let mut batch = Vec::with_capacity(requests.len());
    for request in requests {
        let caller = exchange.caller(&request)?;
        let admitted = exchange.http.gate.admit(request.data(caller.clone())).await;
        batch.push(Member { caller, admitted });
    }
    let admitted = || batch.iter().filter_map(|member| member.admitted.as_ref().ok());
    if let Err(refused) = exchange.http.gate.together(admitted()) {
        return Ok(answer::graphql(&refused, exchange.form()));
    }
    let mutates = admitted().any(|admitted| admitted.operation() == OperationType::Mutation);
    let mutations = exchange.http.mutations.clone();
    let execution = run(exchange, batch);
    if mutates {
        mutations.spawn(execution.in_current_span()).await.map_err(|_panic| Rejection::Internal)
    } else {
        Ok(execution.await)
    }
}

async fn run(exchange: Exchange, batch: Vec<Member>) -> Response {
    let http = &exchange.http;
    let time = Duration::from_millis(http.services.config.limits.time.execution_ms.get());
    let end = Instant::now() + time;
    let mut responses = Vec::with_capacity(batch.len());
    let mut last = None;
    for Member { caller, admitted } in batch {
        responses.push(match admitted {
            Ok(admitted) => {
                let left = end.saturating_duration_since(Instant::now());
                let loaders = Loaders::new(&http.services, &caller.actor);
                http.gate.run_within(admitted.data(loaders), left).await
            }
            Err(refused) => *refused,
        });
        last = Some(caller);
    }
    let answer = answer::batch(&responses, exchange.form());
    match last {
        Some(caller) => points::told(answer, &caller, http),
        None => answer,
    }
}
