//! The decisions of the slice: pure functions and parsed values, without database, time or async.

pub mod allocation;
pub mod books;
pub mod change;
pub mod count;
pub mod holding;
pub mod order;
pub mod watch;

use crate::kernel::text::{self, InputError};

/// The priority of a location that was given none.
pub const PRIORITY: i64 = 100;

/// The longest location code, in characters.
const CODE_MAX: usize = 32;

/// A location's code: upper-case letters, digits, `-` and `_`, from 1 to 32 characters. Lower case is taken as upper case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct LocationCode(String);

impl LocationCode {
    /// Checks the form.
    pub fn parse(text: &str) -> Result<Self, InputError> {
        let code = text::line(text, CODE_MAX)?.to_uppercase();
        if code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-' || b == b'_') {
            Ok(Self(code))
        } else {
            Err(InputError::malformed("only letters, digits, - and _ are allowed"))
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A location's name: one line of at most 255 characters.
pub fn location_name(text: &str) -> Result<String, InputError> {
    text::line(text, 255)
}

/// A location's address: some lines of at most 1,000 characters, or nothing.
pub fn address(text: &str) -> Result<String, InputError> {
    text::block(text, 1_000)
}

/// A location's priority: from 0 to 10,000.
pub fn priority(number: i64) -> Result<i64, InputError> {
    if (0..=10_000).contains(&number) { Ok(number) } else { Err(InputError::out_of_range(0, 10_000)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_code_is_upper_case_and_plain() {
        assert_eq!(LocationCode::parse(" berlin-1 ").map(|code| code.as_str().to_owned()), Ok("BERLIN-1".to_owned()));
        assert!(LocationCode::parse("Berlin 1").is_err());
        assert!(LocationCode::parse("").is_err());
        assert!(LocationCode::parse(&"X".repeat(33)).is_err());
    }
}
