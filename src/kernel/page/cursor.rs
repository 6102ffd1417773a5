//! The opaque text that marks a place in an ordered list.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The longest cursor text that is read.
const MAX_TEXT: usize = 4_096;

/// The sort key of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    /// The list is sorted by the primary key alone.
    #[serde(rename = "-")]
    None,
    /// The sort column is NULL.
    #[serde(rename = "n")]
    Null,
    /// A number or a timestamp.
    #[serde(rename = "i")]
    Int(i64),
    /// Text.
    #[serde(rename = "t")]
    Text(String),
}

impl Key {
    /// The key of an optional text column.
    pub fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.to_owned()))
    }

    /// The key of an optional number or timestamp column.
    pub fn int(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Int)
    }

    /// The value to compare with, when there is one.
    pub(super) fn value(&self) -> Option<Value> {
        match self {
            Self::None | Self::Null => None,
            Self::Int(number) => Some((*number).into()),
            Self::Text(text) => Some(text.clone().into()),
        }
    }
}

/// A place in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The name of the order under which it was made.
    #[serde(rename = "o")]
    pub order: Cow<'static, str>,
    /// The sort key of the row.
    #[serde(rename = "k")]
    pub key: Key,
    /// The primary key of the row.
    #[serde(rename = "r")]
    pub id: Uuid,
}

impl Cursor {
    /// The opaque text.
    pub fn encode(&self) -> String {
        // A cursor holds only strings and numbers, which always serialize.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads the opaque text; `None` when it is not of ours.
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let cursor: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        // PostgreSQL takes no NUL byte in text; no row of ours holds one either.
        if matches!(&cursor.key, Key::Text(text) if text.contains('\0')) { None } else { Some(cursor) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back_as_itself(text in "[^\0]{0,40}", bits: u128) {
            let cursor = Cursor { order: "TITLE_ASC".into(), key: Key::Text(text), id: Uuid::from_u128(bits) };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,60}") {
            let _ = Cursor::decode(&text);
        }
    }
}
