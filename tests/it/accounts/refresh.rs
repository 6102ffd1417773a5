//! Refresh tokens: each works once, two tabs agree, and a copy ends the session.

use std::time::Duration;

use serde_json::json;

use super::{cost, customer, exchanged, is_logged_in, login, refresh};
use crate::support::{TestApp, both_databases};

both_databases!(
    each_refresh_gives_a_new_pair_of_tokens,
    many_that_refresh_at_once_get_the_same_successor,
    within_the_grace_a_used_token_repeats_its_successor_until_that_is_used,
    after_the_grace_a_used_token_ends_its_session,
    a_token_that_is_none_of_ours_is_refused_without_a_look_at_the_database,
    a_session_ends_when_idle_and_at_its_absolute_end,
    staff_sessions_are_shorter,
);

async fn assert_refused(app: &TestApp, token: &str) {
    let answer = refresh(app, token).await;
    assert_eq!(answer.user_error_codes("refreshToken"), ["INVALID_CREDENTIALS"]);
    assert_eq!(answer.user_errors("refreshToken")[0]["field"], json!(["input", "refreshToken"]));
    assert!(answer.field("refreshToken")["accessToken"].is_null());
}

async fn each_refresh_gives_a_new_pair_of_tokens(app: TestApp) {
    let ada = customer(&app, "ada@example.com").await;
    let (mut refresh_token, mut seen) = (ada.refresh.clone(), vec![ada.refresh.clone()]);
    for _ in 0..3 {
        let (access, next) = exchanged(&app, &refresh_token).await;
        assert!(is_logged_in(&app.anonymous().with_token(&access)).await);
        assert!(!seen.contains(&next));
        seen.push(next.clone());
        refresh_token = next;
    }
}

async fn many_that_refresh_at_once_get_the_same_successor(app: TestApp) {
    let ada = customer(&app, "ada@example.com").await;
    let pairs = futures_util::future::join_all((0..12).map(|_| exchanged(&app, &ada.refresh))).await;
    let mut successors: Vec<_> = pairs.iter().map(|(_, refresh)| refresh.clone()).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    for (access, _) in &pairs {
        assert!(is_logged_in(&app.anonymous().with_token(access)).await);
    }
    exchanged(&app, &successors[0]).await;
}

async fn within_the_grace_a_used_token_repeats_its_successor_until_that_is_used(app: TestApp) {
    let ada = customer(&app, "ada@example.com").await;
    let (_, second) = exchanged(&app, &ada.refresh).await;
    let (access, same) = exchanged(&app, &ada.refresh).await;
    assert_eq!(second, same);
    let (_, third) = exchanged(&app, &second).await;

    assert_refused(&app, &ada.refresh).await;
    assert!(!is_logged_in(&app.anonymous().with_token(&access)).await, "a copied token must end the session");
    assert_refused(&app, &third).await;
    login(&app, "ada@example.com").await;
}

async fn after_the_grace_a_used_token_ends_its_session(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    let (ada, other) = (customer(&app, "ada@example.com").await, login(&app, "ada@example.com").await);
    let (access, second) = exchanged(&app, &ada.refresh).await;
    hand.advance(Duration::from_millis(29_999));
    assert_eq!(exchanged(&app, &ada.refresh).await.1, second);
    hand.advance(Duration::from_millis(1));
    assert_refused(&app, &ada.refresh).await;
    assert!(!is_logged_in(&app.anonymous().with_token(&access)).await);
    assert_refused(&app, &second).await;
    assert!(is_logged_in(&other.client).await, "another session of the user goes on");

    let admin = app.as_role("ADMINISTRATOR").await;
    let log = "{ auditLog(filter: { actions: [\"session.end\"] }) {
        nodes { actorKind actorName objectType changes { field before after } }
    } }";
    let entries = admin.query(log, json!({})).await.field("auditLog")["nodes"].clone();
    let changes = json!([
        { "field": "reason", "before": null, "after": "REFRESH_TOKEN_REUSED" },
        { "field": "user", "before": null, "after": ada.id },
    ]);
    let expected = json!([{
        "actorKind": "SYSTEM", "actorName": "sessions", "objectType": "session", "changes": changes,
    }]);
    assert_eq!(entries, expected);
}

async fn a_token_that_is_none_of_ours_is_refused_without_a_look_at_the_database(app: TestApp) {
    let ada = customer(&app, "ada@example.com").await;
    let (rest, last) = ada.refresh.split_at(ada.refresh.len() - 1);
    let mistyped = format!("{rest}{}", if last == "x" { "y" } else { "x" });
    for token in ["", "srt_", "nonsense", &"x".repeat(10_000), &mistyped, &ada.access] {
        assert_eq!(cost(&app, || assert_refused(&app, token)).await, 0);
    }
    exchanged(&app, &ada.refresh).await;
}

async fn a_session_ends_when_idle_and_at_its_absolute_end(mut app: TestApp) {
    const DAY: Duration = Duration::from_hours(24);
    let hand = app.stop_the_clock().await;
    let idle = customer(&app, "idle@example.com").await;
    let mut busy = customer(&app, "busy@example.com").await.refresh;
    for _ in 0..4 {
        hand.advance(DAY * 6);
        busy = exchanged(&app, &busy).await.1;
    }
    assert_refused(&app, &idle.refresh).await;
    hand.advance(Duration::from_secs(6 * 24 * 3600 - 1));
    busy = exchanged(&app, &busy).await.1;
    hand.advance(Duration::from_secs(1));
    assert_refused(&app, &busy).await;
}

async fn staff_sessions_are_shorter(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    app.as_role("SUPPORT").await;
    let (mut staff, customer) =
        (login(&app, "support@test.example").await.refresh, customer(&app, "ada@example.com").await);
    for _ in 0..3 {
        hand.advance(Duration::from_secs(8 * 3600 - 1));
        staff = exchanged(&app, &staff).await.1;
    }
    hand.advance(Duration::from_secs(3));
    assert_refused(&app, &staff).await;
    exchanged(&app, &customer.refresh).await;
    let idle = login(&app, "support@test.example").await.refresh;
    hand.advance(Duration::from_hours(8));
    assert_refused(&app, &idle).await;
}
