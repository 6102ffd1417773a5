//! Who may what: every root field of the schema against a table, as nobody and as each built-in role.
//!
//! A field without a row fails the test, and so does a row without a field: a new field is a decision, never an accident.

use std::collections::BTreeSet;

use serde_json::json;
use stockroom::accounts::rules::BuiltInRole;

use super::introspection::Schema;
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

mod table;

both_databases!(
    every_field_is_open_to_whom_the_table_says_and_to_nobody_else,
    the_table_and_the_schema_name_the_same_fields,
);

/// Who may use a field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who {
    /// Also without a token.
    Everyone,
    /// Whoever is logged in.
    Users,
    /// These roles, by code.
    Roles(&'static [&'static str]),
}

/// One root field, who may use it, and a document that uses it and changes nothing.
pub(super) struct Row {
    pub(super) field: &'static str,
    pub(super) who: Who,
    pub(super) document: &'static str,
}

async fn the_table_and_the_schema_name_the_same_fields(app: TestApp) {
    let schema = Schema::of(&app).await;
    let in_schema: BTreeSet<_> =
        schema.root_fields().iter().map(|(root, field)| format!("{root}.{}", field.name)).collect();
    let in_table: BTreeSet<_> = table::ROWS.iter().map(|row| row.field.to_owned()).collect();
    let unruled: Vec<_> = in_schema.difference(&in_table).collect();
    assert!(unruled.is_empty(), "who may use these? add a row to the table: {unruled:?}");
    let gone: Vec<_> = in_table.difference(&in_schema).collect();
    assert!(gone.is_empty(), "the table has rows for fields that the schema lacks: {gone:?}");
}

async fn every_field_is_open_to_whom_the_table_says_and_to_nobody_else(app: TestApp) {
    let mut callers = vec![(None, app.anonymous())];
    for role in BuiltInRole::ALL {
        callers.push((Some(role.code()), app.as_role(role.code()).await));
    }
    let mut wrong = Vec::new();
    for row in table::ROWS.iter().filter(|row| !row.field.starts_with("Subscription.")) {
        for (role, client) in &callers {
            let (expected, got) = (denial(row.who, *role), refusal(client, row.document).await);
            if expected != got.as_deref() {
                let role = role.unwrap_or("anonymous");
                wrong.push(format!("{} as {role}: expected {expected:?}, got {got:?}", row.field));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The code that the table asks for; `None` where the caller may.
fn denial(who: Who, role: Option<&str>) -> Option<&'static str> {
    match (who, role) {
        (Who::Everyone, _) | (Who::Users, Some(_)) => None,
        (Who::Users | Who::Roles(_), None) => Some("UNAUTHENTICATED"),
        (Who::Roles(roles), Some(role)) => (!roles.contains(&role)).then_some("FORBIDDEN"),
    }
}

/// The code of the refusal of an answer. What else may be wrong with the input is no refusal, unless it is a fault or not even valid.
async fn refusal(client: &Client, document: &str) -> Option<String> {
    let harmless = ["BAD_USER_INPUT", "NOT_FOUND"];
    client.query(document, json!({})).await.codes().into_iter().find(|code| !harmless.contains(&code.as_str()))
}
