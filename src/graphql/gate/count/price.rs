//! What an operation costs, in points. Known before anything runs, from the document and its variables alone:
//!
//! - **Rows.** One point for every 200 rows that could be returned, begun ones counting whole; one point at least. A page
//!   has as many rows as its `first` or `last` asks for (20 when it asks for none), `nodes(ids:)` as many as it is given;
//!   what lies below a page comes once for each of its rows. So `products(first: 50) { nodes { variants(first: 10) … } }`
//!   is 50 + 50 × 10 = 550 rows: 3 points. A list without pages counts as ten items.
//! - **Mutations.** One point more for each field at the top; four more when it tries a password or a token.
//! - **The schema.** One point for every 2,000 types, fields and the like that `__schema` and `__type` could return, each
//!   list in them counted as ten and `types` as what there is: they come from memory, at a tenth of the price of a row.
//!
//! A request that the gate refuses, and a token that is not valid, cost one point.

use async_graphql::parser::types::OperationType;

use super::cost::Cost;

const ROWS: u64 = 200;
const INTROSPECTED: u64 = 2_000;
const MUTATION_FIELD: u64 = 1;
const CREDENTIAL_FIELD: u64 = 4;

/// The points of an operation of this kind.
pub(super) fn points(cost: &Cost, operation: OperationType) -> u32 {
    let reading = cost.nodes.div_ceil(ROWS).saturating_add(cost.introspected.div_ceil(INTROSPECTED)).max(1);
    let writing = match operation {
        OperationType::Mutation => {
            let fields = cost.roots.saturating_mul(MUTATION_FIELD);
            fields.saturating_add(cost.credentials.saturating_mul(CREDENTIAL_FIELD))
        }
        OperationType::Query | OperationType::Subscription => 0,
    };
    u32::try_from(reading.saturating_add(writing)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(nodes: u64, introspected: u64, roots: u64, credentials: u64) -> Cost {
        let mut cost = Cost::default();
        (cost.nodes, cost.introspected, cost.roots, cost.credentials) = (nodes, introspected, roots, credentials);
        cost
    }

    #[test]
    fn every_200_rows_begun_cost_a_point_and_nothing_is_free() {
        for (rows, expected) in [(0, 1), (1, 1), (200, 1), (201, 2), (550, 3), (50_000, 250)] {
            assert_eq!(points(&cost(rows, 0, 1, 0), OperationType::Query), expected, "{rows} rows");
        }
    }

    #[test]
    fn mutations_cost_a_point_a_field_and_four_for_a_credential() {
        assert_eq!(points(&cost(0, 0, 1, 0), OperationType::Mutation), 2);
        assert_eq!(points(&cost(0, 0, 3, 1), OperationType::Mutation), 8);
        assert_eq!(points(&cost(0, 0, 3, 1), OperationType::Query), 1);
    }

    #[test]
    fn the_schema_costs_a_tenth() {
        assert_eq!(points(&cost(0, 20_001, 1, 0), OperationType::Query), 11);
    }

    #[test]
    fn a_cost_beyond_counting_stays_the_highest() {
        assert_eq!(points(&cost(u64::MAX, u64::MAX, u64::MAX, u64::MAX), OperationType::Mutation), u32::MAX);
    }
}
