//! Which columns rows are read for: those behind the fields that the operation selects of them.

use std::sync::{Mutex, PoisonError};

use async_graphql::{Context, Pos, SelectionField};

use super::ahead;
use super::request::RequestContext as _;
use crate::kernel::page::columns::Columns;

/// An object of the schema whose row can be read in part.
pub trait Fields {
    /// The columns that the field looks at; all of them unless it is known to need less.
    fn columns(field: &str) -> Columns;
}

/// What the rows of the list are read for that this field of the operation asks for.
pub fn of_list<T: Fields>(ctx: &Context<'_>) -> Columns {
    ctx.loaders().selected.columns(ctx.item.pos, || of_rows::<T>(&ctx.field()))
}

/// What the row of an object is read for that this field of the operation asks for.
pub fn of_object<T: Fields>(ctx: &Context<'_>) -> Columns {
    of_fields::<T>(ctx.field().selection_set())
}

/// The same of a list further down. What `@skip` and `@include` say is left aside: more may be read than is shown, never less.
pub fn of_rows<T: Fields>(list: &SelectionField<'_>) -> Columns {
    let rows = ahead::rows(list);
    of_fields::<T>(rows.iter().flat_map(SelectionField::selection_set))
}

fn of_fields<'a, T: Fields>(fields: impl Iterator<Item = SelectionField<'a>>) -> Columns {
    fields.fold(Columns::NONE, |columns, field| match field.name() {
        "__typename" => columns,
        name => columns.and(T::columns(name)),
    })
}

/// What was found for the fields of an operation, by their places in its text: a nested list asks once for each of its parents.
#[derive(Default)]
pub struct Selected(Mutex<Vec<(Pos, Columns)>>);

impl Selected {
    fn columns(&self, field: Pos, find: impl FnOnce() -> Columns) -> Columns {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, columns)) = known.iter().find(|(place, _)| *place == field) {
            return *columns;
        }
        let columns = find();
        known.push((field, columns));
        columns
    }
}
