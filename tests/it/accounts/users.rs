//! Users: listed by staff, and otherwise seen by themselves only.

use serde_json::{Value, json};
use stockroom::accounts::commands::CreateUser;
use stockroom::accounts::rules::{BuiltInRole, Email, PersonName};
use stockroom::kernel::actor::Actor;
use stockroom::kernel::write::Meta;

use super::{cost, customer, role_id};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    users_are_found_by_part_of_name_or_address_by_role_and_by_status,
    a_customer_sees_themselves_and_nobody_else_by_any_path,
    users_with_roles_cost_the_same_number_of_statements_for_ten_and_for_a_hundred,
    a_user_changes_their_own_name_and_staff_with_the_permission_anyones,
    a_bad_filter_is_an_error_of_the_request,
);

/// Makes a user without the cost of hashing: nobody logs in as them.
async fn make(app: &TestApp, email: &str, name: &str, roles: &[BuiltInRole]) {
    let command = CreateUser {
        email: Email::parse(email).unwrap(),
        name: PersonName::parse(name).unwrap(),
        password_hash: "none".to_owned(),
        roles: roles.to_vec(),
    };
    app.app.services.writer.write(&Actor::system("test"), Meta::new("test"), command).await.unwrap().outcome.unwrap();
}

async fn found(client: &Client, filter: Value) -> Vec<String> {
    let list = "query($filter: UserFilter) { users(filter: $filter, orderBy: EMAIL_ASC) { nodes { email } } }";
    let answer = client.query(list, json!({ "filter": filter })).await;
    let users = answer.field("users")["nodes"].as_array().unwrap().clone();
    users.iter().map(|user| user["email"].as_str().unwrap().to_owned()).collect()
}

async fn users_are_found_by_part_of_name_or_address_by_role_and_by_status(app: TestApp) {
    let support = app.as_role("SUPPORT").await;
    make(&app, "ada@one.example", "Ada Lovelace", &[BuiltInRole::Customer]).await;
    make(&app, "100%_sure@two.example", "Étienne \\ Blanc", &[BuiltInRole::CatalogManager]).await;
    make(&app, "both@two.example", "Both", &[BuiltInRole::Customer, BuiltInRole::CatalogManager]).await;
    assert_eq!(found(&support, json!({ "query": "LOVE" })).await, ["ada@one.example"]);
    assert_eq!(found(&support, json!({ "query": "@TWO." })).await, ["100%_sure@two.example", "both@two.example"]);
    assert_eq!(found(&support, json!({ "query": "%_" })).await, ["100%_sure@two.example"]);
    assert_eq!(found(&support, json!({ "query": "\\" })).await, ["100%_sure@two.example"]);
    assert_eq!(found(&support, json!({ "query": "Étienne" })).await, ["100%_sure@two.example"]);
    assert_eq!(found(&support, json!({ "query": "nobody" })).await, Vec::<String>::new());
    assert_eq!(found(&support, json!({ "query": " " })).await.len(), 4);

    let (manager, customer) = (role_id(&support, "CATALOG_MANAGER").await, role_id(&support, "CUSTOMER").await);
    let managers = ["100%_sure@two.example", "both@two.example"];
    assert_eq!(found(&support, json!({ "roleIds": [manager] })).await, managers);
    assert_eq!(found(&support, json!({ "roleIds": [manager, customer] })).await.len(), 3);
    assert_eq!(found(&support, json!({ "roleIds": [] })).await.len(), 0);
    assert_eq!(found(&support, json!({ "roleIds": [customer], "query": "both" })).await, ["both@two.example"]);
    assert_eq!(found(&support, json!({ "status": "DEACTIVATED" })).await.len(), 0);
    assert_eq!(found(&support, json!({ "status": "ACTIVE" })).await.len(), 4);
}

async fn a_customer_sees_themselves_and_nobody_else_by_any_path(app: TestApp) {
    let (ada, bob) = (customer(&app, "ada@example.com").await, customer(&app, "bob@example.com").await);
    let by_id = "query($id: ID!) { user(id: $id) { email } node(id: $id) { id } nodes(ids: [$id]) { id } }";
    let own = ada.client.query(by_id, json!({ "id": ada.id })).await;
    let seen = json!({ "user": { "email": "ada@example.com" }, "node": { "id": ada.id }, "nodes": [{ "id": ada.id }] });
    assert_eq!(own.data(), &seen);
    let unseen = json!({ "user": null, "node": null, "nodes": [null] });
    let nobody = "user_00000000000000000000000000";
    for id in [bob.id.as_str(), nobody] {
        assert_eq!(ada.client.query(by_id, json!({ "id": id })).await.data(), &unseen);
        let node = app.anonymous().query("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert_eq!(node.field("node"), &Value::Null);
    }
    let rename = "mutation($input: UserUpdateInput!) { userUpdate(input: $input) { userErrors { code } } }";
    let others = ada.client.mutate(rename, json!({ "id": bob.id, "name": "X" })).await;
    let nobodys = ada.client.mutate(rename, json!({ "id": nobody, "name": "X" })).await;
    assert_eq!((others.codes(), others.errors()), (vec!["FORBIDDEN".to_owned()], nobodys.errors()));
}

async fn users_with_roles_cost_the_same_number_of_statements_for_ten_and_for_a_hundred(app: TestApp) {
    let support = app.as_role("SUPPORT").await;
    for number in 0..100 {
        let roles = [BuiltInRole::Customer, BuiltInRole::CatalogManager];
        make(&app, &format!("user{number}@example.com"), "Someone", &roles[..=number % 2]).await;
    }
    let list =
        "query($first: Int!) { users(first: $first) { nodes { email roles { code permissions } permissions } } }";
    let mut costs = Vec::new();
    for first in [10, 100] {
        let request = || async {
            let answer = support.query(list, json!({ "first": first })).await;
            assert_eq!(answer.field("users")["nodes"].as_array().unwrap().len(), first);
        };
        costs.push(cost(&app, request).await);
    }
    // Who asks, the page, the roles of all its users, what each role allows, what each user may.
    assert_eq!(costs, [5, 5]);
}

async fn a_user_changes_their_own_name_and_staff_with_the_permission_anyones(app: TestApp) {
    let (admin, ada) = (app.as_role("ADMINISTRATOR").await, customer(&app, "ada@example.com").await);
    let rename = "mutation($input: UserUpdateInput!) {
        userUpdate(input: $input) { user { name version } userErrors { code field } }
    }";
    let own = ada.client.mutate(rename, json!({ "id": ada.id, "name": " Ada  L. " })).await;
    assert_eq!(own.payload("userUpdate")["user"], json!({ "name": "Ada  L.", "version": 2 }));
    let same = ada.client.mutate(rename, json!({ "id": ada.id, "name": "Ada  L." })).await;
    assert_eq!(same.payload("userUpdate")["user"]["version"], json!(2), "nothing changed, nothing is counted");
    let staff = admin.mutate(rename, json!({ "id": ada.id, "name": "Countess", "expectedVersion": 2 })).await;
    assert_eq!(staff.payload("userUpdate")["user"], json!({ "name": "Countess", "version": 3 }));
    let support = app.as_role("SUPPORT").await;
    assert_eq!(support.mutate(rename, json!({ "id": ada.id, "name": "X" })).await.codes(), ["FORBIDDEN"]);
    let bad = ada.client.mutate(rename, json!({ "id": ada.id, "name": "a\u{202e}b" })).await;
    assert_eq!(bad.user_errors("userUpdate"), [json!({ "code": "INVALID", "field": ["input", "name"] })]);
    let wrong = admin.mutate(rename, json!({ "id": "role_00000000000000000000000000", "name": "X" })).await;
    assert_eq!(wrong.user_errors("userUpdate"), [json!({ "code": "INVALID", "field": ["input", "id"] })]);
}

async fn a_bad_filter_is_an_error_of_the_request(app: TestApp) {
    let admin = app.as_role("ADMINISTRATOR").await;
    let users = "query($filter: UserFilter) { users(filter: $filter) { totalCount } }";
    for filter in [json!({ "query": "x".repeat(101) }), json!({ "query": "a\u{0}b" }), json!({ "roleIds": ["user_1"] })]
    {
        assert_eq!(admin.query(users, json!({ "filter": filter })).await.codes(), ["BAD_USER_INPUT"]);
    }
    let log = "query($filter: AuditFilter) { auditLog(filter: $filter) { totalCount } }";
    for filter in [
        json!({ "actorId": "role_00000000000000000000000000" }),
        json!({ "objectId": "nonsense" }),
        json!({ "objectId": "role_00000000000000000000000000", "objectType": "user" }),
        json!({ "objectType": "a\u{0}b" }),
        json!({ "actions": vec!["x"; 101] }),
    ] {
        assert_eq!(admin.query(log, json!({ "filter": filter })).await.codes(), ["BAD_USER_INPUT"]);
    }
}
