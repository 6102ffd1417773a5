//! JSON from outside: every object names a key once. Two readers that disagree on which of two equal keys counts are a way
//! around checks, so a text with such keys is refused. It knows nothing of what the JSON means.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A JSON value without repeated keys.
pub struct Strict(pub Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom("a key is given twice in one object"));
            }
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::Strict;

    fn read(text: &str) -> Option<serde_json::Value> {
        serde_json::from_str::<Strict>(text).ok().map(|strict| strict.0)
    }

    #[test]
    fn a_repeated_key_is_refused_at_every_level() {
        assert_eq!(read(r#"{"a":1,"a":2}"#), None);
        assert_eq!(read(r#"{"a":[{"b":1,"b":1}]}"#), None);
        assert_eq!(read(r#"{"a":1,"\u0061":2}"#), None);
        assert_eq!(read(r#"{"a":{"b":1},"b":1}"#), Some(json!({"a":{"b":1},"b":1})));
    }

    #[test]
    fn a_thousand_levels_are_refused_and_not_recursed_into() {
        assert_eq!(read(&format!("{}{}", "[".repeat(1_000), "]".repeat(1_000))), None);
    }

    proptest! {
        #[test]
        fn json_without_repeated_keys_reads_as_usual(
            text in "[a-z\"\\\\é]{0,8}", number: i64, big: u64, float in -1e9..1e9f64, flag: bool,
        ) {
            let value = json!({ "t": text, "n": number, "u": big, "f": float, "l": [flag, null], "o": {} });
            prop_assert_eq!(read(&value.to_string()), serde_json::from_str(&value.to_string()).ok());
        }
    }
}
