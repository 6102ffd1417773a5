//! Carries requests to the schema over HTTP, for tests of the slices: POST only.

use async_graphql::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use stockroom::app::App;
use stockroom::graphql::loaders::Loaders;
use stockroom::graphql::request::Caller;
use stockroom::kernel::actor::Actor;
use tokio::net::TcpListener;

pub(crate) async fn serve(listener: TcpListener, app: App) {
    axum::serve(listener, Router::new().route("/graphql", post(execute)).with_state(app)).await.unwrap();
}

async fn execute(State(app): State<App>, headers: HeaderMap, Json(request): Json<Request>) -> Json<Value> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let token = text(AUTHORIZATION.as_str());
    let token = token.as_deref().and_then(|token| token.strip_prefix("Bearer "));
    let actor = match token {
        None => Actor::anonymous(),
        Some(token) => match app.services.accounts.authenticate(token).await {
            Ok(actor) => actor,
            Err(error) => {
                let code = json!({ "code": "UNAUTHENTICATED" });
                return Json(json!({ "errors": [{ "message": error.to_string(), "extensions": code }] }));
            }
        },
    };
    let caller = Caller::new(actor, "test")
        .with_idempotency_key(text("idempotency-key"))
        .with_user_agent(text(USER_AGENT.as_str()));
    let loaders = Loaders::new(&app.services, &caller.actor);
    let mut response = app.schema.execute(request.data(caller.clone()).data(loaders)).await;
    if caller.was_replayed() {
        let replayed = async_graphql::value!({ "replayed": true });
        response.extensions.insert("idempotency".to_owned(), replayed);
    }
    Json(json!(response))
}
