//! `[persisted]`: documents that clients name instead of sending them. It knows no document.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persisted {
    /// Automatic persisted queries: clients may register a document under its SHA-256 and send only that from then on.
    pub automatic: bool,
    /// Documents registered by clients; a further one pushes out one that is asked for less. Anonymous callers have half of them, users the other half.
    pub automatic_documents: u64,
    /// Length in bytes of these documents together, halved alike.
    pub automatic_bytes: u64,
    /// A file of trusted documents, read at the start: JSON, Relay's `{"id": "document"}` or Apollo's operation manifest.
    pub manifest: Option<PathBuf>,
    /// Executes the documents of the manifest and nothing else.
    pub only_trusted: bool,
}

impl Default for Persisted {
    fn default() -> Self {
        Self {
            automatic: true,
            automatic_documents: 1_000,
            automatic_bytes: 4 * 1024 * 1024,
            manifest: None,
            only_trusted: false,
        }
    }
}
