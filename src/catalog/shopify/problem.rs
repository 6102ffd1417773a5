//! What can be wrong with a file or a row, in words for the person who made it. Knows no cause outside the file.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest excerpt of a cell that a message repeats, in characters.
const EXCERPT_CHARS: usize = 40;

/// A file that can't be read as a product export; nothing after it is.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// The file could not be read to its end.
    #[error("the file can't be read: {0}")]
    Unreadable(String),
    /// There is no header.
    #[error("the file is empty; its first line must name the columns")]
    Empty,
    /// The header lacks the column that names the product.
    #[error("the header has no column `Handle`{hint}")]
    NoHandle {
        /// What may have gone wrong, beginning with a semicolon, or nothing.
        hint: &'static str,
    },
    /// One column is named twice.
    #[error("the header names the column `{0}` twice")]
    DuplicateColumn(String),
    /// The lines end in CR alone, so that the header swallows the file.
    #[error("the lines end in a carriage return alone; save the file with LF or CRLF line ends")]
    LineEnds,
}

/// A row, or one cell of it, that can't be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProblem {
    /// The line of the file where the row starts, the header being line 1.
    pub line: u64,
    /// The product's handle, as far as it is known.
    pub handle: Option<String>,
    /// The column's name, where one is to blame.
    pub column: Option<Cow<'static, str>>,
    /// The rule that was broken.
    pub rule: String,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(handle) = &self.handle {
            write!(f, ", {handle}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", {column}")?;
        }
        write!(f, ": {}", self.rule)
    }
}

/// A cell's text for a message: short, on one line, in backticks.
pub(super) fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(EXCERPT_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().count() > EXCERPT_CHARS {
        shown.push('…');
    }
    format!("`{shown}`")
}
