//! Counting each fragment once must come to the same as spreading every one of them out.

use async_graphql::parser::parse_query;
use proptest::prelude::*;

use super::*;

/// One part of a selection set, as text is made of it.
#[derive(Debug, Clone)]
enum Part {
    Field,
    Alias,
    Credential,
    Object(Vec<Part>),
    /// A page of so many rows.
    Page(u32, Vec<Part>),
    /// Lists of the schema.
    Types(Vec<Part>),
    Inline(Vec<Part>),
    /// A spread of the fragment so many places further on.
    Spread(usize),
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let leaf =
        prop_oneof![Just(Part::Field), Just(Part::Alias), Just(Part::Credential), (1..3_usize).prop_map(Part::Spread)];
    let part = leaf.prop_recursive(3, 12, 3, |inner| {
        let set = proptest::collection::vec(inner, 1..4);
        prop_oneof![
            set.clone().prop_map(Part::Object),
            (0..200_u32, set.clone()).prop_map(|(rows, set)| Part::Page(rows, set)),
            set.clone().prop_map(Part::Types),
            set.prop_map(Part::Inline)
        ]
    });
    proptest::collection::vec(part, 1..4)
}

/// How a fragment is put into the text.
#[derive(Clone, Copy)]
enum Spreads<'a> {
    /// By its name.
    Named,
    /// By all that is in it.
    Out(&'a [Vec<Part>]),
}

/// The text of `parts` in the fragment number `here`: it spreads only later ones, so that there is no cycle.
fn text(parts: &[Part], here: usize, spreads: Spreads<'_>) -> String {
    let part = |part: &Part| match part {
        Part::Field => "f".to_owned(),
        Part::Alias => "a: f".to_owned(),
        Part::Credential => "login".to_owned(),
        Part::Object(inner) => format!("o {{ {} }}", text(inner, here, spreads)),
        Part::Page(rows, inner) => format!("p(first: {rows}) {{ {} }}", text(inner, here, spreads)),
        Part::Types(inner) => format!("__schema {{ types {{ fields {{ {} }} }} }}", text(inner, here, spreads)),
        Part::Inline(inner) => format!("... {{ {} }}", text(inner, here, spreads)),
        Part::Spread(further) => spread(here + further, spreads),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(" ")
}

fn spread(number: usize, spreads: Spreads<'_>) -> String {
    match spreads {
        Spreads::Named => format!("...x{number}"),
        // A fragment that is not defined has nothing to be spread out.
        Spreads::Out(sets) => match sets.get(number) {
            Some(set) => format!("... on Query {{ {} }}", text(set, number, spreads)),
            None => format!("...x{number}"),
        },
    }
}

fn counted(whole: &str) -> (Cost, u32) {
    let document = parse_query(whole).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let variables = Variables::default();
    let shape = Shape::default();
    let mut counter = Counter {
        document: &document,
        shape: &shape,
        page: Page { variables: &variables, operation: &operation.node },
        fragments: HashMap::new(),
    };
    let cost = counter.selection_set(&operation.node.selection_set, Some("Query"), LEVELS).unwrap();
    (cost, price::points(&cost, OperationType::Mutation))
}

proptest! {
    #[test]
    fn fragments_counted_once_cost_what_they_cost_spread_out(sets in proptest::collection::vec(parts(), 1..6)) {
        let definition = |(number, set): (usize, &Vec<Part>)| match number {
            0 => format!("{{ {} }}", text(set, 0, Spreads::Named)),
            _ => format!("fragment x{number} on Query {{ {} }}", text(set, number, Spreads::Named)),
        };
        let whole = sets.iter().enumerate().map(definition).collect::<Vec<_>>().join(" ");
        let spread_out = format!("{{ {} }}", text(&sets[0], 0, Spreads::Out(&sets)));
        prop_assert_eq!(counted(&whole), counted(&spread_out), "{} against {}", whole, spread_out);
    }
}
