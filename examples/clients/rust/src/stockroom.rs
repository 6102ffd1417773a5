//! The client: queries and mutations over HTTP, subscriptions over server-sent events, all in the name of a session.

use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use graphql_client::{GraphQLQuery, Response};
use serde::de::DeserializeOwned;
use ureq::Body;
use ureq::http;

use crate::events;
use crate::failure::Failure;
use crate::patience::Patient;
use crate::session::{Credentials, Session};

const ACCEPT_ANSWER: (&str, &str) = ("Accept", "application/graphql-response+json");
const ACCEPT_EVENTS: (&str, &str) = ("Accept", "text/event-stream");

pub struct Stockroom {
    http: Patient,
    session: Session,
}

/// The data of an answer without errors, and whether the server had carried out this mutation before, under the same
/// idempotency key, and now only told it again.
pub struct Answer<Data> {
    pub data: Data,
    pub replayed: bool,
}

impl Stockroom {
    pub fn connect(url: &str, credentials: Credentials, session_file: PathBuf) -> Result<Self, Failure> {
        let http = Patient::new(url);
        let session = Session::open(http.clone(), credentials, session_file)?;
        Ok(Self { http, session })
    }

    /// Runs a query.
    pub fn query<Q: GraphQLQuery>(&mut self, variables: Q::Variables) -> Result<Q::ResponseData, Failure> {
        let body = serde_json::to_vec(&Q::build_query(variables))?;
        Ok(self.as_user(&body, &[ACCEPT_ANSWER], read::<Q::ResponseData>)?.data)
    }

    /// Runs a mutation. However often it's sent under one key, it happens once.
    pub fn mutation<Q: GraphQLQuery>(
        &mut self,
        variables: Q::Variables,
        key: &str,
    ) -> Result<Answer<Q::ResponseData>, Failure> {
        let body = serde_json::to_vec(&Q::build_query(variables))?;
        self.as_user(&body, &[ACCEPT_ANSWER, ("Idempotency-Key", key)], read::<Q::ResponseData>)
    }

    /// Begins a subscription. When this returns, the server has let it in.
    pub fn subscribe<Q>(
        &mut self,
        variables: Q::Variables,
    ) -> Result<Receiver<Result<Q::ResponseData, Failure>>, Failure>
    where
        Q: GraphQLQuery,
        Q::ResponseData: Send + 'static,
    {
        let body = serde_json::to_vec(&Q::build_query(variables))?;
        self.as_user(&body, &[ACCEPT_EVENTS], events::of::<Q::ResponseData>)
    }

    /// Sends the access token; when it is refused, gets a new one and repeats the request, once.
    fn as_user<T>(
        &mut self,
        body: &[u8],
        headers: &[(&str, &str)],
        read: impl Fn(http::Response<Body>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let send = |bearer: &str| read(self.http.post(body, &[headers, &[("Authorization", bearer)]].concat())?);
        match send(&self.session.bearer()) {
            Err(failure) if failure.has_code("UNAUTHENTICATED") => {
                self.session.renew()?;
                send(&self.session.bearer())
            }
            done => done,
        }
    }
}

/// Asks in nobody's name.
pub fn ask<Q: GraphQLQuery>(http: &Patient, variables: Q::Variables) -> Result<Q::ResponseData, Failure> {
    let body = serde_json::to_vec(&Q::build_query(variables))?;
    Ok(read::<Q::ResponseData>(http.post(&body, &[ACCEPT_ANSWER])?)?.data)
}

fn read<Data: DeserializeOwned>(mut response: http::Response<Body>) -> Result<Answer<Data>, Failure> {
    let status = response.status().as_u16();
    let answer: Response<Data> = response.body_mut().read_json().map_err(|_| Failure::NoAnswer(status))?;
    let replayed = answer.extensions.as_ref().and_then(|all| all.get("idempotency")?.get("replayed")?.as_bool());
    Ok(Answer { replayed: replayed.unwrap_or(false), data: data(answer)? })
}

/// The data of an answer without errors.
pub fn data<Data>(answer: Response<Data>) -> Result<Data, Failure> {
    match (answer.errors, answer.data) {
        (Some(errors), _) if !errors.is_empty() => Err(Failure::Graphql(errors)),
        (_, Some(data)) => Ok(data),
        (_, None) => Err(Failure::Refused("The server answered without data.".to_owned())),
    }
}
