//! The root of a subscription, as the specification has it: one field, whichever fragments it lies in. The library does
//! not look into fragments there, and would run several fields as several streams. Pure.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Pos, Positioned};

use super::count::root_type;
use super::refusal::Refusal;

const ONE_FIELD: &str = "A subscription has exactly one field at its root; start another operation for another event.";
const NO_EVENT: &str = "A field of introspection is no event that could be subscribed to.";
const CONDITION: &str = "At the root of a subscription, @skip and @include are not allowed.";
const DIFFERS: &str = "The field at the root of a subscription is selected twice, with different arguments.";

/// Brings the field at the root out of its fragments, if the operation of this name is a subscription. It must have passed
/// the counting: fragments end. What is wrong with a fragment is left for validation to say.
pub(super) fn unfold(document: &mut ExecutableDocument, name: Option<&Name>) -> Result<(), Refusal> {
    let operation = match (&mut document.operations, name) {
        (DocumentOperations::Single(operation), _) => operation,
        (DocumentOperations::Multiple(operations), Some(name)) => match operations.get_mut(name) {
            Some(operation) => operation,
            None => return Ok(()),
        },
        (DocumentOperations::Multiple(_), None) => return Ok(()),
    };
    if operation.node.ty != OperationType::Subscription {
        return Ok(());
    }
    let set = &mut operation.node.selection_set.node;
    let mut root = Root { fragments: &document.fragments, spread: HashSet::new(), field: None, is_odd: false };
    root.add(set)?;
    let Root { spread, field, is_odd, .. } = root;
    if let Some(field) = field.filter(|_| !is_odd) {
        let position = field.pos;
        set.items = vec![Positioned::new(Selection::Field(field), position)];
        // Spread nowhere any more; being of the type of the root, they could be nowhere else.
        document.fragments.retain(|name, _| !spread.contains(name));
    }
    Ok(())
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The root while it is gathered.
struct Root<'a> {
    fragments: &'a Fragments,
    /// The fragments that have been spread.
    spread: HashSet<Name>,
    field: Option<Positioned<Field>>,
    /// A fragment is not there, or of another type.
    is_odd: bool,
}

impl Root<'_> {
    fn add(&mut self, set: &SelectionSet) -> Result<(), Refusal> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.add_field(field)?,
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let on = condition.map(|condition| &condition.node.on.node);
                    self.add_fragment(on, &inline.node.directives, &inline.node.selection_set.node)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    unconditional(&spread.node.directives)?;
                    let Some(fragment) = self.fragments.get(name) else {
                        self.is_odd = true;
                        continue;
                    };
                    self.is_odd |= !spread.node.directives.is_empty();
                    if self.spread.insert(name.clone()) {
                        let on = &fragment.node.type_condition.node.on.node;
                        let (directives, set) = (&fragment.node.directives, &fragment.node.selection_set.node);
                        self.add_fragment(Some(on), directives, set)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn add_fragment(
        &mut self,
        on: Option<&Name>,
        directives: &[Positioned<Directive>],
        set: &SelectionSet,
    ) -> Result<(), Refusal> {
        unconditional(directives)?;
        let fits = on.is_none_or(|on| on == root_type(OperationType::Subscription));
        self.is_odd |= !fits || !directives.is_empty();
        if fits { self.add(set) } else { Ok(()) }
    }

    fn add_field(&mut self, field: &Positioned<Field>) -> Result<(), Refusal> {
        unconditional(&field.node.directives)?;
        if field.node.name.node.starts_with("__") {
            return Err(refused(NO_EVENT, field.pos));
        }
        let Some(known) = &mut self.field else {
            self.field = Some(field.clone());
            return Ok(());
        };
        if known.node.response_key().node != field.node.response_key().node {
            return Err(refused(ONE_FIELD, field.pos));
        }
        if !are_alike(&known.node, &field.node) {
            return Err(refused(DIFFERS, field.pos));
        }
        known.node.directives.extend(field.node.directives.iter().cloned());
        known.node.selection_set.node.items.extend(field.node.selection_set.node.items.iter().cloned());
        Ok(())
    }
}

/// Whether two fields have the same name and the same arguments, in whatever order.
fn are_alike(one: &Field, other: &Field) -> bool {
    one.name.node == other.name.node
        && one.arguments.len() == other.arguments.len()
        && one.arguments.iter().all(|argument| other.arguments.contains(argument))
}

fn unconditional(directives: &[Positioned<Directive>]) -> Result<(), Refusal> {
    let conditional =
        directives.iter().find(|directive| matches!(directive.node.name.node.as_str(), "skip" | "include"));
    conditional.map_or(Ok(()), |directive| Err(refused(CONDITION, directive.pos)))
}

fn refused(message: &'static str, position: Pos) -> Refusal {
    Refusal::Subscription { message, position }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    /// The root of the only operation, and how many fragments are left.
    fn unfolded(text: &str) -> (SelectionSet, usize) {
        let mut document = parse_query(text).unwrap();
        unfold(&mut document, None).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        (operation.node.selection_set.node.clone(), document.fragments.len())
    }

    /// The keys of the fields at the root and of those directly below, if fields are all there is.
    fn fields(set: &SelectionSet) -> Option<Vec<(String, Vec<String>)>> {
        let key = |selection: &Positioned<Selection>| match &selection.node {
            Selection::Field(field) => Some((field.node.response_key().to_string(), field.node.clone())),
            Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
        };
        let below = |field: Field| {
            field.selection_set.node.items.iter().map(|item| key(item).map(|(key, _)| key)).collect::<Option<Vec<_>>>()
        };
        set.items.iter().map(|item| key(item).and_then(|(key, field)| Some((key, below(field)?)))).collect()
    }

    fn refusal(text: &str) -> &'static str {
        match unfold(&mut parse_query(text).unwrap(), None) {
            Err(Refusal::Subscription { message, .. }) => message,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn the_field_is_brought_out_of_its_fragments_and_what_is_selected_in_it_is_gathered() {
        for text in [
            "subscription { a: e(x: 1, y: 2) { x y } }",
            "subscription { ... { a: e(x: 1, y: 2) { x y } } }",
            "subscription { ... on Subscription { a: e(x: 1, y: 2) { x } } a: e(y: 2, x: 1) { y } }",
            "subscription { ...f } fragment f on Subscription { a: e(x: 1, y: 2) { x y } }",
            "subscription { ...f ...f } fragment f on Subscription { ...g a: e(x: 1, y: 2) { y } } fragment g on Subscription { a: e(x: 1, y: 2) { x } }",
        ] {
            let (set, fragments) = unfolded(text);
            let expected = vec![("a".to_owned(), vec!["x".to_owned(), "y".to_owned()])];
            assert_eq!((fields(&set), fragments), (Some(expected), 0), "{text}");
        }
    }

    #[test]
    fn fragments_below_the_root_stay() {
        let (_, fragments) =
            unfolded("subscription { ...f } fragment f on Subscription { e { ...g } } fragment g on E { x }");
        assert_eq!(fragments, 1);
    }

    #[test]
    fn what_validation_has_to_refuse_is_left_as_it_is() {
        for text in [
            "subscription { e { x } ...missing }",
            "subscription { e { x } ... on Query { b } }",
            "subscription { ...f } fragment f on Query { b }",
            "subscription { ...f @odd } fragment f on Subscription { e { x } }",
            "subscription { ... @odd { e { x } } }",
            "{ ... { a } b }",
        ] {
            let document = parse_query(text).unwrap();
            let (_, operation) = document.operations.iter().next().unwrap();
            let (set, fragments) = unfolded(text);
            assert_eq!(set.items.len(), operation.node.selection_set.node.items.len(), "{text}");
            assert_eq!(fragments, document.fragments.len(), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_event_is_refused() {
        for (text, message) in [
            ("subscription { e { x } f { x } }", ONE_FIELD),
            ("subscription { a: e { x } ... { b: e { x } } }", ONE_FIELD),
            ("subscription { ...f e { x } } fragment f on Subscription { b { x } }", ONE_FIELD),
            ("subscription { __typename }", NO_EVENT),
            ("subscription { ... { __schema { types { name } } } }", NO_EVENT),
            ("subscription { e @skip(if: false) { x } }", CONDITION),
            ("subscription { ... @include(if: true) { e { x } } }", CONDITION),
            ("subscription { ...f @include(if: true) } fragment f on Subscription { e { x } }", CONDITION),
            ("subscription { e(x: 1) { x } ... { e(x: 2) { x } } }", DIFFERS),
            ("subscription { a: e { x } a: f { x } }", DIFFERS),
        ] {
            assert_eq!(refusal(text), message, "{text}");
        }
    }

    #[test]
    fn of_several_operations_the_one_that_runs_is_unfolded() {
        let text = "subscription a { ... { e { x } } } subscription b { e { x } f { x } }";
        let mut document = parse_query(text).unwrap();
        unfold(&mut document, Some(&Name::new("a"))).unwrap();
        assert!(unfold(&mut document, Some(&Name::new("b"))).is_err());
    }
}
