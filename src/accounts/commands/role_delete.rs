//! Removes a role that nobody has.

use super::built_in_roles::names;
use super::role_update::changeable;
use super::{Done, stale};
use crate::accounts::entity::role::RoleId;
use crate::accounts::error::AccountError;
use crate::accounts::rules;
use crate::accounts::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::db::constraint::{self, Violation};
use crate::kernel::error::Failure;
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Removes a role. One that users still have stays.
#[derive(Debug, Clone)]
pub struct RoleDelete {
    /// The role.
    pub id: RoleId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

impl Command for RoleDelete {
    type Output = RoleId;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageRoles)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<RoleId> {
        let role = changeable(cx, self.id, self.expected_version).await?;
        let allowed = store::permissions_of_roles(cx.tx, &[self.id]).await?.remove(&self.id).unwrap_or_default();
        let in_use = || Failure::refused("input.id", AccountError::RoleInUse);
        rules::may_handle(cx.actor, allowed.iter().copied()).map_err(|error| Failure::refused("input.id", error))?;
        if store::is_role_in_use(cx.tx, self.id).await? {
            return Err(in_use());
        }
        // Someone may be given the role in between: then the foreign key refuses.
        let deleted = store::delete_role(cx.tx, &role).await.map_err(|error| match constraint::violated(&error) {
            Some(Violation::ForeignKey) => in_use(),
            Some(Violation::Unique(_) | Violation::Check(_)) | None => error.into(),
        })?;
        if !deleted {
            return Err(stale(role.version + 1));
        }
        let changes = Changes::new()
            .field("code", &Some(role.code.as_str()), &None)
            .field("name", &Some(role.name.as_str()), &None)
            .field("permissions", &Some(names(&allowed)), &None);
        cx.audit(Entry::new("role.delete", self.id, changes));
        cx.emit(Event::new("role.deleted", self.id, &serde_json::json!({ "roleId": self.id, "code": role.code }))?);
        Ok(self.id)
    }
}
