//! The audit log: who did what, found by every condition, and without a secret.

use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use stockroom::kernel::db::sql::Sql;

use super::{LOGIN, LOGOUT, customer, exchanged, login, role_id};
use crate::support::client::Client;
use crate::support::{PASSWORD, TestApp, both_databases};

both_databases!(
    what_was_done_is_found_by_actor_object_action_and_time,
    an_entry_is_shown_to_those_who_may_read_the_log_only,
    no_password_token_or_hash_is_kept_anywhere_but_in_its_column,
);

const LOG: &str = "query($filter: AuditFilter) {
    auditLog(filter: $filter, orderBy: AT_ASC) {
        nodes {
            id action actorKind actorId actor { email } actorName objectType objectId requestId
            changes { field before after }
        }
    }
}";

async fn entries(client: &Client, filter: Value) -> Vec<Value> {
    let answer = client.query(LOG, json!({ "filter": filter })).await;
    answer.field("auditLog")["nodes"].as_array().unwrap().clone()
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

async fn what_was_done_is_found_by_actor_object_action_and_time(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    let (admin, ada) = (app.as_role("ADMINISTRATOR").await, customer(&app, "ada@example.com").await);
    let admin_id = login(&app, "administrator@test.example").await.id;
    hand.advance(std::time::Duration::from_mins(1));
    let later = app.app.services.clock.now().to_string();
    let set = "mutation($input: UserRolesSetInput!) { userRolesSet(input: $input) { userErrors { code } } }";
    let support = role_id(&admin, "SUPPORT").await;
    admin.mutate(set, json!({ "userId": ada.id, "roleIds": [support] })).await.payload("userRolesSet");

    let of_ada = entries(&admin, json!({ "objectId": ada.id })).await;
    assert_eq!(actions(&of_ada), ["user.register", "user.set_roles"]);
    let set_roles = json!({
        "id": of_ada[1]["id"], "action": "user.set_roles", "actorKind": "USER", "actorId": admin_id,
        "actor": { "email": "administrator@test.example" }, "actorName": null, "objectType": "user",
        "objectId": ada.id, "requestId": of_ada[1]["requestId"],
        "changes": [{ "field": "roles", "before": ["CUSTOMER"], "after": ["SUPPORT"] }],
    });
    assert_eq!(of_ada[1], set_roles);
    assert_eq!(of_ada[0]["actorKind"], "ANONYMOUS");
    assert_eq!(actions(&entries(&admin, json!({ "actorId": ada.id })).await), ["session.start"]);
    assert_eq!(actions(&entries(&admin, json!({ "from": later })).await), ["user.set_roles"]);
    assert_eq!(entries(&admin, json!({ "until": later, "actions": ["user.set_roles"] })).await, Vec::<Value>::new());
    let both = entries(&admin, json!({ "actions": ["user.set_roles", "user.register"] })).await;
    assert_eq!(actions(&both), ["user.register", "user.set_roles"]);
    assert_eq!(entries(&admin, json!({ "objectType": "role" })).await.len(), 6);
}

async fn an_entry_is_shown_to_those_who_may_read_the_log_only(app: TestApp) {
    let (admin, support) = (app.as_role("ADMINISTRATOR").await, app.as_role("SUPPORT").await);
    let id = entries(&admin, json!({ "objectType": "role" })).await[0]["id"].clone();
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(admin.query(node, json!({ "id": id })).await.field("node"), &json!({ "id": id }));
    for client in [&support, &app.anonymous()] {
        assert_eq!(client.query(node, json!({ "id": id })).await.field("node"), &Value::Null);
    }
}

#[derive(FromQueryResult)]
struct Kept {
    text: String,
}

async fn no_password_token_or_hash_is_kept_anywhere_but_in_its_column(app: TestApp) {
    const NEW: &str = "copper lantern meadow 9";
    let keyed = |client: &Client, key: &str| client.with_idempotency_key(key);
    let ada = customer(&app, "ada@example.com").await;
    let (access, refreshed) = exchanged(&app, &ada.refresh).await;
    let change = "mutation($input: PasswordChangeInput!) { passwordChange(input: $input) { userErrors { code } } }";
    let input = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    keyed(&ada.client, "change").mutate(change, input).await.payload("passwordChange");
    let input = json!({ "email": "ada@example.com", "password": NEW });
    let again = keyed(&app.anonymous(), "login").mutate(LOGIN, input).await;
    let again = again.payload("login");
    keyed(&ada.client, "logout").query(LOGOUT, json!({})).await.payload("logout");

    let sql = "SELECT changes AS text FROM audit_entries UNION ALL SELECT payload FROM outbox UNION ALL \
               SELECT COALESCE(outcome, '') FROM idempotency_records UNION ALL SELECT field FROM idempotency_records";
    let kept: Vec<Kept> = Sql::new(sql).all(app.app.services.db.read()).await.unwrap();
    assert!(kept.len() > 8, "there is nothing to look at");
    let tokens = [&ada.access, &ada.refresh, &access, &refreshed];
    let mut secrets: Vec<String> = tokens.into_iter().cloned().collect();
    secrets.extend(["accessToken", "refreshToken"].map(|name| again[name].as_str().unwrap().to_owned()));
    secrets.extend([PASSWORD, NEW, "$argon2id", "srt_"].map(str::to_owned));
    for Kept { text } in kept {
        assert!(secrets.iter().all(|secret| !text.contains(secret.as_str())), "{text}");
    }
}
