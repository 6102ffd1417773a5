//! GraphQL over HTTP: forms of answers, statuses, methods, headers, and what a browser or a probe gets.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::{Answer, patient};

const NEW_FORM: &str = "application/graphql-response+json";

async fn ask(app: &TestApp, accept: &str, document: &str) -> Answer {
    app.anonymous().with_header("accept", accept).query(document, json!({})).await
}

fn content_type(answer: &Answer) -> &str {
    answer.headers["content-type"].to_str().unwrap()
}

#[tokio::test]
async fn each_client_gets_the_form_it_accepts() {
    let app = TestApp::on_sqlite().await;
    for (accept, form) in [
        (NEW_FORM, NEW_FORM),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/graphql-response+json, application/json;q=0.9", NEW_FORM),
    ] {
        let answer = ask(&app, accept, "{ __typename }").await;
        assert_eq!(answer.data(), &json!({ "__typename": "Query" }));
        assert_eq!((answer.status, content_type(&answer)), (200, format!("{form}; charset=utf-8").as_str()));
    }
    let refused = ask(&app, "image/png", "{ __typename }").await;
    assert_eq!((refused.status, refused.codes()), (406, vec!["NOT_ACCEPTABLE".to_owned()]));
}

#[tokio::test]
async fn an_operation_that_never_began_is_400_in_the_new_form_and_has_no_data() {
    let app = TestApp::on_sqlite().await;
    for (document, code) in [("{", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED")] {
        let answer = ask(&app, NEW_FORM, document).await;
        assert_eq!((answer.status, answer.codes()), (400, vec![code.to_owned()]));
        assert_eq!(answer.body.get("data"), None);
        assert_eq!(ask(&app, "application/json", document).await.status, 200);
    }
}

#[tokio::test]
async fn a_query_may_come_by_get_and_a_mutation_may_not() {
    let app = TestApp::on_sqlite().await;
    let client = app.anonymous();
    let answer = Answer::read(client.get("?query=%7B__typename%7D").await).await;
    assert_eq!(answer.data(), &json!({ "__typename": "Query" }));
    let with_variables = "?query=query(%24id%3AID!)%7Bnode(id%3A%24id)%7Bid%7D%7D&variables=%7B%22id%22%3A%22x%22%7D";
    assert_eq!(Answer::read(client.get(with_variables).await).await.codes(), ["BAD_USER_INPUT"]);

    let response = client.get("?query=mutation%7B__typename%7D").await;
    assert_eq!(response.headers()["allow"], "POST");
    let answer = Answer::read(response).await;
    assert_eq!((answer.status, answer.codes()), (405, vec!["METHOD_NOT_ALLOWED".to_owned()]));
}

#[tokio::test]
async fn other_methods_are_refused_with_the_ones_that_are_not() {
    let app = TestApp::on_sqlite().await;
    for method in [reqwest::Method::PUT, reqwest::Method::DELETE, reqwest::Method::OPTIONS] {
        let response = patient().request(method, app.url()).send().await.unwrap();
        assert_eq!(response.headers()["allow"], "GET, HEAD, POST");
        let answer = Answer::read(response).await;
        assert_eq!((answer.status, answer.codes()), (405, vec!["METHOD_NOT_ALLOWED".to_owned()]));
    }
}

#[tokio::test]
async fn every_answer_protects_a_browser_and_names_its_request() {
    let app = TestApp::on_sqlite().await;
    let client = app.anonymous();
    for path in ["?query=%7B__typename%7D", "/healthz", "/readyz", "/nowhere"] {
        let response = client.get(path).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
        assert!(header("x-request-id").starts_with("req_"));
        assert!(!response.headers().contains_key("server"));
    }
    let named = client.with_header("x-request-id", "abc-123").get("/healthz").await;
    assert_eq!(named.headers()["x-request-id"], "abc-123");
    let unfit = client.with_header("x-request-id", "a b").get("/healthz").await;
    assert!(unfit.headers()["x-request-id"].to_str().unwrap().starts_with("req_"));
}

#[tokio::test]
async fn a_browser_gets_graphiql_where_it_is_on() {
    let mut app = TestApp::on_sqlite().await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let page = app.anonymous().with_header("accept", browser).get("?").await;
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.text().await.unwrap().contains("/playground/"));

    app.reconfigure(|config| config.playground.page = stockroom::config::Switch::Off).await;
    let answer = Answer::read(app.anonymous().with_header("accept", browser).get("?").await).await;
    assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_REQUEST".to_owned()]));
}

#[tokio::test]
async fn introspection_is_refused_where_it_is_off() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.playground.introspection = stockroom::config::Switch::Off).await;
    let answer = app.anonymous().query("{ __schema { types { name } } }", json!({})).await;
    assert_eq!(answer.codes(), ["GRAPHQL_VALIDATION_FAILED"]);
    let answer = app.anonymous().query("{ locatons { nodes { id } } }", json!({})).await;
    let message = answer.errors()[0]["message"].as_str().unwrap().to_owned();
    assert!(!message.contains("locations"), "{message}");
}

#[tokio::test]
async fn suggestions_are_switched_apart_from_introspection() {
    use stockroom::config::Switch::{Off, On};
    let mut app = TestApp::on_sqlite().await;
    for (introspection, suggestions) in [(On, Off), (Off, On)] {
        app.reconfigure(|config| {
            config.playground.introspection = introspection;
            config.playground.suggestions = suggestions;
        })
        .await;
        let answer = app.anonymous().query("{ locatons { nodes { id } } }", json!({})).await;
        let message = answer.errors()[0]["message"].as_str().unwrap().to_owned();
        assert_eq!(message.contains("locations"), suggestions == On, "{message}");
        let answer = app.anonymous().query("{ __type(name: \"Query\") { name } }", json!({})).await;
        assert_eq!(answer.errors().is_empty(), introspection == On, "{}", answer.body);
    }
}

#[tokio::test]
async fn probes_and_public_keys_are_answered() {
    let app = TestApp::on_sqlite().await;
    let client = app.anonymous();
    assert_eq!(client.get("/healthz").await.status(), 200);
    assert_eq!(client.get("/readyz").await.status(), 200);
    let keys = client.get("/.well-known/jwks.json").await;
    assert_eq!(keys.headers()["cache-control"], "public, max-age=300");
    let keys: Value = serde_json::from_str(&keys.text().await.unwrap()).unwrap();
    assert_eq!((&keys["keys"][0]["kty"], &keys["keys"][0]["crv"]), (&json!("OKP"), &json!("Ed25519")));
    assert!(keys["keys"][0].get("d").is_none(), "a private key is shown");
}

#[tokio::test]
async fn a_server_without_its_database_is_alive_and_not_ready() {
    let app = TestApp::on_sqlite().await;
    app.app.services.db.close().await;
    let client = app.anonymous();
    assert_eq!(client.get("/healthz").await.status(), 200);
    assert_eq!(client.get("/readyz").await.status(), 503);
}

#[tokio::test]
async fn an_idempotency_key_that_is_none_is_refused() {
    let app = TestApp::on_sqlite().await;
    let answer = app.anonymous().with_idempotency_key(&"k".repeat(256)).query("{ __typename }", json!({})).await;
    assert_eq!((answer.status, answer.codes()), (400, vec!["IDEMPOTENCY_KEY_INVALID".to_owned()]));
}

#[tokio::test]
async fn the_fields_of_an_answer_come_in_the_order_of_the_query() {
    let app = TestApp::on_sqlite().await;
    // Slow fields first: each would end behind the ones that look nothing up.
    let document = "{ products(first: 1) { totalCount pageInfo { hasNextPage } } viewer { id } __typename \
        categories(first: 1) { totalCount nodes { id } } roots: __typename }";
    let response = app.anonymous().post("application/json", json!({ "query": document }).to_string()).await;
    let expected = r#"{"data":{"products":{"totalCount":0,"pageInfo":{"hasNextPage":false}},"viewer":null,"__typename":"Query","categories":{"totalCount":0,"nodes":[]},"roots":"Query"},"#;
    let text = response.text().await.unwrap();
    assert!(text.starts_with(expected), "{text}");
}

#[tokio::test]
async fn a_body_that_is_refused_unread_is_answered_and_the_last_of_its_connection() {
    let app = TestApp::on_sqlite().await;
    let client = app.anonymous();
    for _ in 0..50 {
        let refused = client.post("application/json", vec![b' '; 1 << 20]).await;
        assert_eq!((refused.status().as_u16(), &refused.headers()["connection"]), (413, &"close".parse().unwrap()));
        let answer = client.query("{ __typename }", json!({})).await;
        assert!(answer.data().is_object() && !answer.headers.contains_key("connection"));
    }
}
