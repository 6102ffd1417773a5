//! Answers that are given again: the same operation with the same variables, asked by callers who may all see the same. An answer is given as long as
//! nothing that it depends on has been touched, and no longer than its fields allow. It knows no transport; what an operation depends on, its resolvers
//! and loaders say.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_graphql::{Request, Response, Value};
use moka::future::Cache;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::persisted::Named;
use super::price::Receipt;
use crate::config;
use crate::graphql::request::Caller;
use crate::kernel::actor::Actor;
use crate::kernel::clock::{Clock, Timestamp};
use crate::kernel::freshness::{Dependencies, Freshness, Moment, Tag};

/// What an answer may depend on at most; one that depends on more is not kept.
const MOST_TAGS: usize = 1_000;

/// What an entry takes beside its text and its tags.
const OVERHEAD: usize = 256;

/// What `extensions.cost` adds to an answer at most.
const COST_BYTES: usize = 512;

/// The answers that are kept, within bounds of memory and time.
pub(super) struct Answers {
    /// Nothing where it is turned off.
    kept: Option<Cache<[u8; 32], Arc<Kept>>>,
    /// The longest text that is kept.
    most_bytes: usize,
    longest: Duration,
    freshness: Freshness,
    clock: Clock,
    given: AtomicU64,
    made: AtomicU64,
}

/// An answer that was made once.
pub(super) struct Kept {
    /// `{"data":…}`, as it is sent.
    body: Vec<u8>,
    digest: OnceLock<[u8; 32]>,
    tags: Box<[Tag]>,
    since: Moment,
    until: Timestamp,
    /// What the operation costs, in points.
    pub(super) cost: u32,
    /// Seconds for which others may keep it.
    max_age: NonZeroU32,
}

/// What an operation is answered with.
pub enum Answer {
    /// Made for this request.
    Made(Response),
    /// Data that has been made for anyone, and may be given again.
    Kept(KeptAnswer),
}

/// An answer that may have been given before.
pub struct KeptAnswer {
    pub(super) kept: Arc<Kept>,
    pub(super) receipt: Receipt,
}

impl KeptAnswer {
    /// `{"data":…}`: the bytes to send to caches.
    pub fn body(&self) -> &[u8] {
        &self.kept.body
    }

    /// The SHA-256 of these bytes.
    pub fn digest(&self) -> [u8; 32] {
        self.kept.digest()
    }

    /// The seconds for which it may be kept and shown to others.
    pub fn max_age(&self) -> NonZeroU32 {
        self.kept.max_age
    }

    /// What the operation cost its caller: `extensions.cost`.
    pub fn cost(&self) -> impl Serialize + '_ {
        &self.receipt
    }
}

/// Whether an answer is there already.
pub enum Recalled {
    /// It is, and has been paid for.
    Kept(KeptAnswer),
    /// It is not. The place for it, when it may be kept.
    Unknown(Option<Keeping>),
}

/// The place of an answer that is not there yet, and what it comes to depend on.
pub struct Keeping {
    key: [u8; 32],
    since: Moment,
    began: Timestamp,
    dependencies: Dependencies,
}

/// The text of an answer that has nothing beside its data.
#[derive(Serialize)]
struct Data<'a> {
    data: &'a Value,
}

/// How often answers were given again, and how often they had to be made although they may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Answers given again.
    pub given: u64,
    /// Answers that were made and kept.
    pub made: u64,
    /// Bytes of memory in use, about.
    pub bytes: u64,
}

impl Keeping {
    /// Where resolvers and loaders say what they look at.
    pub fn dependencies(&self) -> Dependencies {
        self.dependencies.clone()
    }
}

impl Answers {
    pub(super) fn new(config: &config::ReadCache, most_bytes: usize, freshness: Freshness, clock: &Clock) -> Self {
        let longest = Duration::from_secs(config.seconds.into());
        let weight = |_: &[u8; 32], kept: &Arc<Kept>| u32::try_from(kept.weight()).unwrap_or(u32::MAX);
        let cache = || Cache::builder().max_capacity(config.bytes).weigher(weight).time_to_live(longest).build();
        Self {
            kept: (config.bytes > 0).then(cache),
            most_bytes,
            longest,
            freshness,
            clock: clock.clone(),
            given: AtomicU64::new(0),
            made: AtomicU64::new(0),
        }
    }

    /// The answer to `request`, or the place for one; neither when it is not for this caller.
    pub(super) async fn find(&self, request: &Request, caller: &Caller) -> Result<Arc<Kept>, Option<Keeping>> {
        let cache = self.kept.as_ref().filter(|_| is_anyones(&caller.actor)).ok_or(None)?;
        let key = key(request).ok_or(None)?;
        // Before the first look at the database: what is touched from here on makes the answer stale.
        let since = self.freshness.now();
        let found = cache.get(&key).await;
        let now = self.clock.now();
        match found.filter(|kept| now < kept.until && self.freshness.is_fresh(kept.since, &kept.tags)) {
            Some(kept) => {
                self.given.fetch_add(1, Ordering::Relaxed);
                Ok(kept)
            }
            None => Err(Some(Keeping { key, since, began: now, dependencies: Dependencies::default() })),
        }
    }

    /// Keeps an answer, if it can be kept: it holds data and nothing else, and what it depends on is known and has not been touched meanwhile.
    pub(super) async fn keep(
        &self,
        keeping: Keeping,
        response: &Response,
        cost: u32,
        max_age: NonZeroU32,
    ) -> Option<Arc<Kept>> {
        let Keeping { key, since, began, dependencies } = keeping;
        let tags = dependencies.tags();
        let is_data = response.errors.is_empty() && response.extensions.is_empty() && response.data != Value::Null;
        if !is_data || tags.is_empty() || tags.len() > MOST_TAGS || !self.freshness.is_fresh(since, &tags) {
            return None;
        }
        let body = serde_json::to_vec(&Data { data: &response.data }).ok()?;
        if body.len().saturating_add(COST_BYTES) > self.most_bytes {
            return None;
        }
        let lasts = Duration::from_secs(max_age.get().into()).min(self.longest);
        let kept = Kept { body, digest: OnceLock::new(), tags, since, until: began + lasts, cost, max_age };
        let kept = Arc::new(kept);
        self.kept.as_ref()?.insert(key, Arc::clone(&kept)).await;
        self.made.fetch_add(1, Ordering::Relaxed);
        Some(kept)
    }

    pub(super) fn counted(&self) -> Counted {
        let bytes = self.kept.as_ref().map_or(0, Cache::weighted_size);
        Counted { given: self.given.load(Ordering::Relaxed), made: self.made.load(Ordering::Relaxed), bytes }
    }
}

impl Kept {
    fn digest(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| Sha256::digest(&self.body).into())
    }

    fn weight(&self) -> usize {
        self.body.capacity().saturating_add(std::mem::size_of_val(&*self.tags)).saturating_add(OVERHEAD)
    }
}

/// Whether the actor sees of the catalog what everyone sees.
fn is_anyones(actor: &Actor) -> bool {
    actor.permissions().next().is_none()
}

/// What was asked: the document by its text or its name, the operation, and the variables. None for a document that is to be registered.
fn key(request: &Request) -> Option<[u8; 32]> {
    let (kind, document) = match Named::of(request).ok()? {
        Named::Text => ("text", request.query.as_str()),
        Named::Id(id) => ("id", id),
        Named::Hash { name, .. } if request.query.is_empty() => ("hash", name),
        Named::Hash { .. } => return None,
    };
    let asked = (kind, document, &request.operation_name, &request.variables);
    // Written first, and hashed then: JSON comes in small pieces.
    Some(Sha256::digest(serde_json::to_vec(&asked).ok()?).into())
}
