//! The name by which a person wants to be called.

use unicode_normalization::UnicodeNormalization as _;

use crate::kernel::text::{self, InputError};

/// In code points: long enough for every real name, short enough for one line of a list.
const MAX_CODE_POINTS: usize = 100;

/// A non-empty, composed (NFC) name without characters that are invisible or reorder the text around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// Reads a name as a person types it: blanks around it are dropped, its letters composed.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        // Bounded before it is composed, so that the work is bounded too; and after, as composing can lengthen a text.
        let name: String = text::line(text, MAX_CODE_POINTS * 2)?.nfc().collect();
        let name = text::line(&name, MAX_CODE_POINTS)?;
        if name.chars().any(changes_direction) {
            return Err(InputError::malformed("a name holds no marks that change the direction of the text around it"));
        }
        Ok(Self(name))
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bidirectional overrides and isolates let one name look like another in a list of staff.
fn changes_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_are_kept() {
        for text in ["Ada Lovelace", "Zoë", "孙悟空", "محمد", "O’Brien-Smith Jr."] {
            assert_eq!(PersonName::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(PersonName::parse("  Ada ").unwrap().as_str(), "Ada");
    }

    #[test]
    fn blank_long_and_unprintable_names_are_refused_by_their_own_rule() {
        assert_eq!(PersonName::parse(" \t "), Err(InputError::Blank));
        assert_eq!(PersonName::parse(&"x".repeat(101)), Err(InputError::TooLong { max: 100 }));
        assert!(PersonName::parse(&"é".repeat(100)).is_ok());
        for text in ["a\u{0}b", "a\nb"] {
            assert_eq!(PersonName::parse(text), Err(InputError::ControlCharacter), "{text:?}");
        }
        for text in ["a\u{202e}b", "a\u{2066}b"] {
            assert!(matches!(PersonName::parse(text), Err(InputError::Malformed { .. })), "{text:?}");
        }
    }
}
