//! The cost of a selection: how costs stand beside and below one another, and how they compare with the limits.

use async_graphql::parser::types::{Field, OperationType};

use super::super::refusal::Refusal;
use super::rows::Rows;
use crate::config::GraphqlLimits;

/// Mutations that try a secret; several in one request would multiply the guesses that a request is worth.
const CREDENTIAL_FIELDS: [&str; 4] = ["login", "register", "refreshToken", "passwordChange"];

/// The lists of the introspection types that lead back to types; nested thrice they multiply the whole schema.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];
const INTROSPECTION_LIST_DEPTH: u64 = 2;

/// What a selection set costs, fragments spread out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::graphql::gate) struct Cost {
    pub(super) selections: u64,
    pub(super) aliases: u64,
    /// Fields that are not plain values.
    objects: u64,
    /// Rows that could be returned.
    pub(super) nodes: u64,
    /// Types, fields and the like of the schema that could be returned.
    pub(super) introspected: u64,
    /// The same if these fields were asked of the schema, which only the field around them shows.
    introspected_below: u64,
    pub(super) depth: u64,
    introspection_depth: u64,
    introspection_lists: u64,
    /// Fields directly in this set.
    pub(super) roots: u64,
    /// Fields of `Query` below the payload of a mutation.
    reads: u64,
    pub(super) credentials: u64,
}

impl Cost {
    /// A fragment spread or inline fragment itself. It counts even when it leads nowhere, because validation walks it.
    pub(super) const SPREAD: Self = Self {
        selections: 1,
        aliases: 0,
        objects: 0,
        nodes: 0,
        introspected: 0,
        introspected_below: 0,
        depth: 0,
        introspection_depth: 0,
        introspection_lists: 0,
        roots: 0,
        reads: 0,
        credentials: 0,
    };

    /// One field with its rows, its length if it is a list of the schema, and what its selection set costs.
    pub(super) fn of_field(field: &Field, rows: Rows, introspected: Option<u64>, below: Option<Cost>) -> Self {
        let name = field.name.node.as_str();
        let inner = below.unwrap_or_default();
        let introspects = name == "__schema" || name == "__type";
        let deeper = inner.depth.saturating_add(1);
        let times = introspected.unwrap_or(1);
        let introspected_below =
            introspected.unwrap_or(0).saturating_add(times.saturating_mul(inner.introspected_below));
        Self {
            selections: inner.selections.saturating_add(1),
            aliases: inner.aliases.saturating_add(u64::from(field.alias.is_some())),
            objects: inner.objects.saturating_add(u64::from(below.is_some())),
            nodes: rows.own.saturating_add(rows.times.saturating_mul(inner.nodes)),
            introspected: if introspects { introspected_below.max(1) } else { inner.introspected },
            introspected_below,
            depth: if introspects { 1 } else { deeper },
            introspection_depth: if introspects { deeper } else { inner.introspection_depth },
            introspection_lists: inner
                .introspection_lists
                .saturating_add(u64::from(INTROSPECTION_LISTS.contains(&name))),
            roots: 1,
            reads: inner.reads,
            credentials: u64::from(CREDENTIAL_FIELDS.contains(&name)),
        }
    }

    pub(super) fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            objects: self.objects.saturating_add(other.objects),
            nodes: self.nodes.saturating_add(other.nodes),
            introspected: self.introspected.saturating_add(other.introspected),
            introspected_below: self.introspected_below.saturating_add(other.introspected_below),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
            roots: self.roots.saturating_add(other.roots),
            reads: self.reads.saturating_add(other.reads),
            credentials: self.credentials.saturating_add(other.credentials),
        }
    }

    /// The same set as one that is asked of `Query` below the payload of a mutation.
    pub(super) fn read_after_writing(mut self) -> Self {
        self.reads = self.reads.saturating_add(self.roots);
        self
    }

    /// Whether the schema is asked for.
    pub(in crate::graphql::gate) fn introspects(&self) -> bool {
        self.introspection_depth > 0
    }

    /// Compares the cost of a whole operation with the limits.
    pub(super) fn check(&self, operation: OperationType, limits: &GraphqlLimits) -> Result<(), Refusal> {
        let mutates = operation == OperationType::Mutation;
        let (writes, reads) =
            if mutates { (self.roots, self.reads) } else { (0, self.roots.saturating_add(self.reads)) };
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
            (writes, ("mutation_root_fields", "fields at its top", limits.mutation_root_fields)),
            (reads, ("root_fields", if mutates { "fields of query" } else { "fields at its top" }, limits.root_fields)),
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
