//! The code of a role: the stable name by which people and scripts refer to it.

use crate::kernel::text::InputError;

/// Long enough for a speaking code, short enough for a column.
const MAX_BYTES: usize = 50;
const MIN_BYTES: usize = 2;

/// Words of capital letters and digits joined by single underscores: `STORE_MANAGER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleCode(String);

impl RoleCode {
    /// Reads a code exactly as given.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        if text.len() < MIN_BYTES {
            return Err(InputError::TooShort { min: MIN_BYTES });
        }
        if text.len() > MAX_BYTES {
            return Err(InputError::TooLong { max: MAX_BYTES });
        }
        let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !text.starts_with(|c: char| c.is_ascii_uppercase()) || !text.split('_').all(word) {
            return Err(InputError::malformed(
                "a code is capital letters, digits and single underscores, starting with a letter, such as STORE_MANAGER",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The code itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_snake_case_is_a_code() {
        for text in ["STORE_MANAGER", "A1", "B2B_SALES_2"] {
            assert_eq!(RoleCode::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_else_is_refused_by_its_own_rule() {
        assert_eq!(RoleCode::parse("A"), Err(InputError::TooShort { min: 2 }));
        assert_eq!(RoleCode::parse(&"A".repeat(51)), Err(InputError::TooLong { max: 50 }));
        for text in ["manager", "_A", "A_", "A__B", "1A", "A-B", "A B", "ÄB", "A\u{0}"] {
            assert!(matches!(RoleCode::parse(text), Err(InputError::Malformed { .. })), "{text:?}");
        }
    }
}
