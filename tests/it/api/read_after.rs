//! `query` in the payload of a mutation: what the mutation wrote is there to read, under the same rules and limits as in a query.

use serde_json::{Value, json};

use crate::support::{TestApp, both_databases};

both_databases!(
    a_payload_leads_to_everything_as_the_mutation_left_it,
    what_is_read_after_a_mutation_needs_the_same_permissions,
);

const CREATE: &str = r#"locationCreate(input: { code: "NORTH", name: "North" })"#;

async fn a_payload_leads_to_everything_as_the_mutation_left_it(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await.with_idempotency_key("north");
    let selection = "{ userErrors { code } query { location(code: \"NORTH\") { name } viewer { roles { code } } } }";
    let document = format!("mutation {{ {CREATE} {selection} }}");
    let seen = json!({ "location": { "name": "North" }, "viewer": { "roles": [{ "code": "INVENTORY_MANAGER" }] } });
    for replayed in [false, true] {
        let answer = keeper.query(&document, json!({})).await;
        assert_eq!(answer.payload("locationCreate")["query"], seen);
        assert_eq!(answer.body["extensions"]["idempotency"]["replayed"] == json!(true), replayed, "{:#}", answer.body);
    }
    let both = "mutation {
        first: locationCreate(input: { code: \"EAST\", name: \"East\" }) { query { location(code: \"WEST\") { name } } }
        second: locationCreate(input: { code: \"WEST\", name: \"West\" }) { query { location(code: \"EAST\") { name } } }
    }";
    let answer = app.as_role("ADMINISTRATOR").await.query(both, json!({})).await;
    assert_eq!(answer.field("first")["query"]["location"], Value::Null, "the second mutation had not run yet");
    assert_eq!(answer.field("second")["query"]["location"]["name"], json!("East"));
}

async fn what_is_read_after_a_mutation_needs_the_same_permissions(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let selection = "{ location { code } query { users { nodes { email } } } }";
    let answer = keeper.query(&format!("mutation {{ {CREATE} {selection} }}"), json!({})).await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
    // What the mutation did is told all the same.
    let payload = &answer.body["data"]["locationCreate"];
    assert_eq!(*payload, json!({ "location": { "code": "NORTH" }, "query": null }));
    let login = "mutation { login(input: { email: \"nobody@example.com\", password: \"a wild guess\" }) {
        query { viewer { id } stockLevels { nodes { id } } }
    } }";
    let answer = app.anonymous().query(login, json!({})).await;
    assert_eq!(answer.codes(), ["UNAUTHENTICATED"]);
    assert_eq!(answer.body["data"]["login"]["query"], Value::Null);
}

#[tokio::test]
async fn what_is_read_after_a_mutation_counts_as_in_a_query() {
    let app = TestApp::on_sqlite().await;
    let keeper = app.as_role("ADMINISTRATOR").await;
    let rows = |of: u32, below: u32| {
        format!("products(first: {of}) {{ nodes {{ variants(first: {below}) {{ nodes {{ id }} }} }} }}")
    };
    let reading = |reads: &str| format!("mutation {{ {CREATE} {{ query {{ {reads} }} }} }}");
    let answer = keeper.query(&reading(&rows(10, 59)), json!({})).await;
    // 10 + 590 rows are 3 points, the mutation is one more.
    assert_eq!(answer.body["extensions"]["cost"]["requested"], json!(4), "{:#}", answer.body);
    let fields = |from: usize| {
        let fields: Vec<_> = (from..from + 11).map(|n| format!("f{n}: products {{ __typename }}")).collect();
        fields.join(" ")
    };
    let deep = format!("product(id: \"\") {{ {} id {} }}", "category { parent { ".repeat(5), "} }".repeat(5));
    let twice = format!(
        "mutation {{ a: {CREATE} {{ query {{ {} }} }} b: {CREATE} {{ query {{ ...more }} }} }} fragment more on Query {{ {} }}",
        fields(0),
        fields(11)
    );
    for (limit, document) in [("nodes", reading(&rows(100, 1_000))), ("depth", reading(&deep)), ("root_fields", twice)]
    {
        let answer = keeper.query(&document, json!({})).await;
        assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"], "{limit}: {:#}", answer.body);
        assert_eq!(answer.errors()[0]["extensions"]["limit"], json!(limit), "{:#}", answer.body);
    }
}

#[tokio::test]
async fn the_schema_is_told_to_queries_alone() {
    let app = TestApp::on_sqlite().await;
    let keeper = app.as_role("ADMINISTRATOR").await;
    for schema in ["__schema { queryType { name } }", "__type(name: \"Query\") { name }"] {
        let document = format!("mutation {{ {CREATE} {{ location {{ id }} query {{ {schema} }} }} }}");
        let answer = keeper.query(&document, json!({})).await;
        assert_eq!(answer.codes(), ["GRAPHQL_VALIDATION_FAILED"], "{:#}", answer.body);
    }
    let kept = keeper.query("{ locations { nodes { code } } }", json!({})).await;
    assert!(!kept.field("locations").to_string().contains("NORTH"), "the mutation ran");
}
