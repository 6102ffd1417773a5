//! What a parsed document would cost, each fragment counted once however often it is spread: so counting is linear in
//! the text where validation and execution are exponential. Pure; numbers saturate.

mod cost;

use std::collections::HashMap;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Variables};

use self::cost::{Cost, Page};
use super::refusal::Refusal;
use super::shape::Shape;
use crate::config::GraphqlLimits;

/// Selection sets inside one another, through fragments: bounds this module's own recursion and that of validation.
const LEVELS: u64 = 64;

/// What was found on the way.
pub(super) struct Counted {
    /// Whether an operation asks for the schema.
    pub introspects: bool,
}

/// Refuses `document` when one of its operations would cost more than `limits` allow.
pub(super) fn count(
    document: &ExecutableDocument,
    variables: &Variables,
    shape: &Shape,
    limits: &GraphqlLimits,
) -> Result<Counted, Refusal> {
    let mut counted = Counted { introspects: false };
    if document.operations.iter().count() > limits.operations {
        return Err(Refusal::limit("operations", "The document", "operations", limits.operations));
    }
    Directives { limits, total: 0 }.check(document)?;
    for (_, operation) in document.operations.iter() {
        let defined = &operation.node.variable_definitions;
        if defined.len() > limits.variables {
            return Err(Refusal::limit("variables", "An operation", "variables", limits.variables).at(operation.pos));
        }
        let mut counter = Counter {
            document,
            shape,
            page: Page { variables, operation: &operation.node },
            fragments: HashMap::new(),
        };
        let root = root_type(operation.node.ty);
        let cost = counter.selection_set(&operation.node.selection_set, Some(root), LEVELS)?;
        cost.check(operation.node.ty, limits).map_err(|refusal| refusal.at(operation.pos))?;
        counted.introspects |= cost.introspects();
    }
    Ok(counted)
}

fn root_type(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

/// One operation being counted.
struct Counter<'a> {
    document: &'a ExecutableDocument,
    shape: &'a Shape,
    page: Page<'a>,
    /// `None` while the fragment itself is being counted: meeting it then is a cycle.
    fragments: HashMap<&'a Name, Option<Cost>>,
}

impl<'a> Counter<'a> {
    fn selection_set(
        &mut self,
        set: &'a Positioned<SelectionSet>,
        parent: Option<&'a str>,
        levels: u64,
    ) -> Result<Cost, Refusal> {
        let Some(levels) = levels.checked_sub(1) else {
            return Err(Refusal::Limit {
                key: "depth",
                subject: "The document".to_owned(),
                unit: "levels of selections",
                allowed: LEVELS,
                position: Some(set.pos),
            });
        };
        let mut sum = Cost::default();
        for selection in &set.node.items {
            let cost = match &selection.node {
                Selection::Field(field) => self.field(&field.node, parent, levels)?,
                Selection::InlineFragment(inline) => Cost::SPREAD.beside({
                    let condition = inline.node.type_condition.as_ref();
                    let parent = condition.map_or(parent, |condition| Some(condition.node.on.node.as_str()));
                    self.selection_set(&inline.node.selection_set, parent, levels)?
                }),
                Selection::FragmentSpread(spread) => Cost::SPREAD.beside(
                    self.fragment(&spread.node.fragment_name.node, levels)
                        .map_err(|refusal| refusal.or_at(spread.pos))?,
                ),
            };
            sum = sum.beside(cost);
        }
        Ok(sum)
    }

    fn field(&mut self, field: &'a Field, parent: Option<&'a str>, levels: u64) -> Result<Cost, Refusal> {
        let known = parent.and_then(|parent| self.shape.field(parent, &field.name.node));
        let below = if field.selection_set.node.items.is_empty() {
            None
        } else {
            let ty = known.map(|known| known.ty.as_str());
            Some(self.selection_set(&field.selection_set, ty, levels)?)
        };
        let rows = self.page.rows(field, known.is_some_and(|known| known.pages));
        Ok(Cost::of_field(field, rows, below))
    }

    fn fragment(&mut self, name: &'a Name, levels: u64) -> Result<Cost, Refusal> {
        match self.fragments.get(name) {
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => return Err(Refusal::FragmentCycle { position: None }),
            None => {}
        }
        // A fragment that is not defined is left to validation, which names it.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Cost::default());
        };
        self.fragments.insert(name, None);
        let parent = fragment.node.type_condition.node.on.node.as_str();
        let cost = self.selection_set(&fragment.node.selection_set, Some(parent), levels)?;
        self.fragments.insert(name, Some(cost));
        Ok(cost)
    }
}

/// Counts directives where they stand in the text, used or not.
struct Directives<'a> {
    limits: &'a GraphqlLimits,
    total: usize,
}

impl Directives<'_> {
    fn check(&mut self, document: &ExecutableDocument) -> Result<(), Refusal> {
        for (_, operation) in document.operations.iter() {
            self.operation(&operation.node)?;
        }
        for fragment in document.fragments.values() {
            self.place(fragment.node.directives.len())?;
            self.selections(&fragment.node.selection_set.node)?;
        }
        Ok(())
    }

    fn operation(&mut self, operation: &OperationDefinition) -> Result<(), Refusal> {
        self.place(operation.directives.len())?;
        for variable in &operation.variable_definitions {
            self.place(variable.node.directives.len())?;
        }
        self.selections(&operation.selection_set.node)
    }

    /// Recurses as deep as the text nests, which `scan` has bounded.
    fn selections(&mut self, set: &SelectionSet) -> Result<(), Refusal> {
        for selection in &set.items {
            self.place(selection.node.directives().len())?;
            match &selection.node {
                Selection::Field(field) => self.selections(&field.node.selection_set.node)?,
                Selection::InlineFragment(inline) => self.selections(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    fn place(&mut self, here: usize) -> Result<(), Refusal> {
        let limits = self.limits;
        if here > limits.directives_per_field {
            return Err(Refusal::limit(
                "directives_per_field",
                "A field, fragment or operation",
                "directives",
                limits.directives_per_field,
            ));
        }
        self.total += here;
        if self.total > limits.directives_per_document {
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

#[cfg(test)]
mod properties;
