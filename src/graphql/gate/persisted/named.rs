//! How a request names its document. Pure.

use async_graphql::{Request, Value};

use super::{Hash, Problem};
use std::any::TypeId;

/// The id of a trusted document, put into the request's data by the transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentId(pub String);

/// By what a request tells which document is to run.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::graphql::gate) enum Named<'a> {
    /// It sends the text.
    Text,
    /// By the id of a trusted document.
    Id(&'a str),
    /// By `extensions.persistedQuery.sha256Hash`, which is an id of a trusted document or the hash of any.
    Hash {
        /// As it was sent.
        name: &'a str,
        /// None when it is no SHA-256.
        hash: Option<Hash>,
    },
}

impl<'a> Named<'a> {
    pub(in crate::graphql::gate) fn of(request: &'a Request) -> Result<Self, Problem> {
        let id = request.data.get(&TypeId::of::<DocumentId>()).and_then(|id| id.downcast_ref::<DocumentId>());
        if let Some(DocumentId(id)) = id {
            return Ok(Self::Id(id));
        }
        let extension = match request.extensions.get("persistedQuery") {
            None | Some(Value::Null) => return Ok(Self::Text),
            Some(Value::Object(extension)) => extension,
            Some(_) => return Err(Problem::NotSupported),
        };
        let version = extension.get("version");
        let is_first = matches!(version, Some(Value::Number(version)) if version.as_u64() == Some(1));
        match extension.get("sha256Hash") {
            Some(Value::String(name)) if is_first => Ok(Self::Hash { name, hash: hash(name) }),
            Some(_) | None => Err(Problem::NotSupported),
        }
    }
}

/// Reads a SHA-256 in hexadecimal.
pub(super) fn hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if text.len() != 2 * hash.len() {
        return None;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(high)? * 16 + digit(low)?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    fn named(extension: Value) -> Request {
        let mut request = Request::new("");
        request.extensions.insert("persistedQuery".to_owned(), extension);
        request
    }

    #[test]
    fn a_request_names_its_document_by_text_id_or_hash() {
        assert_eq!(Named::of(&Request::new("{f}")), Ok(Named::Text));
        assert_eq!(Named::of(&Request::new("").data(DocumentId("a".to_owned()))), Ok(Named::Id("a")));
        let hex = "00ff".repeat(16);
        let request = named(value!({ "version": 1, "sha256Hash": hex.clone() }));
        let Ok(Named::Hash { name, hash: Some(hash) }) = Named::of(&request) else { panic!("no hash") };
        assert_eq!((name, hash[0], hash[1]), (hex.as_str(), 0, 255));
    }

    #[test]
    fn what_is_not_the_first_version_of_the_protocol_is_not_supported() {
        for other in [
            value!({ "version": 2, "sha256Hash": "00" }),
            value!({ "sha256Hash": "00" }),
            value!({ "version": "1", "sha256Hash": "00" }),
            value!({ "version": 1, "sha256Hash": 5 }),
            value!({ "version": 1 }),
            value!([1]),
        ] {
            assert_eq!(Named::of(&named(other.clone())), Err(Problem::NotSupported), "{other}");
        }
    }

    #[test]
    fn a_hash_has_64_hexadecimal_digits() {
        assert!(hash(&"aF".repeat(32)).is_some());
        for other in ["", "00", &"0g".repeat(32), &"é".repeat(32), &"00".repeat(33)] {
            assert_eq!(hash(other), None, "{other}");
        }
    }
}
