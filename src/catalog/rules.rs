//! The decisions of the slice: pure functions and parsed values, without database, time or async.

mod barcode;
pub mod change;
pub mod whole;

pub use barcode::{barcode, printed_code, same_codes};

use sea_orm::DeriveValueType;

use self::change::Backorder;
use super::entity::product::Status;
use super::entity::product_variant::BackorderPolicy;
use crate::kernel::text::{self, InputError};

/// Options of one product at most.
pub const MAX_OPTIONS: usize = 3;

/// Values of one option at most.
pub const MAX_OPTION_VALUES: usize = 100;

/// Variants of one product at most.
pub const MAX_VARIANTS: usize = 100;

/// Tags of one product at most.
pub const MAX_TAGS: usize = 250;

/// How deep the category tree may be.
pub const MAX_CATEGORY_DEPTH: usize = 10;

/// The heaviest variant, in grams: a thousand tonnes.
pub const MAX_WEIGHT_GRAMS: i64 = 1_000_000_000;

/// The last place of a category among its siblings.
const MAX_POSITION: i64 = 1_000_000;

/// The longest handle, in characters.
const MAX_HANDLE: usize = 255;

/// A unique name in addresses: lower-case letters, digits and single hyphens between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, DeriveValueType, serde::Serialize, serde::Deserialize)]
pub struct Handle(String);

impl Handle {
    /// Checks the form.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        let handle = text::line(text, MAX_HANDLE)?;
        let form = handle.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || (c.is_alphabetic() && !c.is_uppercase()))
        });
        if form {
            Ok(Self(handle))
        } else {
            Err(InputError::malformed("lower-case letters, digits and single hyphens between them"))
        }
    }

    /// The handle that a title suggests; `fallback` when the title has no letter or digit.
    pub fn from_title(title: &str, fallback: &str) -> Self {
        let mut handle = String::new();
        for word in title.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
            let word: String =
                word.chars().filter(|c| c.is_ascii_digit() || (c.is_alphabetic() && !c.is_uppercase())).collect();
            if !word.is_empty() && handle.chars().count() + word.chars().count() < MAX_HANDLE - 8 {
                if !handle.is_empty() {
                    handle.push('-');
                }
                handle.push_str(&word);
            }
        }
        Self(if handle.is_empty() { fallback.to_owned() } else { handle })
    }

    /// The first of `self`, `self-2`, `self-3` … that is not in `taken`.
    #[must_use]
    pub fn unique_among(self, taken: &std::collections::HashSet<String>) -> Self {
        if !taken.contains(&self.0) {
            return self;
        }
        let free = (2..=u64::MAX).map(|number| format!("{}-{number}", self.0)).find(|handle| !taken.contains(handle));
        Self(free.unwrap_or(self.0))
    }

    /// The handle.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stock keeping unit: one line of 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, serde::Serialize, serde::Deserialize)]
pub struct Sku(String);

impl Sku {
    /// Checks the form. The case is kept, and counts.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        text::line(text, 64).map(Self)
    }

    /// The SKU.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A product's title: one line of 1 to 255 characters.
pub fn title(text: &str) -> Result<String, InputError> {
    text::line(text, 255)
}

/// A category's name: one line of 1 to 255 characters.
pub fn category_name(text: &str) -> Result<String, InputError> {
    text::line(text, 255)
}

/// A vendor or product type: one line of at most 255 characters; nothing when it is empty.
pub fn optional_label(text: &str) -> Result<Option<String>, InputError> {
    text::optional_line(text, 255).map(|text| (!text.is_empty()).then_some(text))
}

/// Some lines of plain text about a category: at most 5,000 characters.
pub fn category_description(text: &str) -> Result<String, InputError> {
    text::block(text, 5_000)
}

/// A description in HTML, at most 65,536 characters: what could run or load code is taken out.
pub fn description(html: &str) -> Result<String, InputError> {
    Ok(ammonia::clean(&text::block(html, 65_536)?))
}

/// The name of an option, or one of its values: one line of 1 to 255 characters.
pub fn option_text(text: &str) -> Result<String, InputError> {
    text::line(text, 255)
}

/// How far a variant may be promised beyond its stock: a limit goes with the policy that has one, and with no other.
pub fn backorder(policy: BackorderPolicy, limit: Option<i64>) -> Result<Backorder, InputError> {
    match (policy, limit) {
        (BackorderPolicy::AllowUpTo, Some(units)) if (0..=1_000_000_000).contains(&units) => {
            Ok(Backorder { policy, limit })
        }
        (BackorderPolicy::AllowUpTo, Some(_)) => Err(InputError::out_of_range(0, 1_000_000_000)),
        (BackorderPolicy::AllowUpTo, None) => Err(InputError::malformed("the policy ALLOW_UP_TO needs a limit")),
        (BackorderPolicy::Deny | BackorderPolicy::Allow, None) => Ok(Backorder { policy, limit }),
        (BackorderPolicy::Deny | BackorderPolicy::Allow, Some(_)) => {
            Err(InputError::malformed("only the policy ALLOW_UP_TO has a limit"))
        }
    }
}

/// A weight in grams.
pub fn weight_grams(grams: i64) -> Result<i64, InputError> {
    if (0..=MAX_WEIGHT_GRAMS).contains(&grams) { Ok(grams) } else { Err(InputError::out_of_range(0, MAX_WEIGHT_GRAMS)) }
}

/// The place of a category among its siblings.
pub fn position(place: i64) -> Result<i64, InputError> {
    if (0..=MAX_POSITION).contains(&place) { Ok(place) } else { Err(InputError::out_of_range(0, MAX_POSITION)) }
}

/// A set of tags, each one line of 1 to 255 characters: sorted, without repetitions.
pub fn tags(tags: &[String]) -> Result<Vec<String>, InputError> {
    let mut tags = tags.iter().map(|tag| text::line(tag, 255)).collect::<Result<Vec<_>, _>>()?;
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > MAX_TAGS { Err(InputError::TooMany { max: MAX_TAGS }) } else { Ok(tags) }
}

/// The title of a variant with these option values.
pub fn variant_title(values: &[String]) -> String {
    if values.is_empty() { "Default".to_owned() } else { values.join(" / ") }
}

/// Text that is equal for two variants of a product exactly when they have the same option values.
pub fn option_key(values: &[String]) -> String {
    // Values hold no control character, so the separator cannot occur in one.
    values.join("\u{1f}")
}

/// Whether a product may go from one status to another. Only what is archived must become a draft before it is sold again.
pub fn may_become(from: Status, to: Status) -> bool {
    !matches!((from, to), (Status::Archived, Status::Active))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_handle_made_from_any_title_has_the_form_of_a_handle(title in "\\PC{0,300}") {
            let handle = Handle::from_title(&title, "product");
            prop_assert_eq!(Handle::parse(handle.as_str()), Ok(handle.clone()), "from {:?}", title);
        }

        #[test]
        fn tags_are_a_set(tags in prop::collection::vec("[a-c ]{1,3}", 0..20)) {
            if let Ok(parsed) = super::tags(&tags) {
                let mut set = parsed.clone();
                set.sort_unstable();
                set.dedup();
                prop_assert_eq!(parsed, set);
            }
        }
    }

    #[test]
    fn a_taken_handle_gets_the_next_free_number() {
        let taken = ["tent".to_owned(), "tent-2".to_owned()].into();
        assert_eq!(Handle::from_title("Tent!", "product").unique_among(&taken).as_str(), "tent-3");
    }

    #[test]
    fn scripts_do_not_survive_in_a_description() {
        let html = "<p onclick=\"x()\">Hi<script>alert(1)</script> <a href=\"javascript:x()\">there</a></p>";
        assert_eq!(description(html).as_deref(), Ok("<p>Hi <a rel=\"noopener noreferrer\">there</a></p>"));
    }

    #[test]
    fn skus_are_bounded_and_printable() {
        assert!(Sku::parse("").is_err() && Sku::parse(&"x".repeat(65)).is_err() && Sku::parse("a\tb").is_err());
        assert_eq!(Sku::parse(" T-1 ").map(|sku| sku.as_str().to_owned()), Ok("T-1".to_owned()));
    }
}
