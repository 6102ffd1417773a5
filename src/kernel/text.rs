//! Bounded text: the checks that every string of the API passes before it means anything.

use super::error::UserErrorCode;

/// What can be wrong with a piece of input, whatever its meaning. Slices wrap it in their own error enums.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum InputError {
    /// Nothing, or only white space.
    #[error("must not be blank")]
    Blank,
    /// Longer than the limit.
    #[error("is too long: at most {max} characters")]
    TooLong {
        /// The limit in characters (Unicode scalar values).
        max: usize,
    },
    /// Shorter than the limit.
    #[error("is too short: at least {min} characters")]
    TooShort {
        /// The limit in characters (Unicode scalar values).
        min: usize,
    },
    /// Holds a control character (NUL, escape …) that this field does not take.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// A number outside its range.
    #[error("is out of range: from {min} to {max}")]
    OutOfRange {
        /// The smallest value allowed, as text.
        min: String,
        /// The largest value allowed, as text.
        max: String,
    },
    /// Not of the form that the field takes.
    #[error("is not valid: {rule}")]
    Malformed {
        /// The rule, in words.
        rule: String,
    },
    /// More items than a list may have.
    #[error("has too many items: at most {max}")]
    TooMany {
        /// The limit in items.
        max: usize,
    },
    /// A list that must have at least one item is empty.
    #[error("must have at least one item")]
    Empty,
}

impl InputError {
    /// A value that breaks `rule`.
    pub fn malformed(rule: impl Into<String>) -> Self {
        Self::Malformed { rule: rule.into() }
    }

    /// The code for programs.
    pub fn code(&self) -> UserErrorCode {
        match self {
            Self::Blank | Self::Empty => UserErrorCode::Required,
            Self::OutOfRange { .. } => UserErrorCode::OutOfRange,
            Self::TooLong { .. }
            | Self::TooShort { .. }
            | Self::ControlCharacter
            | Self::Malformed { .. }
            | Self::TooMany { .. } => UserErrorCode::Invalid,
        }
    }

    /// A number outside `min..=max`.
    pub fn out_of_range(min: impl ToString, max: impl ToString) -> Self {
        Self::OutOfRange { min: min.to_string(), max: max.to_string() }
    }
}

impl From<super::id::IdError> for InputError {
    fn from(error: super::id::IdError) -> Self {
        Self::Malformed { rule: error.to_string() }
    }
}

/// One line of text: trimmed, not blank, without control characters, at most `max` characters.
pub fn line(text: &str, max: usize) -> Result<String, InputError> {
    let text = optional_line(text, max)?;
    if text.is_empty() { Err(InputError::Blank) } else { Ok(text) }
}

/// As [`line`], but it may be empty.
pub fn optional_line(text: &str, max: usize) -> Result<String, InputError> {
    let text = text.trim();
    bounded(text, max)?;
    if text.chars().any(char::is_control) { Err(InputError::ControlCharacter) } else { Ok(text.to_owned()) }
}

/// Several lines of text: trimmed, at most `max` characters; line feeds, carriage returns and tabs are its only control characters.
pub fn block(text: &str, max: usize) -> Result<String, InputError> {
    let text = text.trim();
    bounded(text, max)?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        Err(InputError::ControlCharacter)
    } else {
        Ok(text.to_owned())
    }
}

fn bounded(text: &str, max: usize) -> Result<(), InputError> {
    // A byte count settles most cases without walking the text.
    if text.len() > max && text.chars().nth(max).is_some() { Err(InputError::TooLong { max }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_accepted_line_is_trimmed_bounded_and_printable(text in "\\PC{0,40}") {
            if let Ok(line) = line(&text, 20) {
                prop_assert!(!line.is_empty() && line.chars().count() <= 20 && line.trim() == line);
            }
        }
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert_eq!(line("äöü", 3).as_deref(), Ok("äöü"));
        assert_eq!(line("äöü!", 3), Err(InputError::TooLong { max: 3 }));
    }

    #[test]
    fn a_nul_byte_is_refused_everywhere() {
        assert_eq!(line("a\0b", 9), Err(InputError::ControlCharacter));
        assert_eq!(block("a\0b", 9), Err(InputError::ControlCharacter));
        assert_eq!(block("a\nb", 9).as_deref(), Ok("a\nb"));
    }
}
