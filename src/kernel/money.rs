//! Amounts of money: whole minor units and an ISO 4217 currency. No floating point comes near them.

use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use sea_orm::DeriveValueType;

/// The largest amount that is accepted, in minor units.
pub const MAX_MINOR: i64 = 1_000_000_000_000;

/// An ISO 4217 currency in use today, such as EUR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits after the decimal point: 2 for EUR, 0 for JPY, 3 for BHD.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

/// The text is not the code of a currency in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("is not an ISO 4217 currency code in use")]
pub struct UnknownCurrency;

impl std::str::FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let currency = iso_currency::Currency::from_code(text).ok_or(UnknownCurrency)?;
        let usable = currency.exponent().is_some() && currency.is_superseded().is_none() && !currency.is_special();
        if usable { Ok(Self(currency)) } else { Err(UnknownCurrency) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An amount of at least zero and at most [`MAX_MINOR`] minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// What can be wrong with an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum MoneyError {
    /// The text is not a plain decimal number.
    #[error("is not a decimal number such as 12.50")]
    Malformed,
    /// It is below zero.
    #[error("must not be negative")]
    Negative,
    /// It has more digits after the point than the currency.
    #[error("has too many decimals: {currency} takes {exponent}")]
    TooPrecise {
        /// The currency.
        currency: Currency,
        /// Its number of decimals.
        exponent: u32,
    },
    /// It is above [`MAX_MINOR`] minor units.
    #[error("is too large: at most {MAX_MINOR} minor units")]
    TooLarge,
}

impl Money {
    /// An amount from minor units (cents); what the database holds.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        match minor {
            i64::MIN..0 => Err(MoneyError::Negative),
            0..=MAX_MINOR => Ok(Self { minor, currency }),
            _ => Err(MoneyError::TooLarge),
        }
    }

    /// Reads a plain decimal number, such as `12.50`.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let plain = text.len() <= 30 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
        let amount = if plain { Decimal::from_str_exact(text).ok() } else { None }.ok_or(MoneyError::Malformed)?;
        Self::from_decimal(amount, currency)
    }

    /// An amount in major units.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(MoneyError::Negative);
        }
        let exponent = currency.exponent();
        let minor = amount.checked_mul(Decimal::from(10_u64.pow(exponent))).ok_or(MoneyError::TooLarge)?;
        if !minor.fract().is_zero() {
            return Err(MoneyError::TooPrecise { currency, exponent });
        }
        Self::from_minor(minor.to_i64().ok_or(MoneyError::TooLarge)?, currency)
    }

    /// Minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The amount in major units, with all decimals of the currency: `12.50`.
    pub fn amount(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().expect("a known currency")
    }

    proptest! {
        #[test]
        fn an_amount_reads_back_as_itself(minor in 0..=MAX_MINOR, code in prop::sample::select(vec!["EUR", "JPY", "BHD"])) {
            let money = Money::from_minor(minor, currency(code)).unwrap();
            prop_assert_eq!(Money::parse(&money.amount().to_string(), currency(code)), Ok(money));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = Money::parse(&text, currency("EUR"));
        }
    }

    #[test]
    fn the_currency_decides_the_decimals() {
        assert_eq!(Money::parse("12.5", currency("EUR")).map(Money::minor), Ok(1250));
        assert_eq!(
            Money::parse("12.505", currency("EUR")),
            Err(MoneyError::TooPrecise { currency: currency("EUR"), exponent: 2 })
        );
        assert_eq!(
            Money::parse("12.5", currency("JPY")),
            Err(MoneyError::TooPrecise { currency: currency("JPY"), exponent: 0 })
        );
        assert_eq!(Money::parse("-1", currency("EUR")), Err(MoneyError::Negative));
        assert_eq!(Money::parse("1e3", currency("EUR")), Err(MoneyError::Malformed));
    }

    #[test]
    fn codes_out_of_use_are_refused() {
        assert!("DEM".parse::<Currency>().is_err());
        assert!("XXX".parse::<Currency>().is_err());
        assert!("eur".parse::<Currency>().is_err());
    }
}
