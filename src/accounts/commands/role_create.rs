//! Defines a role.

use std::collections::BTreeSet;

use super::Done;
use super::built_in_roles::names;
use crate::accounts::entity::role::RoleId;
use crate::accounts::error::AccountError;
use crate::accounts::rules::{self, RoleCode, RoleDescription, RoleName};
use crate::accounts::store::{self, NewRole};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::db::constraint;
use crate::kernel::error::Failure;
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Defines a role, with no permission that its author lacks.
#[derive(Debug, Clone)]
pub struct RoleCreate {
    /// The stable name.
    pub code: RoleCode,
    /// The name for people.
    pub name: RoleName,
    /// What it is for.
    pub description: RoleDescription,
    /// What it allows.
    pub permissions: BTreeSet<Permission>,
}

impl Command for RoleCreate {
    type Output = RoleId;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageRoles)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<RoleId> {
        let given = self.permissions.iter().copied();
        rules::may_handle(cx.actor, given).map_err(|error| Failure::refused("input.permissions", error))?;
        let id: RoleId = cx.ids.make();
        let (code, name, description) = (self.code.as_str(), self.name.as_str(), self.description.as_str());
        let new = NewRole { id, code, name, description, built_in: false };
        store::insert_role(cx.tx, new, cx.now).await.map_err(|error| {
            if constraint::is_taken(&error, "uq_roles_code") {
                Failure::refused("input.code", AccountError::RoleCodeTaken)
            } else {
                error.into()
            }
        })?;
        store::set_role_permissions(cx.tx, id, &self.permissions).await?;
        let changes = Changes::new()
            .set("code", code)
            .set("name", name)
            .set("description", description)
            .set("permissions", &names(&self.permissions));
        cx.audit(Entry::new("role.create", id, changes));
        cx.emit(Event::new("role.created", id, &serde_json::json!({ "roleId": id, "code": code }))?);
        Ok(id)
    }
}
