//! Bounds on what stands in the text of a document, whether an operation uses it or not: directives, and the values of
//! lists.

use std::convert::Infallible;

use async_graphql::parser::types::{Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Pos, Positioned, Value};

use super::super::refusal::Refusal;
use super::super::variables;
use crate::config::GraphqlLimits;

/// What stands in the text of a document, used or not.
pub(super) struct Places<'a> {
    pub limits: &'a GraphqlLimits,
    /// Directives so far.
    pub directives: usize,
}

impl Places<'_> {
    /// Walks through the whole document once.
    pub(super) fn check(&mut self, document: &ExecutableDocument) -> Result<(), Refusal> {
        for (_, operation) in document.operations.iter() {
            self.operation(&operation.node)?;
        }
        for fragment in document.fragments.values() {
            self.directives(&fragment.node.directives)?;
            self.selections(&fragment.node.selection_set.node)?;
        }
        Ok(())
    }

    fn operation(&mut self, operation: &OperationDefinition) -> Result<(), Refusal> {
        self.directives(&operation.directives)?;
        for variable in &operation.variable_definitions {
            self.directives(&variable.node.directives)?;
            if let Some(default) = &variable.node.default_value {
                variables::check_lists(&default.node, self.limits).map_err(|refusal| refusal.at(default.pos))?;
            }
        }
        self.selections(&operation.selection_set.node)
    }

    /// Recurses as deep as the text nests, which `scan` has bounded.
    fn selections(&mut self, set: &SelectionSet) -> Result<(), Refusal> {
        for selection in &set.items {
            self.directives(selection.node.directives())?;
            match &selection.node {
                Selection::Field(field) => {
                    for (_, value) in &field.node.arguments {
                        self.argument(value.node.clone().into_const_with(without), value.pos)?;
                    }
                    self.selections(&field.node.selection_set.node)?;
                }
                Selection::InlineFragment(inline) => self.selections(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    fn argument(&self, value: Result<Value, Infallible>, position: Pos) -> Result<(), Refusal> {
        let Ok(value) = value;
        variables::check_lists(&value, self.limits).map_err(|refusal| refusal.at(position))
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Refusal> {
        let limits = self.limits;
        for directive in directives {
            for (_, value) in &directive.node.arguments {
                self.argument(value.node.clone().into_const_with(without), value.pos)?;
            }
        }
        if directives.len() > limits.directives_per_field {
            return Err(Refusal::limit(
                "directives_per_field",
                "A field, fragment or operation",
                "directives",
                limits.directives_per_field,
            ));
        }
        self.directives += directives.len();
        if self.directives > limits.directives_per_document {
            return Err(Refusal::limit(
                "directives_per_document",
                "The document",
                "directives",
                limits.directives_per_document,
            ));
        }
        Ok(())
    }
}

/// Takes the place of a variable, whose own value is looked at elsewhere.
#[expect(clippy::unnecessary_wraps, reason = "values of the text want a function that may fail")]
fn without(_variable: Name) -> Result<Value, Infallible> {
    Ok(Value::Null)
}
