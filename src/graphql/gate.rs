//! The one way into the schema, for every transport: find the document that is named, or scan the text and parse it or
//! find it parsed; count what it would cost, take that from the caller's bucket of points, and only then let async-graphql
//! validate and execute it, for a bounded time and with panics caught. It knows no HTTP and no resolver.

mod admission;
mod answer;
mod cache;
mod complete;
mod count;
mod documents;
mod inputs;
mod kept;
mod order;
mod persisted;
mod price;
mod rates;
mod refusal;
mod scan;
mod shape;
mod subscription;
mod variables;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::parser::{self, parse_query};
use async_graphql::{Data, Executor, Request, Response, Value};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, stream};
use moka::future::Cache;
use sha2::{Digest, Sha256};

pub use self::admission::Admitted;
use self::admission::Validity;
pub use self::cache::CacheHints;
use self::documents::Document;
pub use self::inputs::Inputs;
use self::kept::Answers;
pub use self::kept::{Answer, Counted, Keeping, KeptAnswer, Recalled};
pub use self::persisted::{DocumentId, Manifest, ManifestError};
use self::persisted::{Persisted, Trusted};
use self::price::{Price, Receipt};
use self::rates::Rates;
pub use self::rates::{Policy, Standing};
use self::refusal::Refusal;
use self::shape::Shape;
use super::request::Caller;
use crate::config::{Config, GraphqlLimits};
use crate::kernel::clock::Clock;
use crate::kernel::freshness::Freshness;

/// A schema behind its limits.
#[derive(Clone)]
pub struct Gate<E> {
    schema: Schemas<E>,
    inner: Arc<Inner>,
    trusted: Arc<Trusted>,
}

/// A schema, twice.
#[derive(Clone)]
pub struct Schemas<E> {
    /// It validates what it is to execute.
    pub checking: E,
    /// It takes for valid what it is to execute, and is not asked what it looks like.
    pub trusting: E,
}

impl<E: Clone> Schemas<E> {
    /// One that always validates.
    pub fn checking_only(schema: E) -> Self {
        Self { checking: schema.clone(), trusting: schema }
    }
}

/// What the gate needs to know of a schema.
pub struct Described<'a> {
    /// Its definition.
    pub sdl: &'a str,
    /// How long caches may keep its fields.
    pub hints: CacheHints,
    /// The types of its variables.
    pub inputs: Inputs,
}

#[cfg(test)]
impl<'a> Described<'a> {
    /// A schema of which there is only its definition.
    fn unknown(sdl: &'a str) -> Self {
        Self { sdl, hints: CacheHints::default(), inputs: Inputs::default() }
    }
}

struct Inner {
    limits: GraphqlLimits,
    execution: Duration,
    introspection: bool,
    shape: Shape,
    hints: CacheHints,
    inputs: Inputs,
    rates: Rates,
    persisted: Persisted,
    answers: Answers,
    /// Parsed documents by the SHA-256 of their text.
    documents: Cache<[u8; 32], Arc<Document>>,
}

impl<E: Executor> Gate<E> {
    /// Puts `schema`, of which `described` tells, behind the limits of `config`. The buckets of
    /// points fill by `clock`; answers are kept as long as `freshness` says.
    pub fn new(
        schema: Schemas<E>,
        described: Described<'_>,
        config: &Config,
        clock: &Clock,
        freshness: Freshness,
    ) -> Result<Self, parser::Error> {
        let Described { sdl, hints, inputs } = described;
        let limits = config.limits.graphql.clone();
        let inner = Inner {
            answers: Answers::new(&config.read_cache, limits.response_bytes, freshness, clock),
            documents: Cache::new(limits.cached_documents),
            execution: Duration::from_millis(config.limits.time.execution_ms.get()),
            introspection: config.introspection_enabled(),
            shape: Shape::from_sdl(sdl)?,
            hints,
            inputs,
            rates: Rates::new(&config.rates, clock),
            persisted: Persisted::new(&config.persisted),
            limits,
        };
        Ok(Self { schema, inner: Arc::new(inner), trusted: Arc::default() })
    }

    /// Looks whether the answer to a request is there already: the same operation with the same variables, let in and carried out before. It is paid for like
    /// any other, or refused when the caller cannot.
    pub async fn recall(&self, request: &Request, caller: &Caller) -> Result<Recalled, Box<Response>> {
        match self.inner.answers.find(request, caller).await {
            Ok(kept) => {
                let paid = self.inner.enter(caller);
                let receipt = paid.and_then(|paid| self.inner.pay(Price { cost: kept.cost, paid }, Some(caller)));
                let receipt = receipt.map_err(|refusal| Box::new(self.inner.refused(refusal, Some(caller))))?;
                Ok(Recalled::Kept(KeptAnswer { kept, receipt }))
            }
            Err(keeping) => Ok(Recalled::Unknown(keeping)),
        }
    }

    /// How often answers were given again.
    pub fn counted(&self) -> Counted {
        self.inner.answers.counted()
    }

    /// Lets a request in, or answers why not. Nothing has been executed then. When the request's data says who asks, a
    /// point is taken first, so that a flood of bad requests empties a bucket as a flood of good ones does.
    pub async fn admit(&self, request: Request) -> Result<Admitted, Box<Response>> {
        let caller = answer::caller(&request.data);
        self.inner
            .admit(request, &self.trusted, caller.as_ref())
            .await
            .map_err(|error| Box::new(self.inner.finish(Response::from_errors(vec![error]), caller.as_ref())))
    }

    /// Looks whether operations that were sent together come to no more than one operation may, or answers why not.
    pub fn together<'a>(&self, batch: impl IntoIterator<Item = &'a Admitted>) -> Result<(), Box<Response>> {
        let sums = batch.into_iter().map(|admitted| (admitted.counted, admitted.operation, admitted.price.cost));
        count::together(sums, &self.inner.limits).map_err(|refusal| Box::new(self.inner.refused(refusal, None)))
    }

    /// Takes a point for a request that a transport refuses, such as one with a bad token, or answers that there is none.
    pub fn charge_refused(&self, caller: &Caller) -> Result<(), Box<Response>> {
        match self.inner.enter(caller) {
            Ok(_paid) => Ok(()),
            Err(refusal) => Err(Box::new(self.inner.refused(refusal, Some(caller)))),
        }
    }

    /// Forgets the callers whose buckets of points are full again. Called now and then, it keeps their number small.
    pub fn sweep(&self) {
        self.inner.rates.sweep();
    }

    /// Executes an admitted query or mutation, once it is paid for.
    pub async fn run(&self, admitted: Admitted) -> Response {
        self.run_within(admitted, self.inner.execution).await
    }

    /// The same of a query whose answer is to be kept, if it may be.
    pub async fn run_keeping(&self, admitted: Admitted, keeping: Keeping) -> Answer {
        let (price, max_age, for_caches) = (admitted.price, admitted.max_age(), admitted.for_caches);
        let caller = answer::caller(&admitted.request.data);
        let (response, receipt) = match self.paid(admitted, caller.as_ref(), self.inner.execution).await {
            Ok(done) => done,
            Err(refused) => return Answer::Made(refused),
        };
        if let Some(max_age) = max_age
            && let Some(kept) = self.inner.answers.keep(keeping, &response, price.cost, max_age).await
        {
            return Answer::Kept(KeptAnswer { kept, receipt });
        }
        Answer::Made(if for_caches { response } else { receipt.show(response) })
    }

    /// Executes an admitted query or mutation in less time than an operation has by itself.
    pub async fn run_within(&self, admitted: Admitted, time: Duration) -> Response {
        let caller = answer::caller(&admitted.request.data);
        let for_caches = admitted.for_caches;
        match self.paid(admitted, caller.as_ref(), time).await {
            Ok((response, receipt)) if !for_caches => receipt.show(response),
            Ok((response, _)) | Err(response) => response,
        }
    }

    /// The answer with the receipt, or the refusal of a caller who cannot pay.
    async fn paid(
        &self,
        admitted: Admitted,
        caller: Option<&Caller>,
        time: Duration,
    ) -> Result<(Response, Receipt), Response> {
        let paid = self.inner.pay(admitted.price, caller);
        let receipt = paid.map_err(|refusal| self.inner.refused(refusal, caller))?;
        let Admitted { request, plan, validity, .. } = admitted;
        let schema = if let Validity::Known = validity { &self.schema.trusting } else { &self.schema.checking };
        let execution = AssertUnwindSafe(schema.execute(request)).catch_unwind();
        let mut response = match tokio::time::timeout(time, execution).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => answer::panicked(&*panic, caller),
            Err(_elapsed) => answer::timed_out(self.inner.execution),
        };
        if let Validity::Open(given) = validity
            && response.data != Value::Null
        {
            // Something was executed, and so it is valid.
            plan.found_valid(given);
        }
        plan.order.apply(&mut response);
        Ok((self.inner.finish(response, caller), receipt))
    }

    /// Executes an admitted subscription: an answer for each of its events.
    pub fn run_stream(&self, admitted: Admitted) -> BoxStream<'static, Response> {
        self.run_stream_with(admitted, None)
    }

    fn run_stream_with(&self, admitted: Admitted, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let caller = answer::caller(&admitted.request.data);
        let mut receipt = match self.inner.pay(admitted.price, caller.as_ref()) {
            Ok(receipt) => Some(receipt),
            Err(refusal) => return stream::iter([self.inner.refused(refusal, caller.as_ref())]).boxed(),
        };
        let plan = admitted.plan;
        let inner = Arc::clone(&self.inner);
        let events = AssertUnwindSafe(self.schema.checking.execute_stream(admitted.request, session)).catch_unwind();
        events
            .map(move |event| {
                let mut response = event.unwrap_or_else(|panic| answer::panicked(&*panic, caller.as_ref()));
                plan.order.apply(&mut response);
                if let Some(receipt) = receipt.take() {
                    response = receipt.show(response);
                }
                inner.finish(response, caller.as_ref())
            })
            .boxed()
    }
}

impl<E: Executor> Executor for Gate<E> {
    async fn execute(&self, request: Request) -> Response {
        match self.admit(request).await {
            Ok(admitted) => self.run(admitted).await,
            Err(response) => *response,
        }
    }

    fn execute_stream(&self, request: Request, session_data: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let gate = self.clone();
        let admitted = async move {
            match gate.admit(request).await {
                Err(response) => stream::iter([*response]).boxed(),
                Ok(admitted) if admitted.operation == OperationType::Subscription => {
                    gate.run_stream_with(admitted, session_data)
                }
                Ok(admitted) => gate.run_once(admitted, session_data).await,
            }
        };
        stream::once(admitted).flatten().boxed()
    }
}

impl<E: Executor> Gate<E> {
    /// A query or mutation on a transport for streams: the same time limit, one answer.
    async fn run_once(&self, admitted: Admitted, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let execution = self.inner.execution;
        let mut events = self.run_stream_with(admitted, session);
        let first = tokio::time::timeout(execution, events.next()).await;
        match first {
            Ok(response) => stream::iter(response).boxed(),
            Err(_elapsed) => stream::iter([answer::timed_out(execution)]).boxed(),
        }
    }
}

impl Inner {
    /// The parsed form of `text`, from the cache where it is known. A text that does not parse is not kept.
    async fn document(&self, text: &str) -> Result<Arc<Document>, Refusal> {
        let key = Sha256::digest(text.as_bytes()).into();
        if let Some(document) = self.documents.get(&key).await {
            return Ok(document);
        }
        scan::scan(text, &self.limits)?;
        self.parse(key, text).await
    }

    /// The same of a text that has been scanned, whose hash is `key`.
    async fn parsed(&self, key: [u8; 32], text: &str) -> Result<Arc<Document>, Refusal> {
        match self.documents.get(&key).await {
            Some(document) => Ok(document),
            None => self.parse(key, text).await,
        }
    }

    async fn parse(&self, key: [u8; 32], text: &str) -> Result<Arc<Document>, Refusal> {
        let document = parse_query(text).map_err(|error| Refusal::from_parser(&error))?;
        let document = Arc::new(Document::new(document));
        self.documents.insert(key, Arc::clone(&document)).await;
        Ok(document)
    }

    fn refused(&self, refusal: Refusal, caller: Option<&Caller>) -> Response {
        self.finish(Response::from_errors(vec![refusal.into_error()]), caller)
    }

    fn finish(&self, response: Response, caller: Option<&Caller>) -> Response {
        answer::finish(response, &self.limits, caller)
    }
}

#[cfg(test)]
mod tests;
