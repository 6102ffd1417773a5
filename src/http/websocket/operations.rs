//! The operations of one connection: each runs through the gate as the connection's user at that moment, and no more of
//! them at once than allowed.

use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response, ServerError};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::link::Link;
use crate::graphql::error::ErrorCode;
use crate::graphql::loaders::Loaders;
use crate::graphql::request::Caller;
use crate::http::frame::RequestNumber;
use crate::http::{endpoint, rejection::Rejection};

/// Executes the operations of one connection.
#[derive(Clone)]
pub(super) struct Operations(Arc<Link>);

impl Operations {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self(link)
    }

    /// Puts who asks into the request, or says why it can't be executed.
    async fn prepare(&self, request: Request) -> Result<Request, ServerError> {
        let services = &self.0.http.services;
        let actor = self.0.actor().await.map_err(|close| error(ErrorCode::Unauthenticated, close.reason))?;
        let key = endpoint::idempotency_key(&axum::http::HeaderMap::new(), &request)
            .map_err(|rejection: Rejection| rejection.error())?;
        let number: RequestNumber = services.ids.make();
        let caller = Caller::new(actor, number.to_string())
            .with_idempotency_key(key)
            .with_user_agent(self.0.user_agent.clone())
            .with_address(self.0.address);
        Ok(request.data(Loaders::new(services, &caller.actor)).data(caller))
    }
}

impl Executor for Operations {
    async fn execute(&self, request: Request) -> Response {
        match self.prepare(request).await {
            Ok(request) => self.0.http.gate.execute(request).await,
            Err(error) => Response::from_errors(vec![error]),
        }
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let (id, running) = self.0.start();
        let running_here = Running { link: Arc::clone(&self.0), id };
        let allowed = self.0.limits().operations;
        let operations = self.clone();
        let answers = async move {
            if running > allowed {
                let message = format!("A connection has at most {allowed} operations at once.");
                return refused(error(ErrorCode::LimitExceeded, &message));
            }
            match operations.prepare(request).await {
                Ok(request) => operations.0.http.gate.execute_stream(request, session),
                Err(error) => refused(error),
            }
        };
        let passing = move |answer| {
            let _held = &running_here;
            answer
        };
        stream::once(answers).flatten().map(passing).boxed()
    }
}

/// An operation that runs; it ends when this is dropped.
struct Running {
    link: Arc<Link>,
    id: Option<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(id) = &self.id {
            self.link.end(id);
        }
    }
}

fn refused(error: ServerError) -> BoxStream<'static, Response> {
    stream::iter([Response::from_errors(vec![error])]).boxed()
}

fn error(code: ErrorCode, message: &str) -> ServerError {
    let error = code.with(&message);
    let mut unplaced = ServerError::new(error.message, None);
    unplaced.extensions = error.extensions;
    unplaced
}
