//! The cost of a selection: how costs stand beside and below one another, and how they compare with the limits.

use async_graphql::parser::types::{Field, OperationDefinition, OperationType};
use async_graphql::{Value, Variables};

use super::super::refusal::Refusal;
use crate::config::GraphqlLimits;

/// Rows of a page when the client names no number.
const DEFAULT_PAGE: u64 = 20;

/// Mutations that try a secret; several in one request would multiply the guesses that a request is worth.
const CREDENTIAL_FIELDS: [&str; 4] = ["login", "register", "refreshToken", "passwordChange"];

/// The lists of the introspection types that lead back to types; nested thrice they multiply the whole schema.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];
const INTROSPECTION_LIST_DEPTH: u64 = 2;

/// What a selection set costs, fragments spread out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) selections: u64,
    pub(super) aliases: u64,
    /// Fields that are not plain values.
    objects: u64,
    /// Rows that could be returned.
    nodes: u64,
    pub(super) depth: u64,
    introspection_depth: u64,
    introspection_lists: u64,
    /// Fields directly in this set.
    roots: u64,
    credentials: u64,
}

impl Cost {
    /// A fragment spread or inline fragment itself. It counts even when it leads nowhere, because validation walks it.
    pub(super) const SPREAD: Self = Self {
        selections: 1,
        aliases: 0,
        objects: 0,
        nodes: 0,
        depth: 0,
        introspection_depth: 0,
        introspection_lists: 0,
        roots: 0,
        credentials: 0,
    };

    /// One field with `rows` rows, and what its selection set costs when it has one.
    pub(super) fn of_field(field: &Field, rows: Option<u64>, below: Option<Cost>) -> Self {
        let name = field.name.node.as_str();
        let inner = below.unwrap_or_default();
        let introspects = name == "__schema" || name == "__type";
        let deeper = inner.depth.saturating_add(1);
        let rows_or_one = rows.unwrap_or(1);
        Self {
            selections: inner.selections.saturating_add(1),
            aliases: inner.aliases.saturating_add(u64::from(field.alias.is_some())),
            objects: inner.objects.saturating_add(u64::from(below.is_some())),
            nodes: rows.unwrap_or(0).saturating_add(rows_or_one.saturating_mul(inner.nodes)),
            depth: if introspects { 1 } else { deeper },
            introspection_depth: if introspects { deeper } else { inner.introspection_depth },
            introspection_lists: inner
                .introspection_lists
                .saturating_add(u64::from(INTROSPECTION_LISTS.contains(&name))),
            roots: 1,
            credentials: u64::from(CREDENTIAL_FIELDS.contains(&name)),
        }
    }

    pub(super) fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            objects: self.objects.saturating_add(other.objects),
            nodes: self.nodes.saturating_add(other.nodes),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
            roots: self.roots.saturating_add(other.roots),
            credentials: self.credentials.saturating_add(other.credentials),
        }
    }

    /// Whether the schema is asked for.
    pub(super) fn introspects(&self) -> bool {
        self.introspection_depth > 0
    }

    /// Compares the cost of a whole operation with the limits.
    pub(super) fn check(&self, operation: OperationType, limits: &GraphqlLimits) -> Result<(), Refusal> {
        let mutates = operation == OperationType::Mutation;
        let roots = if mutates {
            ("mutation_root_fields", "fields at its top", limits.mutation_root_fields)
        } else {
            ("root_fields", "fields at its top", limits.root_fields)
        };
        let credentials = if mutates { self.credentials } else { 0 };
        let lists = if self.introspection_depth > 0 { self.introspection_lists } else { 0 };
        let checks = [
            (
                self.selections,
                ("expanded_selections", "selections once its fragments are spread out", limits.expanded_selections),
            ),
            (self.depth, ("depth", "levels of fields", limits.depth)),
            (self.introspection_depth, ("introspection_depth", "levels of introspection", limits.introspection_depth)),
            (lists, ("introspection_depth", "lists of introspection inside one another", INTROSPECTION_LIST_DEPTH)),
            (self.aliases, ("aliases", "aliases", limits.aliases)),
            (self.roots, roots),
            (credentials, ("credential_fields", "fields that try a password or token", limits.credential_fields)),
            (self.objects, ("complexity", "fields that are objects or lists", limits.complexity)),
            (self.nodes, ("nodes", "rows that it could return; ask for smaller pages", limits.nodes)),
        ];
        for (found, (key, unit, allowed)) in checks {
            if found > allowed {
                return Err(Refusal::Limit { key, subject: "The operation".to_owned(), unit, allowed, position: None });
            }
        }
        Ok(())
    }
}

/// Finds how many rows a field asks for.
pub(super) struct Page<'a> {
    pub variables: &'a Variables,
    pub operation: &'a OperationDefinition,
}

impl Page<'_> {
    /// The rows that `field` could answer, or nothing when it is no list of rows.
    pub(super) fn rows(&self, field: &Field, pages: bool) -> Option<u64> {
        let asked = ["first", "last"].into_iter().filter_map(|name| self.number(field, name)).max();
        match (asked, self.listed_ids(field)) {
            (Some(rows), _) | (None, Some(rows)) => Some(rows),
            (None, None) if pages => Some(DEFAULT_PAGE),
            (None, None) => None,
        }
    }

    fn number(&self, field: &Field, argument: &str) -> Option<u64> {
        match self.value(field, argument)? {
            Value::Number(number) => Some(number.as_u64().unwrap_or(0)),
            _ => None,
        }
    }

    /// The length of an `ids` argument, whose objects are all looked up.
    fn listed_ids(&self, field: &Field) -> Option<u64> {
        match self.value(field, "ids")? {
            Value::List(list) => Some(u64::try_from(list.len()).unwrap_or(u64::MAX)),
            _ => None,
        }
    }

    /// The value of an argument, variables put in.
    fn value(&self, field: &Field, argument: &str) -> Option<Value> {
        let value = field.get_argument(argument)?.node.clone();
        value.into_const_with(|name| self.variable(&name).cloned().ok_or(())).ok()
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name).or_else(|| {
            let defined = &self.operation.variable_definitions;
            let definition = defined.iter().find(|defined| defined.node.name.node == name)?;
            definition.node.default_value()
        })
    }
}
