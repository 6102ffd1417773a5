//! There is always an administrator: a first one, and never none.

use serde_json::json;
use stockroom::accounts::service::NewAdministrator;

use super::{execute, is_logged_in, login, role_id};
use crate::support::client::{Answer, Client};
use crate::support::{PASSWORD, TestApp, both_databases};

both_databases!(
    an_empty_database_gets_one_first_administrator,
    the_last_administrator_cannot_be_demoted_or_deactivated,
    two_administrators_who_remove_each_other_at_once_leave_one,
    a_start_mends_built_in_roles_and_otherwise_writes_nothing,
);

const SET_ROLES: &str = "mutation($input: UserRolesSetInput!) {
    userRolesSet(input: $input) { user { version roles { code } } userErrors { code message field } }
}";

const DEACTIVATE: &str = "mutation($input: UserDeactivateInput!) {
    userDeactivate(input: $input) { user { status } userErrors { code message field } }
}";

fn first(email: &str) -> NewAdministrator {
    NewAdministrator { email: email.to_owned(), name: "Boss".to_owned(), password: Some(PASSWORD.to_owned().into()) }
}

async fn an_empty_database_gets_one_first_administrator(app: TestApp) {
    let accounts = &app.app.services.accounts;
    let (one, other) = tokio::join!(
        accounts.create_first_administrator(first("one@example.com")),
        accounts.create_first_administrator(first("other@example.com")),
    );
    let made: Vec<_> = [one, other].into_iter().filter_map(|made| made.unwrap().unwrap()).collect();
    assert_eq!(made.len(), 1);
    assert!(made[0].generated.is_none());
    assert!(accounts.create_first_administrator(first("third@example.com")).await.unwrap().unwrap().is_none());

    let generated = NewAdministrator { password: None, ..first("second@example.com") };
    let second = accounts.create_administrator(generated).await.unwrap().unwrap();
    let password = second.generated.unwrap();
    let input = json!({ "email": "second@example.com", "password": secrecy::ExposeSecret::expose_secret(&password) });
    let answer = app.anonymous().mutate(super::LOGIN, input).await;
    assert_eq!(answer.payload("login")["user"]["roles"], json!([{ "code": "ADMINISTRATOR" }]));
    let taken = accounts.create_administrator(first("SECOND@example.com")).await.unwrap().unwrap_err();
    assert_eq!(taken[0].field, ["input", "email"]);
    let weak = NewAdministrator { password: Some("admin".to_owned().into()), ..first("weak@example.com") };
    assert_eq!(accounts.create_administrator(weak).await.unwrap().unwrap_err()[0].field, ["input", "password"]);
}

async fn set_roles(admin: &Client, user: &str, roles: &[String]) -> Answer {
    admin.mutate(SET_ROLES, json!({ "userId": user, "roleIds": roles })).await
}

async fn the_last_administrator_cannot_be_demoted_or_deactivated(app: TestApp) {
    let admin = app.as_role("ADMINISTRATOR").await;
    let id = login(&app, "administrator@test.example").await.id;
    let support = role_id(&admin, "SUPPORT").await;
    let demoted = set_roles(&admin, &id, &[support]).await;
    let message = "roleIds would leave the shop without an active administrator";
    let expected = json!({ "code": "PROTECTED", "message": message, "field": ["input", "roleIds"] });
    assert_eq!(demoted.user_errors("userRolesSet"), [expected]);
    let deactivated = admin.mutate(DEACTIVATE, json!({ "id": id })).await;
    assert_eq!(deactivated.user_error_codes("userDeactivate"), ["PROTECTED"]);
    assert!(is_logged_in(&admin).await, "a refused deactivation must not end sessions");

    app.app.services.accounts.create_administrator(first("second@example.com")).await.unwrap().unwrap();
    let second = login(&app, "second@example.com").await;
    let input = json!({ "id": id, "expectedVersion": 1 });
    second.client.mutate(DEACTIVATE, input).await.payload("userDeactivate");
    assert!(!is_logged_in(&admin).await);
    let last = second.client.mutate(DEACTIVATE, json!({ "id": second.id })).await;
    assert_eq!(last.user_error_codes("userDeactivate"), ["PROTECTED"], "a deactivated administrator does not count");
}

async fn two_administrators_who_remove_each_other_at_once_leave_one(app: TestApp) {
    let accounts = &app.app.services.accounts;
    accounts.create_administrator(first("admin0@example.com")).await.unwrap().unwrap();
    let mut one = login(&app, "admin0@example.com").await;
    for round in 1..=6 {
        let email = format!("admin{round}@example.com");
        accounts.create_administrator(first(&email)).await.unwrap().unwrap();
        let other = login(&app, &email).await;
        let (a, b) = if round % 2 == 0 {
            tokio::join!(set_roles(&one.client, &other.id, &[]), set_roles(&other.client, &one.id, &[]))
        } else {
            tokio::join!(
                one.client.mutate(DEACTIVATE, json!({ "id": other.id })),
                other.client.mutate(DEACTIVATE, json!({ "id": one.id })),
            )
        };
        // The slower of the two is refused by the rule, or was kept out before it began.
        let succeeded = [&a, &b].map(|answer| {
            let data = &answer.body["data"];
            [&data["userRolesSet"], &data["userDeactivate"]].iter().any(|payload| payload["userErrors"] == json!([]))
        });
        assert!(succeeded == [true, false] || succeeded == [false, true], "{:#} {:#}", a.body, b.body);
        let admins = "{ users(filter: { status: ACTIVE }) { nodes { permissions } } }";
        one = if succeeded[0] { one } else { other };
        let left = one.client.query(admins, json!({})).await.field("users")["nodes"].clone();
        let left = left.as_array().unwrap().iter().filter(|user| user["permissions"] != json!([])).count();
        assert_eq!(left, 1);
    }
}

async fn a_start_mends_built_in_roles_and_otherwise_writes_nothing(mut app: TestApp) {
    let admin = app.as_role("ADMINISTRATOR").await;
    let log = "{ auditLog(filter: { objectType: \"role\" }, first: 100) { nodes { action } totalCount } }";
    let count = || async { admin.query(log, json!({})).await.field("auditLog")["totalCount"].clone() };
    assert_eq!(count().await, json!(6));
    app.restart().await;
    assert_eq!(count().await, json!(6));
    let break_it = "DELETE FROM role_permissions WHERE permission = 'READ_AUDIT_LOG'";
    execute(&app, break_it).await;
    let denied = admin.query(log, json!({})).await;
    assert_eq!(denied.codes(), ["FORBIDDEN"]);
    app.restart().await;
    assert_eq!(count().await, json!(7));
}
