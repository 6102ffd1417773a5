//! What the operation selects, in its order: the form that the specification promises for an answer. The library resolves
//! the fields of an object side by side, writes them down as they end, and leaves out those that failed.

use std::collections::HashMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{FragmentDefinition, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Response, Value};

use super::complete;
use super::count::root_type;
use super::shape::{Nulls, Shape};

/// The fields that an operation selects below a field, in their order, fragments spread out.
#[derive(Default)]
pub(super) struct Order {
    /// By the key in the answer.
    pub(super) fields: IndexMap<Name, Order>,
    /// Where the field itself may be null.
    pub(super) nulls: Nulls,
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

impl Order {
    /// The order of `operation`. It must have passed the counting: fragments end, and are few when spread out.
    pub(super) fn of(operation: &OperationDefinition, fragments: &Fragments, shape: &Shape) -> Self {
        let mut order = Self::default();
        order.add(&operation.selection_set.node, Some(root_type(operation.ty)), fragments, shape);
        order
    }

    fn add(&mut self, set: &SelectionSet, parent: Option<&str>, fragments: &Fragments, shape: &Shape) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let known = parent.and_then(|parent| shape.field(parent, &field.name.node));
                    let below = self.fields.entry(field.response_key().node.clone()).or_default();
                    below.nulls = known.map(|known| known.nulls).unwrap_or_default();
                    let ty = known.map(|known| known.ty.as_str());
                    below.add(&field.selection_set.node, ty, fragments, shape);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let parent = condition.map_or(parent, |condition| Some(condition.node.on.node.as_str()));
                    self.add(&fragment.node.selection_set.node, parent, fragments, shape);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                        let parent = Some(fragment.node.type_condition.node.on.node.as_str());
                        self.add(&fragment.node.selection_set.node, parent, fragments, shape);
                    }
                }
            }
        }
    }

    /// Brings an answer into the form that the specification promises: null where something failed, and the fields in
    /// the order of the operation.
    pub(super) fn apply(&self, response: &mut Response) {
        complete::complete(self, response);
        self.sort(&mut response.data);
    }

    /// Brings the fields of `value`, and of everything in it, into the order.
    fn sort(&self, value: &mut Value) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.sort(item)),
            Value::Object(fields) if !self.fields.is_empty() => {
                if !fields.keys().eq(self.fields.keys()) {
                    let mut unordered = std::mem::take(fields);
                    let known = self.fields.keys().filter_map(|name| unordered.swap_remove_entry(name));
                    *fields = known.collect();
                    fields.extend(unordered);
                }
                // In the same order now, so that none need be looked for.
                let mut orders = self.fields.iter();
                for (name, field) in fields {
                    if let Some((_, below)) = orders.find(|(known, _)| *known == name) {
                        below.sort(field);
                    }
                }
            }
            // A scalar, even one that looks like an object, is as its type has it.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::value;

    use super::*;

    fn ordered(query: &str, mut answer: Value) -> String {
        let document = parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        Order::of(&operation.node, &document.fragments, &Shape::default()).sort(&mut answer);
        answer.to_string()
    }

    #[test]
    fn fields_come_as_the_operation_asks_for_them() {
        let answer = value!({ "c": [{ "y": 1, "x": 2 }, null], "b": 1, "a": { "y": 1, "x": 2, "z": 3 } });
        let query = "{ a { z ...f } b c { x y } } fragment f on T { x ... on T { y x } }";
        assert_eq!(ordered(query, answer), "{a: {z: 3, x: 2, y: 1}, b: 1, c: [{x: 2, y: 1}, null]}");
    }

    #[test]
    fn what_is_missing_or_unknown_is_no_trouble() {
        assert_eq!(ordered("{ a b c }", value!({ "d": 0, "c": 1, "a": 2 })), "{a: 2, c: 1, d: 0}");
        assert_eq!(ordered("{ a: b a: b }", value!({ "a": { "y": 1, "x": 2 } })), "{a: {y: 1, x: 2}}");
    }
}
