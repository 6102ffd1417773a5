//! Counting each fragment once must come to the same as spreading every one of them out, and what is counted again only for other variables to the same as
//! counting each time.

use async_graphql::Value;
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
        page: Page::new(&variables, &operation.node),
        fragments: HashMap::new(),
    };
    let cost = counter.selection_set(&operation.node.selection_set, Some("Query"), LEVELS).unwrap();
    (cost, price::points(&cost, OperationType::Mutation))
}

/// Variables of a document, of which each may be given as something or as nothing.
fn variables() -> impl Strategy<Value = Variables> {
    let number = || proptest::option::of(proptest::option::of(1..4_i64));
    (number(), number(), proptest::option::of(0..3_usize)).prop_map(|(a, b, ids)| {
        let number = |number: Option<i64>| number.map_or(Value::Null, Value::from);
        let ids = ids.map(|length| Value::List(vec![Value::from("id"); length]));
        let given = [("a", a.map(number)), ("b", b.map(number)), ("ids", ids)];
        let given = given.into_iter().filter_map(|(name, value)| Some((Name::new(name), value?)));
        Variables::from_value(Value::Object(given.collect()))
    })
}

proptest! {
    #[test]
    fn what_was_counted_before_is_what_is_counted_now(
        pages in proptest::sample::subsequence(vec!["first: $a", "last: $b"], 0..=2),
        names_ids in any::<bool>(),
        before in variables(),
        now in variables(),
    ) {
        let ids = if names_ids { "y: n(ids: $ids) { f }" } else { "f" };
        let arguments = format!("(like: $ids, {})", pages.join(", "));
        let text = format!("query($a: Int, $b: Int = 2, $ids: [ID!]) {{ p{arguments} {{ f {ids} }} }}");
        let document = parse_query(&text).unwrap();
        let counted = |variables: &Variables| {
            count(&document, variables, &Shape::default(), &GraphqlLimits::default()).ok().unwrap()
        };
        let (earlier, later) = (counted(&before), counted(&now));
        prop_assert!(earlier.holds_for(&before));
        if earlier.holds_for(&now) {
            prop_assert_eq!(earlier.operation(None), later.operation(None), "{}", text);
        }
        // Variables that say nothing of its size are no reason to count again.
        let matters = !pages.is_empty() || names_ids;
        prop_assert!(matters || (earlier.holds_for(&now) && earlier.is_worth_keeping()));
        let long = names_ids && pages.is_empty() && matches!(before.get("ids"), Some(Value::List(_)));
        prop_assert!(!(long && earlier.is_worth_keeping()));
    }

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
