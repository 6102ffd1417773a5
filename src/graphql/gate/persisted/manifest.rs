//! The file of trusted documents: its two formats. Pure; it does not know whether a document fits the schema.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::kernel::json::Strict;

const FORMAT: &str = "apollo-persisted-query-manifest";

/// The trusted documents as the operator gives them.
#[derive(Debug, Default)]
pub struct Manifest(pub(super) Vec<Entry>);

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub id: String,
    /// What the operation is called, where the file tells.
    pub name: Option<String>,
    pub text: String,
}

/// Why the trusted documents can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file could not be read.
    #[error("trusted documents: {path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a manifest.
    #[error("trusted documents: {0}")]
    Format(String),
    /// One document is not acceptable.
    #[error("trusted documents: {document}: {reason}")]
    Document {
        /// Its id, and its name where it has one.
        document: String,
        /// What is wrong.
        reason: String,
    },
}

impl Manifest {
    /// Reads `{"id": "document", …}` or Apollo's `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": […]}`.
    pub fn parse(json: &str) -> Result<Self, ManifestError> {
        let format = |reason: &str| ManifestError::Format(reason.to_owned());
        let whole: Members = serde_json::from_str(json).map_err(|error| format(&error.to_string()))?;
        let entries = match whole.get("format") {
            Some(Value::String(name)) if name == FORMAT => {
                if whole.get("version").and_then(Value::as_u64) != Some(1) {
                    return Err(format("only version 1 of Apollo's manifest is known"));
                }
                let operations = whole.get("operations").and_then(Value::as_array);
                let operations = operations.ok_or_else(|| format("Apollo's manifest has a list `operations`"))?;
                operations.iter().map(of_apollo).collect::<Result<Vec<_>, _>>()?
            }
            Some(_) | None => whole.0.into_iter().map(of_relay).collect::<Result<Vec<_>, _>>()?,
        };
        let mut ids = HashSet::new();
        match entries.iter().find(|entry| entry.id.is_empty() || !ids.insert(&entry.id)) {
            Some(entry) => Err(entry.refused("its id is empty or given twice")),
            None => Ok(Self(entries)),
        }
    }
}

/// The file's object, member by member: in a map, one of two documents of one id would be lost.
struct Members(Vec<(String, Value)>);

impl Members {
    fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some((key, Strict(value))) = entries.next_entry()? {
            members.push((key, value));
        }
        Ok(Members(members))
    }
}

impl Entry {
    /// Why this document is not acceptable.
    pub(super) fn refused(&self, reason: impl Into<String>) -> ManifestError {
        let document = match &self.name {
            Some(name) => format!("{name} ({})", self.id),
            None => self.id.clone(),
        };
        ManifestError::Document { document, reason: reason.into() }
    }
}

fn of_relay((id, document): (String, Value)) -> Result<Entry, ManifestError> {
    match document {
        Value::String(text) => Ok(Entry { id, name: None, text }),
        _ => Err(ManifestError::Document { document: id, reason: "the document must be a text".to_owned() }),
    }
}

fn of_apollo(operation: &Value) -> Result<Entry, ManifestError> {
    let text = |key| operation.get(key).and_then(Value::as_str).map(str::to_owned);
    if let (Some(id), Some(body)) = (text("id"), text("body")) {
        return Ok(Entry { id, name: text("name"), text: body });
    }
    let document = text("name").or_else(|| text("id")).unwrap_or_else(|| "an operation".to_owned());
    Err(ManifestError::Document { document, reason: "it must have an `id` and a `body`".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_are_read() {
        let relay = Manifest::parse(r#"{"a":"{f}","b":"{g}"}"#).unwrap();
        assert_eq!(relay.0[1], Entry { id: "b".to_owned(), name: None, text: "{g}".to_owned() });
        let apollo = r#"{"format":"apollo-persisted-query-manifest","version":1,
            "operations":[{"id":"1","name":"F","type":"query","body":"query F{f}"}]}"#;
        let apollo = Manifest::parse(apollo).unwrap();
        assert_eq!(apollo.0[0].name.as_deref(), Some("F"));
    }

    #[test]
    fn a_file_that_is_no_manifest_is_refused_and_the_document_named() {
        for (json, word) in [
            ("", "EOF"),
            ("[]", "object"),
            (r#"{"a":1}"#, "a: the document must be a text"),
            (r#"{"":"{f}"}"#, "id"),
            (r#"{"a":"{f}","b":"{g}","a":"{f}"}"#, "a: its id is empty or given twice"),
            (r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"1","id":"2"}]}"#, "twice"),
            (r#"{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}"#, "version 1"),
            (r#"{"format":"apollo-persisted-query-manifest","version":1}"#, "operations"),
            (r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"1","name":"F"}]}"#, "F: "),
            (
                r#"{"format":"apollo-persisted-query-manifest","version":1,
                    "operations":[{"id":"1","name":"F","body":"{f}"},{"id":"1","name":"G","body":"{g}"}]}"#,
                "G (1)",
            ),
        ] {
            let error = Manifest::parse(json).unwrap_err().to_string();
            assert!(error.contains(word), "{json}: {error}");
        }
    }
}
