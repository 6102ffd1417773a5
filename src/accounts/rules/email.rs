//! An e-mail address: the form to write to and show, and the key under which it is unique.

use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization as _;

use crate::kernel::text::{self, InputError};

/// The longest address that SMTP can deliver to (RFC 5321: a path of 256 octets less its brackets).
const MAX_BYTES: usize = 254;

/// A well-formed address with a dotted domain, without a display name or a literal IP address.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    address: String,
    key: String,
}

impl Email {
    /// Reads an address as a person types it: blanks around it are dropped, its letters composed (NFC).
    pub fn parse(text: &str) -> Result<Self, InputError> {
        let address: String = text::line(text, MAX_BYTES)?.nfc().collect();
        if address.len() > MAX_BYTES {
            return Err(InputError::TooLong { max: MAX_BYTES });
        }
        let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
        if EmailAddress::parse_with_options(&address, options).is_err() {
            return Err(InputError::malformed("an e-mail address has the form name@example.com"));
        }
        let key = key_of(&address);
        Ok(Self { address, key })
    }

    /// The address as its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The form in which two spellings of one address are equal: lower case, composed.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Debug output goes to logs, where an address has no place.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email(…)")
    }
}

/// Lower-casing can decompose a letter (İ), so it is composed again, and repeated once for the rare letter
/// whose composed form has a lower case of its own.
fn key_of(address: &str) -> String {
    let once: String = address.to_lowercase().nfc().collect();
    once.to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ordinary_address_is_kept_as_written_and_found_in_any_case() {
        let email = Email::parse("  Ada.Lovelace@Example.COM ").unwrap();
        assert_eq!(email.as_str(), "Ada.Lovelace@Example.COM");
        assert_eq!(email.key(), "ada.lovelace@example.com");
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_address() {
        let composed = Email::parse("zo\u{eb}@example.com").unwrap();
        let decomposed = Email::parse("zoe\u{308}@example.com").unwrap();
        assert_eq!(composed.key(), decomposed.key());
    }

    #[test]
    fn what_is_no_deliverable_address_is_refused() {
        for text in [
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "ada@@example.com",
            "a b@example.com",
            "Ada <ada@example.com>",
            "ada@[127.0.0.1]",
            "ada@example..com",
        ] {
            assert!(matches!(Email::parse(text), Err(InputError::Malformed { .. })), "{text:?}");
        }
        assert_eq!(Email::parse(" "), Err(InputError::Blank));
        for text in ["ada@exa\u{0}mple.com", "ada\n@example.com"] {
            assert_eq!(Email::parse(text), Err(InputError::ControlCharacter), "{text:?}");
        }
    }

    #[test]
    fn an_overlong_address_is_refused_by_its_length() {
        let text = format!("{}@{}.com", "a".repeat(60), "b".repeat(200));
        assert_eq!(Email::parse(&text), Err(InputError::TooLong { max: 254 }));
    }

    #[test]
    fn debug_output_hides_the_address() {
        assert_eq!(format!("{:?}", Email::parse("ada@example.com").unwrap()), "Email(…)");
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_itself(local in "[a-zA-Zéßİǰ]{1,12}", domain in "[a-zA-Z]{1,12}\\.[a-z]{2,5}") {
            let email = Email::parse(&format!("{local}@{domain}")).unwrap();
            prop_assert_eq!(super::key_of(email.key()), email.key());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = Email::parse(&text);
        }
    }
}
