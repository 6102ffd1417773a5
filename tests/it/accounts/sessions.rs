//! Sessions: seen and ended by their owner, and their tokens with them.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{LOGOUT, cost, customer, exchanged, is_logged_in, login, refresh};
use crate::support::client::Client;
use crate::support::{PASSWORD, TestApp, both_databases};

both_databases!(
    logging_out_stops_the_tokens_of_the_session_at_once,
    a_logout_is_seen_at_once_although_permissions_are_remembered,
    a_session_can_be_ended_from_another_one_but_not_from_another_user,
    a_change_of_password_ends_every_other_session,
    two_changes_of_password_at_once_do_not_both_succeed,
    a_change_of_password_can_be_repeated_under_its_key,
    one_user_has_so_many_sessions_and_the_oldest_makes_room,
    log_ins_at_once_leave_no_more_sessions_than_may_be,
    sessions_that_are_long_over_are_forgotten,
);

const END: &str =
    "mutation($input: SessionEndInput!) { sessionEnd(input: $input) { sessionId userErrors { code field } } }";

const CHANGE: &str = "mutation($input: PasswordChangeInput!) {
    passwordChange(input: $input) { user { version } userErrors { code field } }
}";

async fn sessions(client: &Client) -> Vec<Value> {
    let answer = client.query("{ viewer { sessions { id isCurrent userAgent } } }", json!({})).await;
    answer.field("viewer")["sessions"].as_array().unwrap().clone()
}

async fn logging_out_stops_the_tokens_of_the_session_at_once(app: TestApp) {
    let (ada, other) = (customer(&app, "ada@example.com").await, login(&app, "ada@example.com").await);
    ada.client.query(LOGOUT, json!({})).await.payload("logout");
    assert!(!is_logged_in(&ada.client).await);
    assert_eq!(refresh(&app, &ada.refresh).await.user_error_codes("refreshToken"), ["INVALID_CREDENTIALS"]);
    assert!(is_logged_in(&other.client).await);
    exchanged(&app, &other.refresh).await;
}

async fn a_logout_is_seen_at_once_although_permissions_are_remembered(mut app: TestApp) {
    app.reconfigure(|config| config.accounts.permissions_cache_ms = 1_000).await;
    let ada = customer(&app, "ada@example.com").await;
    assert!(is_logged_in(&ada.client).await);
    let remembered = cost(&app, || ada.client.query("{ __typename }", json!({}))).await;
    assert_eq!(remembered, 0, "the permissions were not remembered");
    ada.client.query(LOGOUT, json!({})).await.payload("logout");
    assert!(!is_logged_in(&ada.client).await);
}

async fn a_session_can_be_ended_from_another_one_but_not_from_another_user(app: TestApp) {
    let (phone, laptop) = (customer(&app, "ada@example.com").await, login(&app, "ada@example.com").await);
    let stranger = customer(&app, "stranger@example.com").await;
    let open = sessions(&laptop.client).await;
    assert_eq!(open.len(), 2);
    let phones = open.iter().find(|session| session["isCurrent"] == false).unwrap()["id"].clone();

    let refused = stranger.client.mutate(END, json!({ "id": phones })).await;
    assert_eq!(refused.user_error_codes("sessionEnd"), ["NOT_FOUND"]);
    assert!(is_logged_in(&phone.client).await);

    laptop.client.mutate(END, json!({ "id": phones })).await.payload("sessionEnd");
    assert!(!is_logged_in(&phone.client).await && is_logged_in(&laptop.client).await);
    let again = laptop.client.mutate(END, json!({ "id": phones })).await;
    assert_eq!(again.user_error_codes("sessionEnd"), ["NOT_FOUND"]);
    assert_eq!(sessions(&laptop.client).await.len(), 1);

    let admin = app.as_role("ADMINISTRATOR").await;
    let seen = admin.query("query($id: ID!) { user(id: $id) { sessions { id } } }", json!({ "id": phone.id })).await;
    assert_eq!(seen.field("user")["sessions"], Value::Null);
}

async fn a_change_of_password_ends_every_other_session(app: TestApp) {
    let (ada, other) = (customer(&app, "ada@example.com").await, login(&app, "ada@example.com").await);
    let input = json!({ "currentPassword": "wrong", "newPassword": "copper lantern meadow 9" });
    let wrong = ada.client.mutate(CHANGE, input).await;
    assert_eq!(
        wrong.user_errors("passwordChange"),
        [json!({ "code": "INVALID", "field": ["input", "currentPassword"] })]
    );
    assert!(is_logged_in(&other.client).await);

    let input = json!({ "currentPassword": PASSWORD, "newPassword": "copper lantern meadow 9" });
    ada.client.mutate(CHANGE, input).await.payload("passwordChange");
    assert!(is_logged_in(&ada.client).await && !is_logged_in(&other.client).await);
    exchanged(&app, &ada.refresh).await;
    assert_eq!(refresh(&app, &other.refresh).await.user_error_codes("refreshToken"), ["INVALID_CREDENTIALS"]);
}

async fn two_changes_of_password_at_once_do_not_both_succeed(app: TestApp) {
    let ada = customer(&app, "ada@example.com").await;
    let change = |new: &str| ada.client.mutate(CHANGE, json!({ "currentPassword": PASSWORD, "newPassword": new }));
    let (one, other) = (change("copper lantern meadow 9"), change("silver thimble harvest 7"));
    let (one, other) = tokio::join!(one, other);
    let changed = [&one, &other].iter().filter(|answer| answer.user_errors("passwordChange").is_empty()).count();
    assert_eq!(changed, 1);
}

async fn a_change_of_password_can_be_repeated_under_its_key(app: TestApp) {
    let ada = customer(&app, "ada@example.com").await;
    let input = json!({ "currentPassword": PASSWORD, "newPassword": "copper lantern meadow 9" });
    let keyed = ada.client.with_idempotency_key("change-1");
    let first = keyed.mutate(CHANGE, input.clone()).await;
    let again = keyed.mutate(CHANGE, input.clone()).await;
    assert_eq!(first.payload("passwordChange"), again.payload("passwordChange"));
    assert_eq!(again.body["extensions"]["idempotency"], json!({ "replayed": true }));
    let without = ada.client.mutate(CHANGE, input.clone()).await;
    assert_eq!(without.user_error_codes("passwordChange"), ["INVALID"]);
    let other = ada.client.with_idempotency_key("change-2").mutate(CHANGE, input).await;
    assert_eq!(other.user_error_codes("passwordChange"), ["INVALID"]);
}

async fn one_user_has_so_many_sessions_and_the_oldest_makes_room(mut app: TestApp) {
    app.reconfigure(|config| config.accounts.sessions_per_user = 3).await;
    let first = customer(&app, "ada@example.com").await;
    let second = login(&app, "ada@example.com").await;
    let third = login(&app, "ada@example.com").await;
    assert!(is_logged_in(&first.client).await);
    let fourth = login(&app, "ada@example.com").await;
    assert!(!is_logged_in(&first.client).await);
    for person in [&second, &third, &fourth] {
        assert!(is_logged_in(&person.client).await);
    }
}

async fn log_ins_at_once_leave_no_more_sessions_than_may_be(mut app: TestApp) {
    app.reconfigure(|config| config.accounts.sessions_per_user = 3).await;
    customer(&app, "ada@example.com").await;
    let people = join_all((0..8).map(|_| login(&app, "ada@example.com"))).await;
    let open = join_all(people.iter().map(|person| is_logged_in(&person.client))).await;
    assert_eq!(open.into_iter().filter(|open| *open).count(), 3);
}

async fn sessions_that_are_long_over_are_forgotten(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    let ada = customer(&app, "ada@example.com").await;
    exchanged(&app, &ada.refresh).await;
    let accounts = app.app.services.accounts.clone();
    hand.advance(Duration::from_hours(59 * 24));
    assert_eq!(accounts.purge().await.unwrap(), 0);
    hand.advance(Duration::from_hours(2 * 24));
    assert_eq!(accounts.purge().await.unwrap(), 1);
    assert_eq!(refresh(&app, &ada.refresh).await.user_error_codes("refreshToken"), ["INVALID_CREDENTIALS"]);
}
