//! Reads the values of a list's filter: every text and every list is bounded, every id is of the right type, and what is not is named by its path.

use async_graphql::{ID, InputObject, Result};

use super::error::ErrorCode;
use super::scalars::DateTime;
use crate::kernel::clock::TimeRange;
use crate::kernel::id::{self, Id};
use crate::kernel::text;

/// The most items of a list.
const MAX_ITEMS: usize = 100;

/// The longest text to search for, in characters.
const MAX_QUERY: usize = 100;

/// The longest text to compare with, in characters: as long as the longest label.
const MAX_TEXT: usize = 255;

/// A stretch of time. An end that is left out is open.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DateTimeRange {
    /// Its first moment.
    pub from: Option<DateTime>,
    /// The first moment after it.
    pub to: Option<DateTime>,
}

impl From<DateTimeRange> for TimeRange {
    fn from(range: DateTimeRange) -> Self {
        Self { from: range.from.map(|from| from.0), to: range.to.map(|to| to.0) }
    }
}

/// Where a filter stands in the arguments, such as `filter.or[1]`.
#[derive(Debug, Clone)]
pub struct At(pub String);

impl At {
    /// An error about the part `name`.
    pub fn wrong(&self, name: &str, what: &impl std::fmt::Display) -> async_graphql::Error {
        ErrorCode::BadUserInput.with(&format!("{}.{name} {what}", self.0))
    }

    /// A text to search for; nothing when it is empty.
    pub fn query(&self, text: Option<String>) -> Result<Option<String>> {
        let read = text.map(|text| text::optional_line(&text, MAX_QUERY)).transpose();
        let read = read.map_err(|error| self.wrong("query", &error))?;
        Ok(read.filter(|text| !text.is_empty()))
    }

    /// A list of at most 100 items.
    pub fn list<T>(&self, name: &str, items: Option<Vec<T>>) -> Result<Option<Vec<T>>> {
        match items {
            Some(items) if items.len() > MAX_ITEMS => {
                Err(self.wrong(name, &text::InputError::TooMany { max: MAX_ITEMS }))
            }
            items => Ok(items),
        }
    }

    /// A list of texts to compare with.
    pub fn texts(&self, name: &str, texts: Option<Vec<String>>) -> Result<Option<Vec<String>>> {
        let read = |text: &String| text::optional_line(text, MAX_TEXT).map_err(|error| self.wrong(name, &error));
        self.list(name, texts)?.map(|texts| texts.iter().map(read).collect()).transpose()
    }

    /// A list of ids.
    pub fn ids<T: Id>(&self, name: &str, ids: Option<Vec<ID>>) -> Result<Option<Vec<T>>> {
        let read = |id: &ID| id::parse(id).map_err(|error| self.wrong(name, &error));
        self.list(name, ids)?.map(|ids| ids.iter().map(read).collect()).transpose()
    }
}
