//! What belongs to one request: who asks, its id and its idempotency key; and the short ways to them from a resolver.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Error, Result, Value};
use hmac::{Hmac, Mac as _};
use sea_orm::DbErr;
use sha2::Sha256;

use super::columns::{self, Fields};
use super::error::{self, ErrorCode};
use super::gate::Standing;
use super::loaders::{LoadError, Loaders};
use super::services::Services;
use crate::kernel::actor::Actor;
use crate::kernel::db::constraint;
use crate::kernel::error::{At, Fault};
use crate::kernel::freshness::Tag;
use crate::kernel::page::{Page, PageArgs};
use crate::kernel::write::{Command, Idempotency, Joint, JointWriter, Meta, WriteError, Written};

/// One request, put into the GraphQL request's data by the transport.
#[derive(Clone)]
pub struct Caller {
    /// Who asks.
    pub actor: Actor,
    /// The id that the client gets back and the log names.
    pub request_id: String,
    /// The idempotency key, 1 to 255 printable ASCII characters.
    pub idempotency_key: Option<String>,
    /// What the client calls itself, to recognise its sessions by.
    pub user_agent: Option<String>,
    /// Where the client is, in the canonical form; unknown where no network lies between.
    pub address: Option<IpAddr>,
    replayed: Arc<AtomicBool>,
    standing: Arc<Mutex<Option<Standing>>>,
}

impl Caller {
    /// A request without an idempotency key.
    pub fn new(actor: Actor, request_id: impl Into<String>) -> Self {
        Self {
            actor,
            request_id: request_id.into(),
            idempotency_key: None,
            user_agent: None,
            address: None,
            replayed: Arc::default(),
            standing: Arc::default(),
        }
    }

    /// The same request with an idempotency key.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: Option<String>) -> Self {
        self.idempotency_key = key;
        self
    }

    /// The same request from a client that calls itself so.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: Option<String>) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// The same request from a client at this address.
    #[must_use]
    pub fn with_address(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// What the request left in the caller's bucket of points; nothing when the caller has none.
    pub fn standing(&self) -> Option<Standing> {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what the request has left in the bucket.
    pub(super) fn note_standing(&self, standing: Standing) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = Some(standing);
    }

    /// Whether a mutation of this request was answered from an earlier request's record: `extensions.idempotency.replayed`.
    pub fn was_replayed(&self) -> bool {
        self.replayed.load(Ordering::Relaxed)
    }
}

/// What a command did, or what the user did wrong.
pub type Outcome<C> = Decided<<C as Command>::Output, <C as Command>::Error>;
/// What was done, or what the user did wrong.
pub type Decided<T, E> = std::result::Result<T, Vec<At<E>>>;

/// What every resolver needs of its context.
pub trait RequestContext {
    /// Who asks.
    fn actor(&self) -> &Actor;
    /// The request.
    fn caller(&self) -> &Caller;
    /// The services.
    fn services(&self) -> &Services;
    /// The loaders of this request.
    fn loaders(&self) -> &Loaders;
    /// Says that the answer depends on these, in case that it is kept.
    fn depends_on(&self, tags: impl IntoIterator<Item = Tag>);
    /// A database error as the client may see it; the log has the rest.
    fn fault(&self, error: impl Into<Broken>) -> Error;
    /// Checks the page arguments.
    fn page(&self, args: PageArgs) -> Result<Page>;
    /// The same for a list of `T`, which this field is; its rows are read for what the operation asks of them.
    fn page_of<T: Fields>(&self, args: PageArgs) -> Result<Page>;
    /// Runs a command under this request; the inner error is what the user did wrong.
    fn write<C: Command>(&self, command: C) -> impl Future<Output = Result<Outcome<C>>> + Send;
    /// The same for a command that can share its transaction with those that wait beside it.
    fn write_jointly<J: Joint>(
        &self,
        writer: &JointWriter<J>,
        command: J,
    ) -> impl Future<Output = Result<Decided<J::Output, J::Error>>> + Send;
}

impl RequestContext for Context<'_> {
    fn actor(&self) -> &Actor {
        &self.caller().actor
    }

    fn caller(&self) -> &Caller {
        self.data_unchecked::<Caller>()
    }

    fn services(&self) -> &Services {
        self.data_unchecked::<Services>()
    }

    fn loaders(&self) -> &Loaders {
        self.data_unchecked::<Loaders>()
    }

    fn depends_on(&self, tags: impl IntoIterator<Item = Tag>) {
        self.loaders().depends_on(tags);
    }

    fn fault(&self, error: impl Into<Broken>) -> Error {
        error::of_fault(&error.into().0, &self.caller().request_id)
    }

    fn page(&self, args: PageArgs) -> Result<Page> {
        Page::parse(args, self.services().pages).map_err(|error| ErrorCode::BadUserInput.with(&error))
    }

    fn page_of<T: Fields>(&self, args: PageArgs) -> Result<Page> {
        Ok(self.page(args)?.reading(columns::of_list::<T>(self)))
    }

    async fn write<C: Command>(&self, command: C) -> Result<Outcome<C>> {
        let (caller, meta) = (self.caller(), meta(self)?);
        let written = self.services().writer.write(&caller.actor, meta, command).await;
        self.loaders().forget();
        decided(caller, written)
    }

    async fn write_jointly<J: Joint>(
        &self,
        writer: &JointWriter<J>,
        command: J,
    ) -> Result<Decided<J::Output, J::Error>> {
        let (caller, meta) = (self.caller(), meta(self)?);
        let written = writer.write(&caller.actor, meta, command).await;
        self.loaders().forget();
        decided(caller, written)
    }
}

/// What the writer needs to know of the request.
fn meta(ctx: &Context<'_>) -> Result<Meta> {
    let caller = ctx.caller();
    let idempotency = caller.idempotency_key.clone().map(|key| idempotency(ctx, key)).transpose()?;
    Ok(Meta { request_id: caller.request_id.clone(), idempotency })
}

fn decided<T, E>(caller: &Caller, written: std::result::Result<Written<T, E>, WriteError>) -> Result<Decided<T, E>> {
    let written = written.map_err(|error| error::of_write(error, &caller.request_id))?;
    if written.replayed {
        caller.replayed.store(true, Ordering::Relaxed);
    }
    Ok(written.outcome)
}

/// A fault, from whichever layer it came.
pub struct Broken(Fault);

impl From<DbErr> for Broken {
    fn from(error: DbErr) -> Self {
        Self(error.into())
    }
}

impl From<LoadError> for Broken {
    fn from(error: LoadError) -> Self {
        let unavailable = constraint::is_unavailable(&error) || constraint::is_transient(&error);
        Self(if unavailable { Fault::Unavailable(error.to_string()) } else { Fault::Internal(error.to_string()) })
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

/// The key's scope and the fingerprint of what it was sent with: the mutation's name and its arguments after variables are filled in.
fn idempotency(ctx: &Context<'_>, key: String) -> Result<Idempotency> {
    let field = ctx.field();
    let arguments: BTreeMap<String, Value> =
        field.arguments()?.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    let text = serde_json::to_vec(&(
        field.name(),
        sorted(Value::Object(arguments.into_iter().map(|(k, v)| (async_graphql::Name::new(k), v)).collect())),
    ))
    .map_err(|error| Error::new(error.to_string()))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(ctx.services().fingerprint_key.as_ref())
        .map_err(|error| Error::new(error.to_string()))?;
    mac.update(&text);
    let fingerprint = mac.finalize().into_bytes().to_vec();
    Ok(Idempotency { field: field.alias().unwrap_or(field.name()).to_owned(), key, fingerprint })
}

/// The same value with the keys of every object in order: two texts of the same input have the same fingerprint.
fn sorted(value: Value) -> serde_json::Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, serde_json::Value> =
                fields.into_iter().map(|(name, value)| (name.to_string(), sorted(value))).collect();
            serde_json::Value::Object(fields.into_iter().collect())
        }
        Value::List(items) => serde_json::Value::Array(items.into_iter().map(sorted).collect()),
        other => other.into_json().unwrap_or(serde_json::Value::Null),
    }
}
