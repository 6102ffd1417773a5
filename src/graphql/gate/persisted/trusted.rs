//! The trusted documents in their parsed form, each looked at once, at the start: they pass the same gate as any text,
//! and the schema's validation.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Executor, Request, Variables};

use super::manifest::{Entry, Manifest, ManifestError};
use super::named::hash;
use super::{Hash, hash_of};
use crate::graphql::gate::documents::Document;
use crate::graphql::gate::refusal::Refusal;
use crate::graphql::gate::{Gate, Inner, count};
use crate::graphql::validator;

/// Found by id or by hash.
#[derive(Default)]
pub(in crate::graphql::gate) struct Trusted {
    by_id: HashMap<String, Arc<Document>>,
    by_hash: HashMap<Hash, Arc<Document>>,
}

impl Trusted {
    /// By the id in the manifest, or by `sha256:` and the hash of the text.
    pub(super) fn by_id(&self, id: &str) -> Option<Arc<Document>> {
        let by_hash = || self.by_hash.get(&hash(id.strip_prefix("sha256:")?)?);
        self.by_id.get(id).or_else(by_hash).cloned()
    }

    pub(super) fn by_hash(&self, hash: &Hash) -> Option<Arc<Document>> {
        self.by_hash.get(hash).cloned()
    }
}

impl<E: Executor> Gate<E> {
    /// The same gate with the documents of `manifest` trusted. Each must be one that the gate lets in and that
    /// `validator`, which validates against the schema and executes nothing, finds valid.
    pub async fn trusting(mut self, manifest: Manifest, validator: &impl Executor) -> Result<Self, ManifestError> {
        let mut trusted = Trusted::default();
        for entry in manifest.0 {
            let document = self.inner.trustworthy(&entry, validator).await?;
            trusted.by_hash.insert(hash_of(&entry.text), Arc::clone(&document));
            trusted.by_id.insert(entry.id, document);
        }
        self.trusted = Arc::new(trusted);
        Ok(self)
    }
}

impl Inner {
    async fn trustworthy(&self, entry: &Entry, validator: &impl Executor) -> Result<Arc<Document>, ManifestError> {
        let told = |refusal: Refusal| entry.refused(refusal.into_error().message);
        let document = self.document(&entry.text).await.map_err(told)?;
        let counted = count::count(&document, &Variables::default(), &self.shape, &self.limits).map_err(told)?;
        for (name, _) in document.operations.iter() {
            let (_, cost) = counted.operation(name);
            if cost > self.limits.cost {
                return Err(told(Refusal::cost("cost", cost, self.limits.cost)));
            }
        }
        let mut request = Request::new("");
        request.set_parsed_query(ExecutableDocument::clone(&document));
        match validator::finding(&validator.execute(request).await) {
            None => Ok(document),
            Some(finding) => Err(entry.refused(finding)),
        }
    }
}
