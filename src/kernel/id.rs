//! Typed identifiers: UUIDv7 in the database, TypeID text (`product_01jd…`) outside, and the source that makes them.
//!
//! It must not know which entities exist; each slice declares its own with [`id!`](crate::id).

use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

/// A typed id. Its text form is `<PREFIX>_<26 characters of Crockford base32>` (the TypeID specification, version 0.3).
pub trait Id: Copy + Eq + Ord + std::hash::Hash + fmt::Debug + Send + Sync + 'static {
    /// The lower-case prefix of the text form, such as `product`.
    const PREFIX: &'static str;

    /// Wraps a raw UUID.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The raw UUID.
    fn uuid(self) -> Uuid;
}

/// What can be wrong with the text form of an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It is not a TypeID at all.
    #[error("is not an id: expected `{expected}_` followed by 26 characters")]
    Malformed {
        /// The prefix that was expected.
        expected: &'static str,
    },
    /// It is the id of another kind of object.
    #[error("is the id of another type: expected prefix `{expected}`, got `{got}`")]
    WrongPrefix {
        /// The prefix that was expected.
        expected: &'static str,
        /// The prefix that was given.
        got: String,
    },
}

/// Reads the text form of an id of type `T`.
pub fn parse<T: Id>(text: &str) -> Result<T, IdError> {
    let (prefix, uuid) = split(text).ok_or(IdError::Malformed { expected: T::PREFIX })?;
    if prefix == T::PREFIX {
        Ok(T::from_uuid(uuid))
    } else {
        Err(IdError::WrongPrefix { expected: T::PREFIX, got: prefix })
    }
}

/// Splits the text form of any id into its prefix and its UUID.
pub fn split(text: &str) -> Option<(String, Uuid)> {
    // The parser cuts a prefix that is too long at a byte, and panics where that is inside a character.
    if text.len() > 90 || !text.is_ascii() {
        return None;
    }
    let id = TypeSafeId::<DynamicType>::from_str(text).ok()?;
    Some((id.type_prefix().to_owned(), id.uuid()))
}

/// Writes the text form of an id.
pub fn format(prefix: &str, uuid: Uuid) -> String {
    DynamicType::new(prefix)
        .map_or_else(|_| uuid.to_string(), |prefix| TypeSafeId::from_type_and_uuid(prefix, uuid).to_string())
}

/// Declares an id newtype with its prefix, usable as an entity column, a JSON value and a loader key.
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::DeriveValueType)]
        pub struct $name(pub uuid::Uuid);

        impl $crate::kernel::id::Id for $name {
            const PREFIX: &'static str = $prefix;

            fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::kernel::id::format($prefix, self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                $crate::kernel::id::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Makes new ids.
pub trait IdSource: Send + Sync + 'static {
    /// A UUID that no call has returned before.
    fn next(&self) -> Uuid;
}

/// A shared handle on the id source.
#[derive(Clone)]
pub struct Ids(Arc<dyn IdSource>);

impl Ids {
    /// Ids ordered by time (UUIDv7), for production.
    pub fn time_ordered() -> Self {
        Self(Arc::new(TimeOrdered))
    }

    /// Ids counted up from one, for snapshots.
    pub fn counting() -> Self {
        Self(Arc::new(Counting(AtomicU64::new(1))))
    }

    /// A new id of type `T`.
    pub fn make<T: Id>(&self) -> T {
        T::from_uuid(self.0.next())
    }
}

struct TimeOrdered;

impl IdSource for TimeOrdered {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

struct Counting(AtomicU64);

impl IdSource for Counting {
    fn next(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | u128::from(count))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    id!(
        /// An id for these tests.
        CrateId, "crate"
    );

    proptest! {
        #[test]
        fn every_id_reads_back_as_itself(bits: u128) {
            let id = CrateId(Uuid::from_u128(bits));
            prop_assert_eq!(parse::<CrateId>(&id.to_string()), Ok(id));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,120}") {
            let _ = parse::<CrateId>(&text);
        }
    }

    #[test]
    fn a_long_text_of_long_characters_is_refused() {
        assert!(parse::<CrateId>(&"\u{a935a}".repeat(20)).is_err());
    }

    #[test]
    fn another_types_id_is_refused_with_both_prefixes() {
        let got = parse::<CrateId>(&format("barrel", Uuid::nil()));
        assert_eq!(got, Err(IdError::WrongPrefix { expected: "crate", got: "barrel".to_owned() }));
    }

    #[test]
    fn counted_ids_differ_and_ascend() {
        let ids = Ids::counting();
        let (first, second): (CrateId, CrateId) = (ids.make(), ids.make());
        assert!(first < second);
    }
}
