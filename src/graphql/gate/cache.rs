//! How long an answer may be kept and shown to others, from the hints on the schema's fields. A field without a hint, on a
//! type without one, may not be kept at all: forgetting a hint costs speed, never privacy. Pure.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;

use async_graphql::parser::types::{FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet};
use async_graphql::registry::{MetaField, MetaType, MetaTypeName, Registry};
use async_graphql::{CacheControl, Name, Positioned};

/// The hints of every object type.
#[derive(Debug, Default)]
pub struct CacheHints {
    types: HashMap<String, TypeHints>,
}

#[derive(Debug)]
struct TypeHints {
    own: Hint,
    fields: HashMap<String, FieldHints>,
}

#[derive(Debug)]
struct FieldHints {
    own: Hint,
    /// The named type inside all lists.
    ty: String,
}

/// What a type or a field says of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    Nothing,
    Seconds(NonZeroU32),
    Never,
}

impl CacheHints {
    /// The hints in `registry`.
    pub fn of(registry: &Registry) -> Self {
        let types = registry.types.iter().filter_map(|(name, ty)| match ty {
            MetaType::Object { fields, cache_control, .. } => {
                let fields = fields.iter().map(|(name, field)| (name.clone(), FieldHints::of(field))).collect();
                Some((name.clone(), TypeHints { own: Hint::of(*cache_control), fields }))
            }
            _ => None,
        });
        Self { types: types.collect() }
    }

    /// The seconds for which the answer to `operation` may be kept; none when something in it may not.
    pub(super) fn max_age(
        &self,
        operation: &OperationDefinition,
        fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    ) -> Option<NonZeroU32> {
        if operation.ty != OperationType::Query {
            return None;
        }
        let mut walk = Walk { hints: self, fragments, seen: HashSet::new(), least: None };
        walk.set(&operation.selection_set.node, "Query")?;
        walk.least
    }
}

impl FieldHints {
    fn of(field: &MetaField) -> Self {
        Self { own: Hint::of(field.cache_control), ty: MetaTypeName::concrete_typename(&field.ty).to_owned() }
    }
}

impl Hint {
    fn of(control: CacheControl) -> Self {
        match u32::try_from(control.max_age).map(NonZeroU32::new) {
            Ok(_) if !control.public => Self::Never,
            Ok(Some(seconds)) => Self::Seconds(seconds),
            Ok(None) => Self::Nothing,
            Err(_negative) => Self::Never,
        }
    }
}

/// One operation, each of its fragments looked at once. The depth has been counted before.
struct Walk<'a> {
    hints: &'a CacheHints,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    seen: HashSet<&'a Name>,
    least: Option<NonZeroU32>,
}

impl<'a> Walk<'a> {
    /// Nothing as soon as a selection may not be kept.
    fn set(&mut self, set: &'a SelectionSet, parent: &str) -> Option<()> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) if field.node.name.node == "__typename" => {}
                Selection::Field(field) => {
                    let ty = self.field(&field.node.name.node, parent)?;
                    self.set(&field.node.selection_set.node, ty)?;
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let parent = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.set(&inline.node.selection_set.node, parent)?;
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            }
        }
        Some(())
    }

    /// Counts a field in and returns its type.
    fn field(&mut self, name: &str, parent: &str) -> Option<&'a str> {
        let parent = self.hints.types.get(parent)?;
        let field = parent.fields.get(name)?;
        let hint = if field.own == Hint::Nothing { parent.own } else { field.own };
        let Hint::Seconds(seconds) = hint else { return None };
        self.least = Some(self.least.map_or(seconds, |least| least.min(seconds)));
        Some(&field.ty)
    }

    fn fragment(&mut self, name: &'a Name) -> Option<()> {
        if !self.seen.insert(name) {
            return Some(());
        }
        let fragment = &self.fragments.get(name)?.node;
        self.set(&fragment.selection_set.node, fragment.type_condition.node.on.node.as_str())
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::{Object, OutputType as _, SimpleObject};

    use super::*;

    #[derive(SimpleObject)]
    #[graphql(cache_control(max_age = 300))]
    struct Thing {
        name: String,
        #[graphql(cache_control(max_age = 5))]
        stock: i32,
        #[graphql(cache_control(no_cache))]
        secret: i32,
        #[graphql(cache_control(max_age = 9, private))]
        mine: i32,
        maker: Option<Maker>,
    }

    #[derive(SimpleObject)]
    struct Maker {
        name: String,
    }

    struct Query;

    #[Object]
    impl Query {
        #[graphql(cache_control(max_age = 600))]
        async fn things(&self) -> Vec<Thing> {
            Vec::new()
        }

        async fn me(&self) -> Option<Thing> {
            None
        }
    }

    fn max_age(document: &str) -> Option<u32> {
        let mut registry = Registry::default();
        Query::create_type_info(&mut registry);
        let document = parse_query(document).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        CacheHints::of(&registry).max_age(&operation.node, &document.fragments).map(NonZeroU32::get)
    }

    #[test]
    fn the_shortest_hint_counts_and_a_field_takes_that_of_its_type() {
        assert_eq!(max_age("{ things { name } }"), Some(300));
        assert_eq!(max_age("{ things { name stock __typename } }"), Some(5));
        assert_eq!(max_age("{ ...a } fragment a on Query { things { ... on Thing { stock } } }"), Some(5));
    }

    #[test]
    fn one_field_that_may_not_be_kept_keeps_the_whole_from_it() {
        for document in [
            "{ me { name } }",
            "{ things { name } me { name } }",
            "{ things { secret } }",
            "{ things { mine } }",
            "{ things { maker { name } } }",
            "{ things { ... { maker { __typename name } } } }",
            "{ ...a } fragment a on Query { ...b } fragment b on Query { me { name } }",
            "{ things { nothing } }",
            "{ ...missing }",
            "{ __schema { types { name } } }",
            "{ __typename }",
            "mutation { things { name } }",
        ] {
            assert_eq!(max_age(document), None, "{document}");
        }
    }
}
