//! Changes a role.

use std::collections::BTreeSet;

use super::built_in_roles::names;
use super::{Done, stale};
use crate::accounts::entity::role::{self, RoleId};
use crate::accounts::error::AccountError;
use crate::accounts::rules::{self, RoleDescription, RoleName};
use crate::accounts::store::{self, RoleTexts};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::Failure;
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Changes a role; what is `None` stays. Nobody adds or removes a permission that they lack.
#[derive(Debug, Clone)]
pub struct RoleUpdate {
    /// The role.
    pub id: RoleId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The name for people.
    pub name: Option<RoleName>,
    /// What it is for.
    pub description: Option<RoleDescription>,
    /// What it allows.
    pub permissions: Option<BTreeSet<Permission>>,
}

impl Command for RoleUpdate {
    type Output = RoleId;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageRoles)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<RoleId> {
        let before = changeable(cx, self.id, self.expected_version).await?;
        let allowed = store::permissions_of_roles(cx.tx, &[self.id]).await?.remove(&self.id).unwrap_or_default();
        let wanted = self.permissions.clone().unwrap_or_else(|| allowed.clone());
        let changed = wanted.symmetric_difference(&allowed).copied();
        rules::may_handle(cx.actor, changed).map_err(|error| Failure::refused("input.permissions", error))?;
        let name = self.name.as_ref().map_or(before.name.as_str(), RoleName::as_str);
        let description = self.description.as_ref().map_or(before.description.as_str(), RoleDescription::as_str);
        if name == before.name && description == before.description && wanted == allowed {
            return Ok(self.id);
        }
        if !store::update_role(cx.tx, &before, RoleTexts { name, description }, cx.now).await? {
            return Err(stale(before.version + 1));
        }
        if wanted != allowed {
            store::set_role_permissions(cx.tx, self.id, &wanted).await?;
            cx.access_changed();
        }
        let changes = Changes::new()
            .field("name", before.name.as_str(), name)
            .field("description", before.description.as_str(), description)
            .field("permissions", &names(&allowed), &names(&wanted));
        cx.audit(Entry::new("role.update", self.id, changes));
        cx.emit(Event::new("role.updated", self.id, &serde_json::json!({ "roleId": self.id, "code": before.code }))?);
        Ok(self.id)
    }
}

/// The role, if it is one that may be changed and has the version that the caller read.
pub(super) async fn changeable(cx: &Cx<'_>, id: RoleId, expected_version: Option<i64>) -> Done<role::Model> {
    let found = store::role_by_id(cx.tx, id).await?;
    let role = found.ok_or_else(|| Failure::refused("input.id", AccountError::RoleNotFound))?;
    if role.built_in {
        return Err(Failure::refused("input.id", AccountError::BuiltInRole));
    }
    if expected_version.is_some_and(|expected| expected != role.version) {
        return Err(stale(role.version));
    }
    Ok(role)
}
