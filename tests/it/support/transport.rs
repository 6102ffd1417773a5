//! Carries requests to the schema over HTTP, for tests of the slices: POST only, and the token is the name of a built-in role.

use async_graphql::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use stockroom::accounts::rules::BuiltInRole;
use stockroom::app::App;
use stockroom::graphql::loaders::Loaders;
use stockroom::graphql::request::Caller;
use stockroom::kernel::actor::{Actor, SessionId, UserId};
use tokio::net::TcpListener;
use uuid::Uuid;

pub(crate) async fn serve(listener: TcpListener, app: App) {
    axum::serve(listener, Router::new().route("/graphql", post(execute)).with_state(app)).await.unwrap();
}

pub(crate) fn token_of_role(role: &str) -> String {
    role.to_owned()
}

async fn execute(State(app): State<App>, headers: HeaderMap, Json(request): Json<Request>) -> impl IntoResponse {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let token = text(AUTHORIZATION.as_str());
    let role = token.as_deref().and_then(|token| token.strip_prefix("Bearer "));
    let caller =
        Caller::new(role.map_or_else(Actor::anonymous, actor), "test").with_idempotency_key(text("idempotency-key"));
    let loaders = Loaders::new(&app.services, &caller.actor);
    let mut response = app.schema.execute(request.data(caller.clone()).data(loaders)).await;
    if caller.was_replayed() {
        let replayed = async_graphql::value!({ "replayed": true });
        response.extensions.insert("idempotency".to_owned(), replayed);
    }
    Json(response)
}

fn actor(role: &str) -> Actor {
    let role = BuiltInRole::ALL.into_iter().find(|built_in| built_in.code() == role).unwrap();
    let number = Uuid::from_u128(1);
    Actor::user(UserId(number), SessionId(number), role.permissions().iter().copied())
}
