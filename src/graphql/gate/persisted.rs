//! Documents that are named instead of sent: those that clients register under their SHA-256 (automatic persisted
//! queries), and the trusted ones that the operator gives. It knows no transport and executes nothing.

mod manifest;
mod named;
mod registered;
mod trusted;

use std::sync::Arc;

use async_graphql::Request;
use sha2::{Digest as _, Sha256};

pub use self::manifest::{Manifest, ManifestError};
pub use self::named::DocumentId;
pub(super) use self::named::Named;
use self::registered::Registered;
pub(super) use self::trusted::Trusted;
use super::Inner;
use super::documents::Document;
use super::refusal::Refusal;
use crate::config;
use crate::graphql::error::ErrorCode;
use crate::graphql::request::Caller;
use crate::kernel::actor::Identity;

/// The SHA-256 of a document's text.
type Hash = [u8; 32];

/// Why a document that was named, or sent where only named ones run, is not executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// There is no document of this name, or no more.
    NotFound,
    /// Clients can't register documents here, or not by this protocol.
    NotSupported,
    /// The text sent along is another.
    Mismatch,
    /// Only trusted documents run, and this is none.
    Untrusted,
}

impl Problem {
    /// How the client is told. Clients of automatic persisted queries look for the first two, by code or by message.
    pub(super) fn told(self) -> (ErrorCode, &'static str) {
        match self {
            Self::NotFound => (ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound"),
            Self::NotSupported => (ErrorCode::PersistedQueryNotSupported, "PersistedQueryNotSupported"),
            Self::Mismatch => (
                ErrorCode::PersistedQueryMismatch,
                "extensions.persistedQuery.sha256Hash is not the SHA-256 of `query`.",
            ),
            Self::Untrusted => (ErrorCode::UntrustedDocument, "This server executes trusted documents only."),
        }
    }
}

/// What is kept of named documents besides the trusted ones.
pub(super) struct Persisted {
    only_trusted: bool,
    registered: Option<Registered>,
}

impl Persisted {
    pub(super) fn new(config: &config::Persisted) -> Self {
        let registers = config.automatic && !config.only_trusted;
        Self { only_trusted: config.only_trusted, registered: registers.then(|| Registered::new(config)) }
    }
}

impl Inner {
    /// The document that `request` asks for, by its text or by a name, in its parsed form.
    pub(super) async fn requested(
        &self,
        request: &Request,
        trusted: &Trusted,
        caller: Option<&Caller>,
    ) -> Result<Arc<Document>, Refusal> {
        let text = request.query.as_str();
        match Named::of(request)? {
            Named::Id(id) => Ok(trusted.by_id(id).ok_or(Problem::NotFound)?),
            Named::Hash { hash, .. } if hash.is_some_and(|hash| !text.is_empty() && hash != hash_of(text)) => {
                Err(Problem::Mismatch.into())
            }
            Named::Hash { name, hash } => {
                let known = trusted.by_id(name).or_else(|| hash.and_then(|hash| trusted.by_hash(&hash)));
                match (known, hash) {
                    (Some(document), _) if text.is_empty() || hash.is_some() => Ok(document),
                    (_, None) => Err(Problem::NotSupported.into()),
                    (_, Some(hash)) => self.automatic(hash, text, caller).await,
                }
            }
            Named::Text if self.persisted.only_trusted => {
                Ok(trusted.by_hash(&hash_of(text)).ok_or(Problem::Untrusted)?)
            }
            Named::Text => self.document(text).await,
        }
    }

    /// Automatic persisted queries: the document registered under `hash`, or `text`, whose hash it is, to be registered.
    async fn automatic(&self, hash: Hash, text: &str, caller: Option<&Caller>) -> Result<Arc<Document>, Refusal> {
        let Some(registered) = &self.persisted.registered else {
            let reason = match (self.persisted.only_trusted, text.is_empty()) {
                (true, true) => Problem::NotFound,
                (true, false) => Problem::Untrusted,
                (false, _) => Problem::NotSupported,
            };
            return Err(reason.into());
        };
        if text.is_empty() {
            let text = registered.get(&hash).await.ok_or(Problem::NotFound)?;
            return self.parsed(hash, &text).await;
        }
        let document = self.document(text).await?;
        // Only now: what the scan or the parser refuses is never kept.
        registered.insert(hash, text, caller.is_some_and(is_known)).await;
        Ok(document)
    }
}

fn is_known(caller: &Caller) -> bool {
    !matches!(caller.actor.identity(), Identity::Anonymous)
}

fn hash_of(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::{EmptyMutation, EmptySubscription, Executor as _, Object, Schema, value};

    use super::*;
    use crate::config::Config;
    use crate::graphql::gate::{Described, Gate, Schemas};
    use crate::kernel::clock::Clock;
    use crate::kernel::freshness::Freshness;

    struct Query;

    #[Object]
    impl Query {
        async fn one(&self) -> i32 {
            1
        }
        async fn two(&self) -> i32 {
            2
        }
    }

    fn asked(text: &str, hash: Hash) -> Request {
        let mut request = Request::new(text);
        let hash = hash.map(|byte| format!("{byte:02x}")).concat();
        request.extensions.insert("persistedQuery".to_owned(), value!({ "version": 1, "sha256Hash": hash }));
        request
    }

    #[tokio::test]
    async fn a_hit_runs_what_was_parsed_before_and_looks_at_no_text() {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let sdl = schema.sdl();
        let gate = Gate::new(
            Schemas::checking_only(schema),
            Described::unknown(&sdl),
            &Config::default(),
            &Clock::system(),
            Freshness::default(),
        )
        .unwrap();
        let hash = hash_of("{ one }");
        assert_eq!(gate.execute(asked("{ one }", hash)).await.data, value!({ "one": 1 }));

        // Another document in place of the parsed form: were the text parsed again, it would not run.
        gate.inner.documents.insert(hash, Arc::new(Document::new(parse_query("{ two }").unwrap()))).await;
        assert_eq!(gate.execute(asked("", hash)).await.data, value!({ "two": 2 }));

        gate.inner.documents.invalidate(&hash).await;
        assert_eq!(gate.execute(asked("", hash)).await.data, value!({ "one": 1 }), "the text is kept for longer");
    }
}
