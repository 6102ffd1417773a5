//! Reading the lists and ranges of filters: bounded, and ids of the right type.

use async_graphql::{ID, InputObject, Result};
use uuid::Uuid;

use crate::graphql::error::ErrorCode;
use crate::graphql::scalars;
use crate::kernel::id::{self, Id};

/// Items of one list in a filter at most.
const MAX_ITEMS: usize = 100;

/// A range of whole numbers. A bound that is left out bounds nothing.
#[derive(Debug, Clone, Copy, Default, InputObject)]
pub struct IntRange {
    /// At least this.
    pub min: Option<i64>,
    /// At most this.
    pub max: Option<i64>,
}

impl IntRange {
    /// The bounds of a range that may be left out.
    pub(super) fn bounds(range: Option<Self>) -> (Option<i64>, Option<i64>) {
        range.map_or((None, None), |range| (range.min, range.max))
    }
}

/// A list of ids.
pub(super) fn ids<T: Id>(argument: &str, list: Option<Vec<ID>>) -> Result<Option<Vec<T>>> {
    let read = |list: Vec<ID>| list.iter().map(|id| scalars::read_id(argument, id)).collect();
    bounded(argument, list)?.map(read).transpose()
}

/// A list of ids of documents of whatever kind.
pub(super) fn documents(argument: &str, list: Option<Vec<ID>>) -> Result<Option<Vec<Uuid>>> {
    let wrong = || ErrorCode::BadUserInput.with(&format!("{argument} must be ids"));
    let read = |id: &ID| id::split(id).map(|(_, uuid)| uuid).ok_or_else(wrong);
    bounded(argument, list)?.map(|ids| ids.iter().map(read).collect()).transpose()
}

/// A list of names.
pub(super) fn texts(argument: &str, list: Option<Vec<String>>) -> Result<Option<Vec<String>>> {
    let list = bounded(argument, list)?;
    if list.iter().flatten().any(|text| text.contains('\0')) {
        return Err(ErrorCode::BadUserInput.with(&format!("{argument} must not contain control characters")));
    }
    Ok(list)
}

/// A list of codes of locations, which are in upper case.
pub(super) fn codes(argument: &str, list: Option<Vec<String>>) -> Result<Option<Vec<String>>> {
    let list = texts(argument, list)?;
    Ok(list.map(|codes| codes.iter().map(|code| code.trim().to_uppercase()).collect()))
}

/// A list that is not too long.
pub(super) fn bounded<T>(argument: &str, list: Option<Vec<T>>) -> Result<Option<Vec<T>>> {
    if list.as_ref().is_some_and(|list| list.len() > MAX_ITEMS) {
        return Err(ErrorCode::BadUserInput.with(&format!("{argument} has too many items: at most {MAX_ITEMS}")));
    }
    Ok(list)
}
