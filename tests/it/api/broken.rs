//! A server with bugs: resolvers that panic and resolvers that never end, behind the real gate and the real transports.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{ServerResult, Value as GraphqlValue};
use serde_json::{Value, json};
use stockroom::graphql::gate::{Gate, Schemas};
use stockroom::graphql::{Mutation, Query, Schema, Subscription, described};
use stockroom::http::{Http, server};
use tokio::net::TcpListener;

use crate::support::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::socket::Socket;

/// Makes resolvers of the real schema misbehave, by their names.
struct Bugs;

impl ExtensionFactory for Bugs {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Bugs {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<GraphqlValue>> {
        match info.name {
            "viewer" | "logout" => panic!("a secret of table users"),
            "roles" => std::future::pending().await,
            _ => next.run(ctx, info).await,
        }
    }
}

/// Serves `app` a second time with these bugs, and answers the endpoint.
pub(super) async fn with_bugs(app: &TestApp) -> String {
    let services = app.app.services.clone();
    let schema: Schema = async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .extension(Bugs)
        .data(services.clone())
        .finish();
    let (sdl, freshness) = (schema.sdl(), services.writer.freshness());
    let gate = Gate::new(Schemas::checking_only(schema), described(&sdl), &services.config, &services.clock, freshness)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/graphql", listener.local_addr().unwrap());
    let stop = app.app.stop.clone();
    tokio::spawn(server::serve(listener, Http::new(gate, services, stop.clone()), stop));
    url
}

/// The answer tells the request's id and nothing of the bug.
fn is_internal(error: &Value, request_id: &str) {
    assert_eq!(error["extensions"]["code"], "INTERNAL", "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(request_id) && !message.contains("secret"), "{message}");
}

async fn ask(client: &Client, document: &str) -> Answer {
    client.with_header("x-request-id", "req-of-the-test").query(document, json!({})).await
}

#[tokio::test]
async fn a_resolver_that_panics_answers_internal_with_the_request_id_and_the_server_goes_on() {
    let app = TestApp::on_sqlite().await;
    let client = app.as_role("ADMINISTRATOR").await.at(&with_bugs(&app).await);
    for document in
        ["{ viewer { id } }", "mutation { logout { userErrors { code } } }", "{ __typename a: viewer { id } }"]
    {
        for _ in 0..3 {
            let answer = ask(&client, document).await;
            assert_eq!((answer.status, answer.errors().len()), (500, 1), "{document}: {}", answer.body);
            is_internal(&answer.errors()[0], "req-of-the-test");
        }
        ask(&client, "{ products(first: 1) { totalCount } }").await.data();
    }
}

#[tokio::test]
async fn a_resolver_that_panics_on_a_websocket_leaves_the_connection_open() {
    let app = TestApp::on_sqlite().await;
    let mut socket = Socket::open(&with_bugs(&app).await, None).await;
    for id in ["1", "2"] {
        socket.subscribe(id, "{ viewer { id } }", json!({})).await;
        let answer = socket.message().await;
        let errors = if answer["type"] == "error" { &answer["payload"] } else { &answer["payload"]["errors"] };
        is_internal(&errors[0], "req_");
        if answer["type"] == "next" {
            assert_eq!(socket.message().await["type"], "complete");
        }
    }
    socket.subscribe("3", "{ __typename }", json!({})).await;
    assert_eq!(socket.event("3").await, json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn an_operation_that_never_ends_is_given_up() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.limits.time.execution_ms = 100.try_into().unwrap()).await;
    let client = app.as_role("ADMINISTRATOR").await.at(&with_bugs(&app).await);
    let answer = ask(&client, "{ roles { nodes { id } } }").await;
    assert_eq!((answer.status, answer.codes()), (504, vec!["TIMEOUT".to_owned()]));
    ask(&client, "{ __typename }").await.data();
}
