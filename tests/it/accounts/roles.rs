//! Roles: defined, given, taken, and never more than their giver has.

use serde_json::{Value, json};

use super::{customer, role_id};
use crate::support::client::{Answer, Client};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_role_is_defined_given_changed_taken_and_deleted,
    a_role_takes_effect_at_once_although_permissions_are_remembered,
    every_mistake_in_a_role_is_named,
    built_in_roles_stay_as_they_are,
    nobody_gives_or_takes_what_they_lack,
    a_stale_version_of_a_role_or_user_writes_nothing,
    unknown_roles_and_users_are_named_by_their_place,
);

const CREATE: &str = "mutation($input: RoleCreateInput!) {
    roleCreate(input: $input) {
        role { id code name description permissions isBuiltIn version } userErrors { code message field }
    }
}";

const UPDATE: &str = "mutation($input: RoleUpdateInput!) {
    roleUpdate(input: $input) {
        role { name description permissions version }
        userErrors { code message field ... on StaleVersionError { currentVersion } }
    }
}";

const DELETE: &str = "mutation($input: RoleDeleteInput!) {
    roleDelete(input: $input) { deletedRoleId userErrors { code message field } }
}";

const SET_ROLES: &str = "mutation($input: UserRolesSetInput!) {
    userRolesSet(input: $input) {
        user { version roles { code } permissions }
        userErrors { code message field ... on StaleVersionError { currentVersion } }
    }
}";

async fn create(client: &Client, code: &str, permissions: &[&str]) -> Answer {
    client.mutate(CREATE, json!({ "code": code, "name": code.to_lowercase(), "permissions": permissions })).await
}

async fn created(client: &Client, code: &str, permissions: &[&str]) -> Value {
    create(client, code, permissions).await.payload("roleCreate")["role"]["id"].clone()
}

async fn set_roles(client: &Client, user: &str, roles: Value) -> Answer {
    client.mutate(SET_ROLES, json!({ "userId": user, "roleIds": roles })).await
}

async fn a_role_is_defined_given_changed_taken_and_deleted(app: TestApp) {
    let (admin, ada) = (app.as_role("ADMINISTRATOR").await, customer(&app, "ada@example.com").await);
    let input = json!({
        "code": "AUDITOR", "name": " Auditor ", "description": "Reads what others did.",
        "permissions": ["READ_AUDIT_LOG", "READ_USERS", "READ_USERS"],
    });
    let role = admin.mutate(CREATE, input).await.payload("roleCreate")["role"].clone();
    let expected = json!({
        "id": role["id"], "code": "AUDITOR", "name": "Auditor", "description": "Reads what others did.",
        "permissions": ["READ_USERS", "READ_AUDIT_LOG"], "isBuiltIn": false, "version": 1,
    });
    assert_eq!(role, expected);
    assert_eq!(create(&admin, "AUDITOR", &[]).await.user_error_codes("roleCreate"), ["TAKEN"]);

    let log = "{ auditLog { totalCount } }";
    assert_eq!(ada.client.query(log, json!({})).await.codes(), ["FORBIDDEN"]);
    let given = set_roles(&admin, &ada.id, json!([role["id"]])).await;
    let expected =
        json!({ "version": 2, "roles": [{ "code": "AUDITOR" }], "permissions": ["READ_USERS", "READ_AUDIT_LOG"] });
    assert_eq!(given.payload("userRolesSet")["user"], expected);
    ada.client.query(log, json!({})).await.data();

    let in_use = admin.mutate(DELETE, json!({ "id": role["id"] })).await;
    assert_eq!(in_use.user_error_codes("roleDelete"), ["IN_USE"]);
    let input = json!({ "id": role["id"], "expectedVersion": 1, "description": null, "permissions": ["READ_USERS"] });
    let changed = admin.mutate(UPDATE, input).await;
    let expected = json!({ "name": "Auditor", "description": "", "permissions": ["READ_USERS"], "version": 2 });
    assert_eq!(changed.payload("roleUpdate")["role"], expected);
    assert_eq!(ada.client.query(log, json!({})).await.codes(), ["FORBIDDEN"]);

    set_roles(&admin, &ada.id, json!([])).await.payload("userRolesSet");
    let deleted = admin.mutate(DELETE, json!({ "id": role["id"], "expectedVersion": 2 })).await;
    assert_eq!(deleted.payload("roleDelete")["deletedRoleId"], role["id"]);
    let gone = admin.query("query($id: ID!) { node(id: $id) { id } }", json!({ "id": role["id"] })).await;
    assert_eq!(gone.field("node"), &Value::Null);
}

async fn a_role_takes_effect_at_once_although_permissions_are_remembered(mut app: TestApp) {
    app.reconfigure(|config| config.accounts.permissions_cache_ms = 1_000).await;
    let (admin, ada) = (app.as_role("ADMINISTRATOR").await, customer(&app, "ada@example.com").await);
    let support = json!([role_id(&admin, "SUPPORT").await]);
    let users = "{ users { totalCount } }";
    for _ in 0..3 {
        assert_eq!(ada.client.query(users, json!({})).await.codes(), ["FORBIDDEN"]);
        set_roles(&admin, &ada.id, support.clone()).await.payload("userRolesSet");
        ada.client.query(users, json!({})).await.data();
        set_roles(&admin, &ada.id, json!([])).await.payload("userRolesSet");
    }
    let custom = created(&admin, "HELPER", &["READ_USERS"]).await;
    set_roles(&admin, &ada.id, json!([custom])).await.payload("userRolesSet");
    ada.client.query(users, json!({})).await.data();
    admin.mutate(UPDATE, json!({ "id": custom, "permissions": [] })).await.payload("roleUpdate");
    assert_eq!(ada.client.query(users, json!({})).await.codes(), ["FORBIDDEN"]);
}

async fn every_mistake_in_a_role_is_named(app: TestApp) {
    let admin = app.as_role("ADMINISTRATOR").await;
    let input = json!({ "code": "not a code", "name": "", "description": "a\u{0}b", "permissions": [] });
    let answer = admin.mutate(CREATE, input).await;
    let fields: Vec<_> = answer.user_errors("roleCreate").iter().map(|error| error["field"][1].clone()).collect();
    assert_eq!(fields, [json!("code"), json!("name"), json!("description")]);
    assert_eq!(answer.user_error_codes("roleCreate"), ["INVALID", "REQUIRED", "INVALID"]);
    let unknown = admin.mutate(CREATE, json!({ "code": "AB", "name": "x", "permissions": ["FLY"] })).await;
    assert_eq!(unknown.errors().len(), 1);
}

async fn built_in_roles_stay_as_they_are(app: TestApp) {
    let admin = app.as_role("ADMINISTRATOR").await;
    for code in ["ADMINISTRATOR", "CATALOG_MANAGER", "INVENTORY_MANAGER", "SUPPORT", "CUSTOMER"] {
        let id = role_id(&admin, code).await;
        let changed = admin.mutate(UPDATE, json!({ "id": id, "name": "Other" })).await;
        assert_eq!(changed.user_error_codes("roleUpdate"), ["PROTECTED"], "{code}");
        let deleted = admin.mutate(DELETE, json!({ "id": id })).await;
        assert_eq!(deleted.user_error_codes("roleDelete"), ["PROTECTED"], "{code}");
        assert_eq!(create(&admin, code, &[]).await.user_error_codes("roleCreate"), ["TAKEN"], "{code}");
    }
}

async fn nobody_gives_or_takes_what_they_lack(app: TestApp) {
    let (admin, mallory) = (app.as_role("ADMINISTRATOR").await, customer(&app, "mallory@example.com").await);
    let admin_id = super::login(&app, "administrator@test.example").await.id;
    let own = created(&admin, "PERSONNEL", &["READ_USERS", "MANAGE_ROLES", "MANAGE_USERS"]).await;
    set_roles(&admin, &mallory.id, json!([own])).await.payload("userRolesSet");
    let (client, administrator) = (&mallory.client, role_id(&admin, "ADMINISTRATOR").await);
    let catalog = role_id(&admin, "CATALOG_MANAGER").await;

    let promoted = set_roles(client, &mallory.id, json!([own, administrator])).await;
    assert_eq!(promoted.user_errors("userRolesSet")[0]["field"], json!(["input", "roleIds", "1"]));
    let more = client.mutate(UPDATE, json!({ "id": own, "permissions": ["READ_USERS", "READ_AUDIT_LOG"] })).await;
    let demoted = set_roles(client, &admin_id, json!([])).await;
    let deactivate = "mutation($input: UserDeactivateInput!) { userDeactivate(input: $input) { userErrors { code } } }";
    let deactivated = client.mutate(deactivate, json!({ "id": admin_id })).await;
    let refused = [
        promoted.user_error_codes("userRolesSet"),
        set_roles(client, &mallory.id, json!([own, catalog])).await.user_error_codes("userRolesSet"),
        create(client, "SNEAKY", &["MANAGE_CATALOG"]).await.user_error_codes("roleCreate"),
        more.user_error_codes("roleUpdate"),
        demoted.user_error_codes("userRolesSet"),
        deactivated.user_error_codes("userDeactivate"),
    ];
    assert!(refused.iter().all(|codes| codes == &["PROTECTED"]), "{refused:?}");

    let weaker = created(client, "READER", &["READ_USERS"]).await;
    let helper = customer(&app, "helper@example.com").await;
    set_roles(client, &helper.id, json!([weaker])).await.payload("userRolesSet");
}

async fn a_stale_version_of_a_role_or_user_writes_nothing(app: TestApp) {
    let (admin, ada) = (app.as_role("ADMINISTRATOR").await, customer(&app, "ada@example.com").await);
    let role = created(&admin, "AUDITOR", &[]).await;
    admin.mutate(UPDATE, json!({ "id": role, "expectedVersion": 1, "name": "First" })).await.payload("roleUpdate");
    let stale = admin.mutate(UPDATE, json!({ "id": role, "expectedVersion": 1, "name": "Second" })).await;
    assert_eq!(stale.user_errors("roleUpdate")[0]["currentVersion"], json!(2));
    let stale = admin.mutate(DELETE, json!({ "id": role, "expectedVersion": 1 })).await;
    assert_eq!(stale.user_error_codes("roleDelete"), ["STALE"]);
    let input = json!({ "userId": ada.id, "roleIds": [role], "expectedVersion": 7 });
    let stale = admin.mutate(SET_ROLES, input).await;
    assert_eq!(stale.user_errors("userRolesSet")[0]["currentVersion"], json!(1));
    let look = "query($id: ID!) { user(id: $id) { version roles { code } } }";
    let user = admin.query(look, json!({ "id": ada.id })).await;
    assert_eq!(user.field("user"), &json!({ "version": 1, "roles": [{ "code": "CUSTOMER" }] }));
}

async fn unknown_roles_and_users_are_named_by_their_place(app: TestApp) {
    let (admin, ada) = (app.as_role("ADMINISTRATOR").await, customer(&app, "ada@example.com").await);
    let unknown = "role_00000000000000000000000000";
    let support = role_id(&admin, "SUPPORT").await;
    let answer = set_roles(&admin, &ada.id, json!([support, unknown, ada.id])).await;
    let wrong = &answer.user_errors("userRolesSet")[0];
    assert_eq!((&wrong["code"], &wrong["field"]), (&json!("INVALID"), &json!(["input", "roleIds", "2"])));
    let answer = set_roles(&admin, &ada.id, json!([support, unknown])).await;
    let wrong = &answer.user_errors("userRolesSet")[0];
    assert_eq!((&wrong["code"], &wrong["field"]), (&json!("NOT_FOUND"), &json!(["input", "roleIds", "1"])));
    let nobody = set_roles(&admin, "user_00000000000000000000000000", json!([support])).await;
    assert_eq!(nobody.user_errors("userRolesSet")[0]["field"], json!(["input", "userId"]));
}
