//! The table: each root field, who may use it, and a document that tries.

use super::Row;
use super::Who::{self, Everyone, Roles};

/// Staff who see stock.
const STOCK_READERS: Who = Roles(&["ADMINISTRATOR", "CATALOG_MANAGER", "INVENTORY_MANAGER", "SUPPORT"]);
/// Staff who change stock and locations.
const STOCK_KEEPERS: Who = Roles(&["ADMINISTRATOR", "INVENTORY_MANAGER"]);

/// One line or two for a row, instead of five.
macro_rules! row {
    ($field:literal, $who:expr, $document:literal) => {
        Row { field: $field, who: $who, document: $document }
    };
}

pub(super) const ROWS: &[Row] = &[
    row!("Query.node", Everyone, r#"{ node(id: "location_00000000000000000000000000") { id } }"#),
    row!("Query.nodes", Everyone, r#"{ nodes(ids: ["location_00000000000000000000000000"]) { id } }"#),
    row!("Query.location", STOCK_READERS, r#"{ location(code: "NOWHERE") { id } }"#),
    row!("Query.locations", STOCK_READERS, "{ locations { nodes { id } } }"),
    row!(
        "Mutation.locationCreate",
        STOCK_KEEPERS,
        r#"mutation { locationCreate(input: { code: "", name: "" }) { userErrors { code } } }"#
    ),
    row!(
        "Mutation.locationUpdate",
        STOCK_KEEPERS,
        r#"mutation { locationUpdate(input: { id: "location_00000000000000000000000000" }) { userErrors { code } } }"#
    ),
];
