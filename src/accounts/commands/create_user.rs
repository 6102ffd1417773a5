//! Makes accounts with roles: for the demo shop, and for the first and further administrators.

use super::{Done, lock_administrators};
use crate::accounts::entity::role::RoleId;
use crate::accounts::error::AccountError;
use crate::accounts::rules::{self, BuiltInRole, Email, PersonName};
use crate::accounts::store::{self, NewUser};
use crate::kernel::actor::{Actor, Denied, Permission, UserId};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::db::constraint;
use crate::kernel::error::{Failure, Fault};
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Makes an account with built-in roles.
#[derive(Clone)]
pub struct CreateUser {
    /// The address, which no other account may have.
    pub email: Email,
    /// What the person is called.
    pub name: PersonName,
    /// The PHC string of the password.
    pub password_hash: String,
    /// What the person is to be.
    pub roles: Vec<BuiltInRole>,
}

impl Command for CreateUser {
    type Output = UserId;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageUsers)?;
        actor.require(Permission::ManageRoles)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<UserId> {
        let given = self.roles.iter().flat_map(|role| role.permissions().iter().copied());
        rules::may_handle(cx.actor, given).map_err(|error| Failure::refused("input.roles", error))?;
        let new = (self.email.clone(), self.name.clone(), self.password_hash.clone());
        insert(cx, "user.create", new, &self.roles).await
    }
}

/// Makes an administrator where there is no user yet; does nothing where there is one.
#[derive(Clone)]
pub struct CreateFirstAdministrator {
    /// The address.
    pub email: Email,
    /// What the person is called.
    pub name: PersonName,
    /// The PHC string of the password.
    pub password_hash: String,
}

impl Command for CreateFirstAdministrator {
    type Output = Option<UserId>;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageUsers)?;
        actor.require(Permission::ManageRoles)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<Option<UserId>> {
        lock_administrators(cx).await?;
        if store::user_count(cx.tx).await? > 0 {
            return Ok(None);
        }
        let new = (self.email.clone(), self.name.clone(), self.password_hash.clone());
        insert(cx, "user.create", new, &[BuiltInRole::Administrator]).await.map(Some)
    }
}

/// Adds the user with the roles, and what the log and the outbox say of it.
pub(super) async fn insert(
    cx: &mut Cx<'_>,
    action: &'static str,
    (email, name, password_hash): (Email, PersonName, String),
    roles: &[BuiltInRole],
) -> Done<UserId> {
    let id: UserId = cx.ids.make();
    let codes: Vec<&str> = roles.iter().map(|role| role.code()).collect();
    let role_ids = ids_of(cx, &codes).await?;
    let changes = Changes::new().set("email", email.as_str()).set("name", name.as_str()).set("roles", &codes);
    let (email_key, email) = (email.key().to_owned(), email.as_str().to_owned());
    let new = NewUser { id, email, email_key, name: name.as_str().to_owned(), password_hash };
    store::insert_user(cx.tx, new, cx.now).await.map_err(|error| {
        if constraint::is_taken(&error, "uq_users_email_key") {
            Failure::refused("input.email", AccountError::EmailTaken)
        } else {
            error.into()
        }
    })?;
    store::give_roles(cx.tx, id, &role_ids, cx.now).await?;
    cx.audit(Entry::new(action, id, changes.secret("password")));
    cx.emit(Event::new("user.created", id, &serde_json::json!({ "userId": id, "roles": codes }))?);
    Ok(id)
}

async fn ids_of(cx: &Cx<'_>, codes: &[&str]) -> Done<Vec<RoleId>> {
    let known = store::roles_by_codes(cx.tx, codes).await?;
    let missing = |code: &str| Failure::Fault(Fault::Internal(format!("the built-in role {code} is missing")));
    codes.iter().map(|code| known.get(*code).map(|role| role.id).ok_or_else(|| missing(code))).collect()
}
