//! The order of an answer's fields: as the operation asks for them, which the specification promises to clients. The
//! library resolves the fields of an object side by side and writes them down as they end.

use std::collections::HashMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{FragmentDefinition, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value};

/// The fields that an operation selects, in their order, fragments spread out.
#[derive(Default)]
pub(super) struct Order(IndexMap<Name, Order>);

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

impl Order {
    /// The order of `operation`. It must have passed the counting: fragments end, and are few when spread out.
    pub(super) fn of(operation: &OperationDefinition, fragments: &Fragments) -> Self {
        let mut order = Self::default();
        order.add(&operation.selection_set.node, fragments);
        order
    }

    fn add(&mut self, set: &SelectionSet, fragments: &Fragments) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let below = self.0.entry(field.node.response_key().node.clone()).or_default();
                    below.add(&field.node.selection_set.node, fragments);
                }
                Selection::InlineFragment(fragment) => self.add(&fragment.node.selection_set.node, fragments),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = fragments.get(&spread.node.fragment_name.node) {
                        self.add(&fragment.node.selection_set.node, fragments);
                    }
                }
            }
        }
    }

    /// Brings the fields of `value`, and of everything in it, into the order.
    pub(super) fn apply(&self, value: &mut Value) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.apply(item)),
            Value::Object(fields) if !self.0.is_empty() => {
                if !fields.keys().eq(self.0.keys()) {
                    let mut unordered = std::mem::take(fields);
                    let known = self.0.keys().filter_map(|name| unordered.swap_remove_entry(name));
                    *fields = known.collect();
                    fields.extend(unordered);
                }
                for (name, field) in fields {
                    if let Some(below) = self.0.get(name) {
                        below.apply(field);
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
        Order::of(&operation.node, &document.fragments).apply(&mut answer);
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
