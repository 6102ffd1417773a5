//! From the text of a cell to its value. Each refusal names the rule; the caller adds line and column.

use std::collections::HashSet;

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::{draft::PublicationStatus, problem::excerpt};

/// An amount of money: digits, at most one point, no sign, no separators, no currency.
pub(super) fn amount(text: &str) -> Result<Decimal, String> {
    decimal(text).ok_or_else(|| format!("{} is not an amount such as 12.50", excerpt(text)))
}

/// A weight in grams; zero is how Shopify writes that it knows none.
pub(super) fn grams(text: &str) -> Result<Option<i64>, String> {
    let refused = || format!("{} is not a weight in grams such as 250", excerpt(text));
    let exact = decimal(text).ok_or_else(refused)?;
    let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    let whole = rounded.to_i64().ok_or_else(refused)?;
    Ok((whole != 0).then_some(whole))
}

/// What is wrong with a number of units.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum QuantityProblem {
    /// The shop sold more than it had.
    Negative(String),
    /// No number of units at all.
    NotWhole(String),
}

/// A number of units in stock.
pub(super) fn quantity(text: &str) -> Result<i64, QuantityProblem> {
    match text.parse::<i64>() {
        Err(_) => Err(QuantityProblem::NotWhole(format!("{} is not a whole number of units", excerpt(text)))),
        Ok(units) if units < 0 => Err(QuantityProblem::Negative(format!(
            "{} is negative; stock can't be, so none is booked for this variant",
            excerpt(text)
        ))),
        Ok(units) => Ok(units),
    }
}

/// `true` or `false`.
pub(super) fn truth(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("{} is neither `true` nor `false`", excerpt(text))),
    }
}

/// The `Status` column.
pub(super) fn status(text: &str) -> Result<PublicationStatus, String> {
    match text.to_lowercase().as_str() {
        "active" => Ok(PublicationStatus::Active),
        "draft" => Ok(PublicationStatus::Draft),
        "archived" => Ok(PublicationStatus::Archived),
        _ => Err(format!("{} is none of `active`, `draft`, `archived`", excerpt(text))),
    }
}

/// Tags between commas, each once.
pub(super) fn tags(text: &str) -> Vec<String> {
    let mut met = HashSet::new();
    let tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    tags.filter(|tag| met.insert(tag.to_lowercase())).map(str::to_owned).collect()
}

/// A path such as `Home & Garden > Lighting`.
pub(super) fn category(text: &str) -> Vec<String> {
    text.split('>').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// HTML without anything that could run or load in a reader's page.
pub(super) fn html(text: &str) -> String {
    ammonia::clean(text).trim().to_owned()
}

fn decimal(text: &str) -> Option<Decimal> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    if plain && begins { Decimal::from_str_exact(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_plain_decimals() {
        assert_eq!(amount("42.99").unwrap().to_string(), "42.99");
        assert_eq!(amount("50").unwrap().to_string(), "50");
        for text in ["", "-1", "+1", "1e3", "1,234.00", "$5", "1_000", ".5", "1.2.3", "NaN", "９", &"9".repeat(40)] {
            assert!(amount(text).is_err(), "{text}");
        }
    }

    #[test]
    fn grams_are_rounded_and_zero_is_unknown() {
        assert_eq!(grams("28"), Ok(Some(28)));
        assert_eq!(grams("453.5924"), Ok(Some(454)));
        assert_eq!(grams("0"), Ok(None));
        assert_eq!(grams("0.0"), Ok(None));
        assert!(grams("99999999999999999999").is_err());
        assert!(grams("1 kg").is_err());
    }

    #[test]
    fn quantities_are_whole_and_not_negative() {
        assert_eq!(quantity("7"), Ok(7));
        assert_eq!(quantity("0"), Ok(0));
        assert!(matches!(quantity("-3"), Err(QuantityProblem::Negative(_))));
        for text in ["1.5", "many", "9223372036854775808", "+-1"] {
            assert!(matches!(quantity(text), Err(QuantityProblem::NotWhole(_))), "{text}");
        }
    }

    #[test]
    fn tags_are_trimmed_and_repeated_ones_dropped() {
        assert_eq!(tags("Gold, Leather,, gold , "), ["Gold", "Leather"]);
        assert!(tags(" , ").is_empty());
    }

    #[test]
    fn html_keeps_its_structure_and_loses_what_runs() {
        let dirty =
            "<p onclick=x()>Soft<script>steal()</script> <a href=\"javascript:x\">wool</a></p><ul><li>warm</li></ul>";
        let clean = html(dirty);
        assert!(clean.starts_with("<p>Soft "), "{clean}");
        assert!(clean.ends_with("<ul><li>warm</li></ul>"), "{clean}");
        assert!(!clean.contains("script") && !clean.contains("onclick"), "{clean}");
        assert_eq!(html(&clean), clean);
    }
}
