//! Numbers of units. One type for what is there and one for a change, both bounded, so that no sum can overflow.

use sea_orm::DeriveValueType;

use super::text::InputError;

/// The largest number of units of one variant at one location, and the largest change: it fits GraphQL's `Int`.
pub const MAX: i64 = 1_000_000_000;

/// A number of units from 0 to [`MAX`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, serde::Serialize, serde::Deserialize,
)]
pub struct Quantity(i64);

impl Quantity {
    /// No units.
    pub const ZERO: Self = Self(0);

    /// Checks the range.
    pub fn new(units: i64) -> Result<Self, InputError> {
        if (0..=MAX).contains(&units) { Ok(Self(units)) } else { Err(InputError::out_of_range(0, MAX)) }
    }

    /// The number of units.
    pub fn units(self) -> i64 {
        self.0
    }

    /// The change that leads from here to `target`.
    pub fn delta_to(self, target: Self) -> i64 {
        target.0 - self.0
    }
}

/// A change from −[`MAX`] to [`MAX`] that is not zero.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, serde::Serialize, serde::Deserialize,
)]
pub struct Delta(i64);

impl Delta {
    /// Checks the range.
    pub fn new(units: i64) -> Result<Self, InputError> {
        if units == 0 {
            Err(InputError::malformed("a change of zero units changes nothing"))
        } else if (-MAX..=MAX).contains(&units) {
            Ok(Self(units))
        } else {
            Err(InputError::out_of_range(-MAX, MAX))
        }
    }

    /// The signed number of units.
    pub fn units(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_the_range_is_accepted(units: i64) {
            prop_assert_eq!(Quantity::new(units).is_ok(), (0..=MAX).contains(&units));
            prop_assert_eq!(Delta::new(units).is_ok(), units != 0 && (-MAX..=MAX).contains(&units));
        }
    }
}
