//! Accounts: sign-in, sessions, users, roles and the audit log, over HTTP.

mod administrators;
mod audit;
mod command_line;
mod life_cycle;
mod refresh;
mod roles;
mod sessions;
mod sign_in;
mod tokens;
mod users;

use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::{PASSWORD, TestApp};

const REGISTER: &str = "mutation($input: RegisterInput!) {
    register(input: $input) {
        user { id email name status version roles { code } permissions lastLoginAt createdAt updatedAt }
        userErrors { code message field }
    }
}";

const LOGIN: &str = "mutation($input: LoginInput!) {
    login(input: $input) {
        accessToken refreshToken expiresAt
        user { id email name status version roles { code } permissions lastLoginAt }
        userErrors { code message field }
    }
}";

const REFRESH: &str = "mutation($input: RefreshTokenInput!) {
    refreshToken(input: $input) { accessToken refreshToken expiresAt user { id } userErrors { code message field } }
}";

const LOGOUT: &str = "mutation { logout { sessionId userErrors { code message field } } }";

const VIEWER: &str = "{ viewer { id email name version roles { code } } }";

/// Someone with a session.
struct Person {
    id: String,
    client: Client,
    access: String,
    refresh: String,
}

async fn register(app: &TestApp, email: &str) -> Answer {
    let input = json!({ "email": email, "name": "Test Person", "password": PASSWORD });
    app.anonymous().mutate(REGISTER, input).await
}

async fn login(app: &TestApp, email: &str) -> Person {
    let answer = app.anonymous().mutate(LOGIN, json!({ "email": email, "password": PASSWORD })).await;
    let payload = answer.payload("login");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let access = text(&payload["accessToken"]);
    Person {
        id: text(&payload["user"]["id"]),
        client: app.anonymous().with_token(&access),
        access,
        refresh: text(&payload["refreshToken"]),
    }
}

/// A customer with an account and a session.
async fn customer(app: &TestApp, email: &str) -> Person {
    register(app, email).await.payload("register");
    login(app, email).await
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.anonymous().mutate(REFRESH, json!({ "refreshToken": token })).await
}

/// The successor of a token that can be exchanged.
async fn exchanged(app: &TestApp, token: &str) -> (String, String) {
    let answer = refresh(app, token).await;
    let payload = answer.payload("refreshToken");
    let text = |name: &str| payload[name].as_str().unwrap().to_owned();
    (text("accessToken"), text("refreshToken"))
}

/// Whether the access token of the client still works.
async fn is_logged_in(client: &Client) -> bool {
    let answer = client.query(VIEWER, json!({})).await;
    match answer.codes().as_slice() {
        [] => true,
        [code] if code == "UNAUTHENTICATED" => false,
        other => panic!("{other:?}"),
    }
}

/// Changes the database behind the server's back.
pub(crate) async fn execute(app: &TestApp, sql: &'static str) {
    let url = secrecy::ExposeSecret::expose_secret(&app.config().database_url()).to_owned();
    let db = sea_orm::Database::connect(url).await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&db, sql).await.unwrap();
    db.close().await.unwrap();
}

/// How many statements a request costs: the least of some attempts, as the reader of the outbox may be reading meanwhile.
async fn cost<F: Future>(app: &TestApp, request: impl Fn() -> F) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..5 {
        let before = app.statements();
        request().await;
        least = least.min(app.statements() - before);
    }
    least
}

/// The id of the role with this code.
async fn role_id(admin: &Client, code: &str) -> String {
    let answer = admin.query("{ roles(first: 100) { nodes { id code } } }", json!({})).await;
    let roles = answer.field("roles")["nodes"].as_array().unwrap().clone();
    let role = roles.iter().find(|role| role["code"] == code).unwrap_or_else(|| panic!("no role {code}"));
    role["id"].as_str().unwrap().to_owned()
}
