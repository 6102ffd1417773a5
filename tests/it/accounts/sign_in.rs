//! Who gets in, and what those learn who don't.

use serde_json::{Value, json};

use super::{LOGIN, REGISTER, customer, login, register};
use crate::support::client::Answer;
use crate::support::{PASSWORD, TestApp, both_databases};

both_databases!(
    an_address_has_one_account_in_any_spelling,
    a_wrong_password_and_an_unknown_address_get_one_answer_for_the_same_work,
    a_deactivated_account_gets_the_answer_of_a_wrong_password,
    a_password_is_taken_exactly_as_typed_but_for_its_composition,
    a_repeated_registration_has_one_effect_and_many_at_once_make_one_account,
    more_log_ins_than_can_be_checked_are_sent_away_and_not_queued_for_long,
);

async fn attempt(app: &TestApp, email: &str, password: &str) -> Answer {
    app.anonymous().mutate(LOGIN, json!({ "email": email, "password": password })).await
}

async fn an_address_has_one_account_in_any_spelling(app: TestApp) {
    register(&app, "zo\u{eb}@example.com").await.payload("register");
    for spelling in ["ZO\u{cb}@EXAMPLE.COM", "zoe\u{308}@example.com", " zo\u{eb}@example.com "] {
        let answer = register(&app, spelling).await;
        assert_eq!(answer.user_error_codes("register"), ["TAKEN"], "{spelling}");
        assert_eq!(answer.user_errors("register")[0]["field"], json!(["input", "email"]));
        login(&app, spelling).await;
    }
}

async fn a_wrong_password_and_an_unknown_address_get_one_answer_for_the_same_work(app: TestApp) {
    register(&app, "ada@example.com").await.payload("register");
    let passwords = || app.app.services.accounts.passwords().computed();
    let mut answers = Vec::new();
    for email in ["ada@example.com", "unknown@example.com", "not an address", ""] {
        for password in ["wrong password", "", &"x".repeat(10_000)] {
            let before = passwords();
            answers.push(attempt(&app, email, password).await.body);
            assert_eq!(passwords(), before + 1, "{email}");
        }
    }
    answers.dedup();
    let error =
        json!({ "code": "INVALID_CREDENTIALS", "message": "E-mail address or password is wrong", "field": null });
    let nobody = json!({
        "accessToken": null, "refreshToken": null, "expiresAt": null, "user": null, "userErrors": [error],
    });
    let cost = json!({ "requested": 6, "limit": 250, "remaining": null });
    assert_eq!(answers, [json!({ "data": { "login": nobody }, "extensions": { "cost": cost } })]);
}

async fn a_deactivated_account_gets_the_answer_of_a_wrong_password(app: TestApp) {
    let (admin, ada) = (app.as_role("ADMINISTRATOR").await, customer(&app, "ada@example.com").await);
    let deactivate = "mutation($input: UserDeactivateInput!) { userDeactivate(input: $input) { userErrors { code } } }";
    admin.mutate(deactivate, json!({ "id": ada.id })).await.payload("userDeactivate");
    let refused = attempt(&app, "ada@example.com", PASSWORD).await;
    assert_eq!(refused.body, attempt(&app, "ada@example.com", "wrong").await.body);
    let reactivate = "mutation($input: UserReactivateInput!) { userReactivate(input: $input) { userErrors { code } } }";
    admin.mutate(reactivate, json!({ "id": ada.id })).await.payload("userReactivate");
    login(&app, "ada@example.com").await;
}

async fn a_password_is_taken_exactly_as_typed_but_for_its_composition(app: TestApp) {
    let input = json!({ "email": "ada@example.com", "name": "Ada", "password": " cafe\u{301} anvil cobalt " });
    app.anonymous().mutate(REGISTER, input).await.payload("register");
    attempt(&app, "ada@example.com", " caf\u{e9} anvil cobalt ").await.payload("login");
    for other in ["caf\u{e9} anvil cobalt", " Caf\u{e9} anvil cobalt ", " cafe anvil cobalt "] {
        let answer = attempt(&app, "ada@example.com", other).await;
        assert_eq!(answer.user_error_codes("login"), ["INVALID_CREDENTIALS"], "{other}");
    }
}

async fn a_repeated_registration_has_one_effect_and_many_at_once_make_one_account(app: TestApp) {
    let client = app.anonymous().with_idempotency_key("registration-1");
    let input = json!({ "email": "ada@example.com", "name": "Ada", "password": PASSWORD });
    let first = client.mutate(REGISTER, input.clone()).await;
    let again = client.mutate(REGISTER, input).await;
    assert_eq!(first.payload("register"), again.payload("register"));
    assert_eq!(again.body["extensions"]["idempotency"]["replayed"], true);

    let answers = futures_util::future::join_all((0..8).map(|_| register(&app, "grace@example.com"))).await;
    let made = answers.iter().filter(|answer| answer.user_errors("register").is_empty()).count();
    assert_eq!(made, 1);
    let taken: Vec<Value> = answers.iter().flat_map(|answer| answer.user_errors("register")).collect();
    assert!(taken.iter().all(|error| error["code"] == "TAKEN"), "{taken:?}");
}

async fn more_log_ins_than_can_be_checked_are_sent_away_and_not_queued_for_long(mut app: TestApp) {
    app.reconfigure(|config| {
        config.accounts.hashing_concurrency = 1;
        config.accounts.hashing_queue = 1;
    })
    .await;
    let before = app.app.services.accounts.passwords().computed();
    let answers = futures_util::future::join_all((0..20).map(|_| attempt(&app, "ada@example.com", "wrong"))).await;
    let busy = answers.iter().filter(|answer| answer.codes() == ["UNAVAILABLE"]).count();
    let checked = answers.iter().filter(|answer| answer.codes().is_empty()).count();
    assert!(busy > 0 && busy + checked == 20, "{busy} sent away, {checked} checked");
    assert_eq!(app.app.services.accounts.passwords().computed() - before, u64::try_from(checked).unwrap());
}
