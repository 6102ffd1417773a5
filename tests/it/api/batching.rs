//! Lists of operations in one request: refused by default, and never more than one operation may be.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Answer;

async fn taking(operations: usize) -> TestApp {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.http.batch = operations).await;
    app
}

async fn send(app: &TestApp, documents: &[&str]) -> Answer {
    let batch: Vec<Value> = documents.iter().map(|document| json!({ "query": document })).collect();
    app.anonymous().send(&Value::Array(batch)).await
}

#[track_caller]
fn assert_refused(answer: &Answer, limit: &str) {
    assert_eq!((answer.status, answer.codes()), (400, vec!["LIMIT_EXCEEDED".to_owned()]), "{}", answer.body);
    assert_eq!(answer.errors()[0]["extensions"]["limit"], limit, "{}", answer.body);
}

#[tokio::test]
async fn a_list_is_refused_unless_it_is_allowed() {
    let app = TestApp::on_sqlite().await;
    let answer = send(&app, &["{ __typename }"]).await;
    assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_REQUEST".to_owned()]));
}

#[tokio::test]
async fn the_operations_of_a_list_are_answered_in_their_order() {
    let app = taking(3).await;
    let answer = send(&app, &["{ __typename }", "{ nothing }", "{ viewer { id } }"]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body[0]["data"], json!({ "__typename": "Query" }));
    assert_eq!(answer.body[1]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(answer.body[2]["data"], json!({ "viewer": null }));
    assert_eq!(answer.body.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_list_that_is_too_long_or_empty_or_no_list_of_requests_is_refused() {
    let app = taking(2).await;
    let answer = send(&app, &["{ __typename }"; 3]).await;
    assert_eq!((answer.status, answer.codes()), (400, vec!["LIMIT_EXCEEDED".to_owned()]));
    for body in [json!([]), json!([1]), json!([[{ "query": "{ __typename }" }]])] {
        let answer = app.anonymous().send(&body).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_REQUEST".to_owned()]), "{body}");
    }
}

#[tokio::test]
async fn a_list_evades_no_limit_of_one_operation() {
    let app = taking(20).await;
    let product = "{ products(first: 100) { nodes { variants(first: 100) { nodes { id } } } } }";
    app.anonymous().query(product, json!({})).await.data();
    assert_refused(&send(&app, &[product; 6]).await, "cost");
    let fields = format!("{{ {} }}", "__typename ".repeat(11));
    assert_refused(&send(&app, &[&fields, &fields]).await, "root_fields");
    let aliases: Vec<String> = (0..16).map(|n| format!("a{n}: __typename")).collect();
    let aliases = format!("{{ viewer {{ {} }} }}", aliases.join(" "));
    assert_refused(&send(&app, &[&aliases, &aliases]).await, "aliases");
    let mutations = "mutation { a: __typename b: __typename c: __typename }";
    assert_refused(&send(&app, &[mutations, mutations]).await, "mutation_root_fields");
}

#[tokio::test]
async fn a_list_tries_no_more_passwords_than_one_operation() {
    let app = taking(20).await;
    let login = |password: &str| {
        format!("mutation {{ login(input: {{ email: \"a@b.example\", password: \"{password}\" }}) {{ accessToken }} }}")
    };
    let (first, second) = (login("one"), login("two"));
    assert_refused(&send(&app, &[&first, &second]).await, "credential_fields");
}

#[tokio::test]
async fn mutations_of_a_list_run_one_after_the_other_each_under_its_key() {
    let app = taking(3).await;
    let manager = app.as_role("CATALOG_MANAGER").await;
    let create = |handle: &str, parent: Value, key: &str| {
        json!({
            "query": "mutation($input: CategoryCreateInput!) {
                categoryCreate(input: $input) { category { handle } userErrors { code } } }",
            "variables": { "input": { "name": handle, "handle": handle, "parentId": parent } },
            "extensions": { "idempotencyKey": key },
        })
    };
    let batch = json!([create("tents", Value::Null, "k1"), create("tents", Value::Null, "k2")]);
    for replayed in [Value::Null, json!(true)] {
        let answer = manager.send(&batch).await;
        assert_eq!(answer.body[0]["data"]["categoryCreate"]["category"]["handle"], "tents", "{}", answer.body);
        assert_eq!(answer.body[0]["extensions"]["idempotency"]["replayed"], replayed, "{}", answer.body);
        assert_eq!(answer.body[1]["data"]["categoryCreate"]["userErrors"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_list_takes_one_place_among_the_requests_in_flight() {
    let mut app = taking(5).await;
    app.reconfigure(|config| config.limits.http.requests_in_flight = 1.try_into().unwrap()).await;
    let answer = send(&app, &["{ __typename }"; 5]).await;
    assert_eq!((answer.status, answer.body.as_array().unwrap().len()), (200, 5));
}

#[tokio::test]
async fn a_list_and_its_answer_have_the_size_of_one_and_a_query_string_holds_no_list() {
    let mut app = taking(5).await;
    app.reconfigure(|config| config.limits.graphql.response_bytes = 1_000).await;
    let answer = send(&app, &["{ __schema { queryType { fields { name } } } }"; 2]).await;
    assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
    let large = json!([{ "query": "{ __typename }", "variables": { "x": "x".repeat(300 * 1024) } }]);
    assert_eq!(app.anonymous().send(&large).await.status, 413);
}
