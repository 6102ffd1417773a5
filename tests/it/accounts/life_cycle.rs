//! The whole life of an account, answer by answer.

use serde_json::{Value, json};

use super::{LOGIN, LOGOUT, REFRESH, REGISTER, VIEWER};
use crate::support::client::Answer;
use crate::support::{PASSWORD, TestApp, both_databases};

both_databases!(an_account_is_opened_used_changed_and_left);

const NEW_PASSWORD: &str = "copper lantern meadow 9";

/// The whole answer, with tokens and ids named by what they are, as they differ each time.
fn shown(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    hide("", &mut body);
    json!({ "status": answer.status, "body": body })
}

fn hide(name: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| hide(name, field)),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(name, item)),
        Value::String(text) if name.ends_with("Token") => "(token)".clone_into(text),
        Value::String(text) if name == "id" || name.ends_with("Id") => {
            *text = format!("({})", text.split('_').next().unwrap());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

async fn an_account_is_opened_used_changed_and_left(mut app: TestApp) {
    let hand = app.make_foreseeable().await;
    let anonymous = app.anonymous();
    let new = json!({ "email": "Ada.Lovelace@Example.com", "name": "Ada Lovelace", "password": PASSWORD });
    let mut answers = vec![("register", anonymous.mutate(REGISTER, new.clone()).await)];
    answers.push(("register again", anonymous.mutate(REGISTER, new).await));
    let weak = json!({ "email": "nobody", "name": " ", "password": "password" });
    answers.push(("register with mistakes", anonymous.mutate(REGISTER, weak).await));
    let weak = json!({ "email": "grace@example.com", "name": "Grace", "password": "grace@example.com" });
    answers.push(("register with a weak password", anonymous.mutate(REGISTER, weak).await));

    let wrong = json!({ "email": "ada.lovelace@example.com", "password": "wrong" });
    answers.push(("login with a wrong password", anonymous.mutate(LOGIN, wrong).await));
    let right = json!({ "email": "ada.lovelace@example.com", "password": PASSWORD });
    let login = anonymous.mutate(LOGIN, right.clone()).await;
    let tokens = login.payload("login").clone();
    answers.push(("login", login));
    let ada = app.anonymous().with_token(tokens["accessToken"].as_str().unwrap());
    answers.push(("viewer", ada.query(VIEWER, json!({})).await));

    hand.advance(std::time::Duration::from_mins(2));
    let rename = "mutation($input: UserUpdateInput!) {
        userUpdate(input: $input) { user { name version updatedAt } userErrors { code message field } }
    }";
    let input = json!({ "id": tokens["user"]["id"], "name": "Countess Lovelace", "expectedVersion": 1 });
    answers.push(("userUpdate", ada.mutate(rename, input.clone()).await));
    answers.push(("userUpdate with a stale version", ada.mutate(rename, input).await));

    let change = "mutation($input: PasswordChangeInput!) {
        passwordChange(input: $input) { user { version } userErrors { code message field } }
    }";
    let wrong = json!({ "currentPassword": "wrong", "newPassword": "short" });
    answers.push(("passwordChange with mistakes", ada.mutate(change, wrong).await));
    let input = json!({ "currentPassword": PASSWORD, "newPassword": NEW_PASSWORD });
    answers.push(("passwordChange", ada.mutate(change, input).await));
    answers.push(("login with the old password", anonymous.mutate(LOGIN, right).await));

    let input = json!({ "refreshToken": tokens["refreshToken"] });
    let refreshed = anonymous.mutate(REFRESH, input).await;
    let access = refreshed.payload("refreshToken")["accessToken"].as_str().unwrap().to_owned();
    answers.push(("refreshToken", refreshed));
    let ada = app.anonymous().with_token(&access);
    answers.push((
        "sessions",
        ada.query("{ viewer { sessions { userAgent isCurrent createdAt lastUsedAt expiresAt } } }", json!({})).await,
    ));
    answers.push(("logout", ada.query(LOGOUT, json!({})).await));

    let shown: Vec<Value> =
        answers.iter().map(|(step, answer)| json!({ "step": step, "answer": shown(answer) })).collect();
    insta::assert_json_snapshot!("life_cycle", shown);
}
