//! What a parsed document would cost, each fragment counted once however often it is spread: so counting is linear in
//! the text where validation and execution are exponential. Pure; numbers saturate.

mod cost;
mod places;
mod price;
mod rows;

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value, Variables};

pub(super) use self::cost::Cost;
use self::places::Places;
use self::rows::{Page, Seen};
use super::refusal::Refusal;
use super::shape::Shape;
use crate::config::GraphqlLimits;

/// Selection sets inside one another, through fragments: bounds this module's own recursion and that of validation.
const LEVELS: u64 = 64;

/// What was found on the way.
pub(super) struct Counted {
    /// Whether an operation asks for the schema.
    pub introspects: bool,
    /// What each operation costs, by its name, and the points that this comes to.
    operations: HashMap<Option<Name>, (Cost, u32)>,
    /// The variables on which that depends, with the values that they were given.
    depends_on: Vec<Seen>,
}

impl Counted {
    /// Whether the same would be found with these variables.
    pub(super) fn holds_for(&self, variables: &Variables) -> bool {
        self.depends_on.iter().all(|(name, value)| variables.get(name) == value.as_ref())
    }

    /// Whether it depends on nothing that takes memory or time to compare.
    pub(super) fn is_worth_keeping(&self) -> bool {
        self.depends_on.iter().all(|(_, value)| matches!(value, None | Some(Value::Null | Value::Number(_))))
    }

    /// What the operation of this name costs, and the points that this comes to.
    pub(super) fn operation(&self, name: Option<&Name>) -> (Cost, u32) {
        self.operations.get(&name.cloned()).copied().unwrap_or((Cost::default(), u32::MAX))
    }
}

/// Refuses `document` when one of its operations would cost more than `limits` allow.
pub(super) fn count(
    document: &ExecutableDocument,
    variables: &Variables,
    shape: &Shape,
    limits: &GraphqlLimits,
) -> Result<Counted, Refusal> {
    let mut counted = Counted { introspects: false, operations: HashMap::new(), depends_on: Vec::new() };
    if document.operations.iter().count() > limits.operations {
        return Err(Refusal::limit("operations", "The document", "operations", limits.operations));
    }
    Places { limits, directives: 0 }.check(document)?;
    for (name, operation) in document.operations.iter() {
        let defined = &operation.node.variable_definitions;
        if defined.len() > limits.variables {
            return Err(Refusal::limit("variables", "An operation", "variables", limits.variables).at(operation.pos));
        }
        let mut counter =
            Counter { document, shape, page: Page::new(variables, &operation.node), fragments: HashMap::new() };
        let root = root_type(operation.node.ty);
        let cost = counter.selection_set(&operation.node.selection_set, Some(root), LEVELS)?;
        cost.check(operation.node.ty, limits).map_err(|refusal| refusal.at(operation.pos))?;
        counted.introspects |= cost.introspects();
        counted.depends_on.extend(counter.page.looked_at());
        counted.operations.insert(name.cloned(), (cost, price::points(&cost, operation.node.ty)));
    }
    Ok(counted)
}

/// Refuses operations that were sent together and come to more than one operation may. Each is given with its points.
pub(super) fn together(
    batch: impl Iterator<Item = (Cost, OperationType, u32)>,
    limits: &GraphqlLimits,
) -> Result<(), Refusal> {
    let (mut whole, mut mutations, mut points) = (Cost::default(), Cost::default(), 0_u32);
    for (cost, operation, more) in batch {
        whole = whole.beside(cost);
        points = points.saturating_add(more);
        if operation == OperationType::Mutation {
            mutations = mutations.beside(cost);
        }
    }
    if points > limits.cost {
        return Err(Refusal::limit("cost", "The batch", "points", usize::try_from(limits.cost).unwrap_or(usize::MAX)));
    }
    let checked =
        whole.check(OperationType::Query, limits).and_then(|()| mutations.check(OperationType::Mutation, limits));
    checked.map_err(|refusal| refusal.about("The batch"))
}

pub(super) fn root_type(operation: OperationType) -> &'static str {
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
            let below = self.selection_set(&field.selection_set, ty, levels)?;
            Some(if ty == Some(root_type(OperationType::Query)) { below.read_after_writing() } else { below })
        };
        let rows = self.page.rows(field, known);
        let introspected = self.shape.introspected(&field.name.node);
        Ok(Cost::of_field(field, rows, introspected, below))
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

#[cfg(test)]
mod properties;
