//! The scalars, money, and the way ids come in and go out.

use async_graphql::{
    ID, InputObject, InputValueError, InputValueResult, Result, Scalar, ScalarType, SimpleObject, Value,
};
use rust_decimal::Decimal;

use super::error::ErrorCode;
use crate::kernel::clock::Timestamp;
use crate::kernel::id::{self, Id};
use crate::kernel::money;

/// A moment, in RFC 3339 with an offset, such as `2026-11-24T10:00:00Z`. Answers are in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime(pub Timestamp);

/// A moment, in RFC 3339 with an offset, such as `2026-11-24T10:00:00Z`. Answers are in UTC.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Timestamp::parse(text)
                .map(Self)
                .ok_or_else(|| InputValueError::custom("not an RFC 3339 timestamp such as 2026-11-24T10:00:00Z")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<Timestamp> for DateTime {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

/// An exact decimal number as a string, such as `"12.50"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecimalText(pub String);

/// An exact decimal number as a string, such as `"12.50"`.
#[Scalar(name = "Decimal")]
impl ScalarType for DecimalText {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            Value::Number(_) => {
                Err(InputValueError::custom("a decimal is a string such as \"12.50\", so that no digit is lost"))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl From<Decimal> for DecimalText {
    fn from(number: Decimal) -> Self {
        Self(number.to_string())
    }
}

/// The code of a currency in use, from ISO 4217, such as `EUR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyCode(pub String);

/// The code of a currency in use, from ISO 4217, such as `EUR`.
#[Scalar(specified_by_url = "https://en.wikipedia.org/wiki/ISO_4217")]
impl ScalarType for CurrencyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// An amount of money.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(cache_control(max_age = 300))]
pub struct Money {
    /// The amount in major units with all decimals of the currency, such as `"12.50"`.
    pub amount: DecimalText,
    /// The currency.
    pub currency: CurrencyCode,
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Self { amount: money.amount().into(), currency: CurrencyCode(money.currency().code().to_owned()) }
    }
}

/// An amount of money, as input.
#[derive(Debug, Clone, InputObject)]
pub struct MoneyInput {
    /// The amount in major units, with no more decimals than the currency has, such as `"12.50"`.
    pub amount: DecimalText,
    /// The currency.
    pub currency: CurrencyCode,
}

/// The outside form of an id.
pub fn id<T: Id + std::fmt::Display>(id: T) -> ID {
    ID(id.to_string())
}

/// Reads an id that stands directly in a field's arguments: a wrong one is an error of the request.
pub fn read_id<T: Id>(argument: &str, text: &ID) -> Result<T> {
    id::parse(text).map_err(|error| ErrorCode::BadUserInput.with(&format!("{argument} {error}")))
}
