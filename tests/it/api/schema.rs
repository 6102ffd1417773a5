//! The schema reads well: everything is described, names follow one pattern.

use super::introspection::{Field, Input, Reference, Schema, Type};
use crate::support::{TestApp, both_databases};

both_databases!(
    everything_in_the_schema_is_described,
    every_mutation_takes_one_input_and_answers_a_payload,
    every_payload_leads_back_to_query,
);

async fn everything_in_the_schema_is_described(app: TestApp) {
    let schema = Schema::of(&app).await;
    let mut bare = Vec::new();
    let mut look = |place: String, description: &Option<String>| {
        if description.as_ref().is_none_or(|text| text.trim().is_empty()) {
            bare.push(place);
        }
    };
    for ours in schema.types.iter().filter(|candidate| is_ours(candidate)) {
        look(ours.name.clone(), &ours.description);
        for Field { name, description, args, .. } in ours.fields.iter().flatten() {
            let place = format!("{}.{name}", ours.name);
            for argument in args {
                look(format!("{place}({})", argument.name), &argument.description);
            }
            look(place, description);
        }
        for Input { name, description, .. } in ours.input_fields.iter().flatten() {
            look(format!("{}.{name}", ours.name), description);
        }
        for value in ours.enum_values.iter().flatten() {
            look(format!("{}.{}", ours.name, value.name), &value.description);
        }
    }
    assert!(bare.is_empty(), "without a description:\n  {}", bare.join("\n  "));
}

/// Not of GraphQL itself: introspection and the five scalars describe themselves elsewhere.
fn is_ours(candidate: &Type) -> bool {
    let name = candidate.name.as_str();
    !name.starts_with("__") && !["Int", "Float", "String", "Boolean", "ID"].contains(&name)
}

async fn every_mutation_takes_one_input_and_answers_a_payload(app: TestApp) {
    let schema = Schema::of(&app).await;
    let mut odd = Vec::new();
    for (_, field) in schema.root_fields().into_iter().filter(|(root, _)| *root == "Mutation") {
        let mut capital = field.name.clone();
        capital[..1].make_ascii_uppercase();
        let payload = field.output.as_ref().map(Reference::named);
        let input_is_right = match field.args.as_slice() {
            [] => true,
            [input] => input.name == "input" && input.input.is_required() && input.input.named().ends_with("Input"),
            _ => false,
        };
        if !input_is_right || payload != Some(&format!("{capital}Payload")) {
            odd.push(field.name.clone());
        }
    }
    assert!(odd.is_empty(), "not of the form xCreate(input: XCreateInput!): XCreatePayload: {odd:?}");
}

/// The macro `payloads!` of `src/graphql/payload.rs` gives it to them.
async fn every_payload_leads_back_to_query(app: TestApp) {
    let schema = Schema::of(&app).await;
    let leads_back = |payload: &&Type| {
        let query = payload.fields.iter().flatten().find(|field| field.name == "query");
        query.and_then(|query| query.output.as_ref()).is_some_and(|output| output.named() == "Query")
    };
    let payloads = schema.types.iter().filter(|candidate| candidate.name.ends_with("Payload"));
    let dead_ends: Vec<_> = payloads.filter(|payload| !leads_back(payload)).map(|payload| &payload.name).collect();
    assert!(dead_ends.is_empty(), "without `query: Query`, see the macro payloads!: {dead_ends:?}");
}

#[test]
fn the_committed_schema_is_the_one_that_the_program_prints() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let same = committed == stockroom::graphql::sdl();
    assert!(same, "schema.graphql is out of date: cargo run -- schema > schema.graphql");
}
