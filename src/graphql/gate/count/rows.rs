//! How many rows a field could answer: as many as its page asks for.

use std::cell::RefCell;

use async_graphql::parser::types::{Field, OperationDefinition};
use async_graphql::{Name, Value, Variables};

use super::super::shape::FieldShape;

/// Rows of a page when the client names no number.
const DEFAULT_PAGE: u64 = 20;

/// The rows of one field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    /// Those that the field itself answers.
    pub own: u64,
    /// How often what lies below the field is answered.
    pub times: u64,
}

impl Rows {
    /// No list.
    const ONE: Self = Self { own: 0, times: 1 };
    /// A list without pages. It comes with the row that it belongs to, but what lies below it comes for each item.
    const LIST: Self = Self { own: 0, times: 10 };

    fn page(rows: u64) -> Self {
        Self { own: rows, times: rows }
    }
}

/// Finds how many rows a field asks for.
pub(super) struct Page<'a> {
    variables: &'a Variables,
    operation: &'a OperationDefinition,
    looked_at: RefCell<Vec<Seen>>,
}

/// A variable that was looked at, and the value that it was given, if any.
pub(super) type Seen = (Name, Option<Value>);

impl<'a> Page<'a> {
    pub(super) fn new(variables: &'a Variables, operation: &'a OperationDefinition) -> Self {
        Self { variables, operation, looked_at: RefCell::default() }
    }

    /// The variables that were looked at.
    pub(super) fn looked_at(self) -> Vec<Seen> {
        self.looked_at.into_inner()
    }

    /// The rows that `field` could answer.
    pub(super) fn rows(&self, field: &Field, known: Option<&FieldShape>) -> Rows {
        let asked = ["first", "last"].into_iter().filter_map(|name| self.number(field, name)).max();
        match asked.or_else(|| self.listed_ids(field)) {
            Some(rows) => Rows::page(rows),
            None if known.is_some_and(|known| known.pages) => Rows::page(DEFAULT_PAGE),
            None if known.is_some_and(|known| known.lists) => Rows::LIST,
            None => Rows::ONE,
        }
    }

    fn number(&self, field: &Field, argument: &str) -> Option<u64> {
        match self.value(field, argument)? {
            Value::Number(number) => Some(number.as_u64().unwrap_or(0)),
            _ => None,
        }
    }

    /// The length of an `ids` argument, whose objects are all looked up.
    fn listed_ids(&self, field: &Field) -> Option<u64> {
        match self.value(field, "ids")? {
            Value::List(list) => Some(u64::try_from(list.len()).unwrap_or(u64::MAX)),
            _ => None,
        }
    }

    /// The value of an argument, variables put in.
    fn value(&self, field: &Field, argument: &str) -> Option<Value> {
        let value = field.get_argument(argument)?.node.clone();
        value.into_const_with(|name| self.variable(&name).cloned().ok_or(())).ok()
    }

    fn variable(&self, name: &Name) -> Option<&Value> {
        let given = self.variables.get(name);
        let mut looked_at = self.looked_at.borrow_mut();
        if looked_at.iter().all(|(seen, _)| seen != name) {
            looked_at.push((name.clone(), given.cloned()));
        }
        given.or_else(|| {
            let defined = &self.operation.variable_definitions;
            let definition = defined.iter().find(|defined| defined.node.name.node == *name)?;
            definition.node.default_value()
        })
    }
}
