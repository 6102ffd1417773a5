//! Counting each fragment once must come to the same as spreading every one of them out.

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use proptest::prelude::*;

use super::*;

/// One part of a selection set, as text is made of it.
#[derive(Debug, Clone)]
enum Part {
    Field,
    Alias,
    Object(Vec<Part>),
    Inline(Vec<Part>),
    /// A spread of the fragment so many places further on.
    Spread(usize),
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let leaf = prop_oneof![Just(Part::Field), Just(Part::Alias), (1..3_usize).prop_map(Part::Spread)];
    let part = leaf.prop_recursive(3, 12, 3, |inner| {
        let set = proptest::collection::vec(inner, 1..4);
        prop_oneof![set.clone().prop_map(Part::Object), set.prop_map(Part::Inline)]
    });
    proptest::collection::vec(part, 1..4)
}

/// The text of `parts` in the fragment number `here`: it spreads only later ones, so that there is no cycle.
fn text(parts: &[Part], here: usize) -> String {
    let part = |part: &Part| match part {
        Part::Field => "f".to_owned(),
        Part::Alias => "a: f".to_owned(),
        Part::Object(inner) => format!("o {{ {} }}", text(inner, here)),
        Part::Inline(inner) => format!("... {{ {} }}", text(inner, here)),
        Part::Spread(further) => format!("...x{}", here + further),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(" ")
}

/// Selections, aliases and depth of a set with everything spread out.
fn spread_out(document: &ExecutableDocument, set: &SelectionSet) -> (u64, u64, u64) {
    let mut sum = (0, 0, 0);
    for selection in &set.items {
        let (alias, deeper, inner) = match &selection.node {
            Selection::Field(field) => (u64::from(field.node.alias.is_some()), 1, Some(&field.node.selection_set.node)),
            Selection::InlineFragment(inline) => (0, 0, Some(&inline.node.selection_set.node)),
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                (0, 0, fragment.map(|fragment| &fragment.node.selection_set.node))
            }
        };
        let below = inner.map_or((0, 0, 0), |inner| spread_out(document, inner));
        sum = (sum.0 + 1 + below.0, sum.1 + alias + below.1, sum.2.max(deeper + below.2));
    }
    sum
}

proptest! {
    #[test]
    fn fragments_counted_once_cost_what_they_cost_spread_out(sets in proptest::collection::vec(parts(), 1..6)) {
        let definition = |(number, set): (usize, &Vec<Part>)| match number {
            0 => format!("{{ {} }}", text(set, 0)),
            _ => format!("fragment x{number} on Query {{ {} }}", text(set, number)),
        };
        let whole = sets.iter().enumerate().map(definition).collect::<Vec<_>>().join(" ");
        let document = parse_query(&whole).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = Variables::default();
        let shape = Shape::default();
        let mut counter = Counter {
            document: &document,
            shape: &shape,
            page: Page { variables: &variables, operation: &operation.node },
            fragments: HashMap::new(),
        };
        let cost = counter.selection_set(&operation.node.selection_set, None, LEVELS).unwrap();
        let expected = spread_out(&document, &operation.node.selection_set.node);
        prop_assert_eq!((cost.selections, cost.aliases, cost.depth), expected, "{}", whole);
    }
}
