//! Gives a user exactly these roles.

use std::collections::{BTreeSet, HashMap};

use super::{Done, lock_administrators, require_an_administrator, stale};
use crate::accounts::entity::role::{self, RoleId};
use crate::accounts::error::AccountError;
use crate::accounts::rules;
use crate::accounts::store;
use crate::kernel::actor::{Actor, Denied, Permission, UserId};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::db::constraint::{self, Violation};
use crate::kernel::error::{At, Failure};
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Gives a user exactly these roles. Nobody gives or takes a role with a permission that they lack.
#[derive(Debug, Clone)]
pub struct SetUserRoles {
    /// The user.
    pub user: UserId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The roles, in the order of the input.
    pub roles: Vec<RoleId>,
}

impl Command for SetUserRoles {
    type Output = UserId;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageRoles)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<UserId> {
        lock_administrators(cx).await?;
        let touched = store::touch_user(cx.tx, self.user, self.expected_version, cx.now).await?;
        let user = store::user_by_id(cx.tx, self.user).await?;
        let user = user.ok_or_else(|| Failure::refused("input.userId", AccountError::UserNotFound))?;
        if !touched {
            return Err(stale(user.version));
        }
        let held = store::roles_of_users(cx.tx, &[self.user]).await?.remove(&self.user).unwrap_or_default();
        let held: BTreeSet<RoleId> = held.into_iter().collect();
        let wanted: BTreeSet<RoleId> = self.roles.iter().copied().collect();
        let known = self.known_roles(cx, &held).await?;
        let added: Vec<RoleId> = wanted.difference(&held).copied().collect();
        let taken: Vec<RoleId> = held.difference(&wanted).copied().collect();
        self.require_may_handle(cx, &added, &taken).await?;
        store::take_roles(cx.tx, self.user, &taken).await?;
        store::give_roles(cx.tx, self.user, &added, cx.now).await.map_err(|error| {
            match constraint::violated(&error) {
                Some(Violation::ForeignKey) => Failure::refused("input.roleIds", AccountError::RoleNotFound),
                Some(Violation::Unique(_) | Violation::Check(_)) | None => error.into(),
            }
        })?;
        require_an_administrator(cx, "input.roleIds").await?;
        cx.access_changed();
        let (before, after) = (codes(&known, &held), codes(&known, &wanted));
        cx.audit(Entry::new("user.set_roles", self.user, Changes::new().field("roles", &before, &after)));
        let payload = serde_json::json!({ "userId": self.user, "roles": after });
        cx.emit(Event::new("user.roles_set", self.user, &payload)?);
        Ok(self.user)
    }
}

impl SetUserRoles {
    /// The rows of the roles that the user has and is to have; refuses ids without a role.
    async fn known_roles(&self, cx: &Cx<'_>, held: &BTreeSet<RoleId>) -> Done<HashMap<RoleId, role::Model>> {
        let ids: Vec<RoleId> = held.iter().chain(&self.roles).copied().collect();
        let known = store::roles_by_ids(cx.tx, cx.actor, &ids).await?;
        let missing: Vec<At<AccountError>> = (self.roles.iter().enumerate())
            .filter(|(_, id)| !known.contains_key(id))
            .map(|(index, _)| At::new(&format!("input.roleIds.{index}"), AccountError::RoleNotFound))
            .collect();
        if missing.is_empty() { Ok(known) } else { Err(Failure::Refused(missing)) }
    }

    async fn require_may_handle(&self, cx: &Cx<'_>, added: &[RoleId], taken: &[RoleId]) -> Done<()> {
        let changed: Vec<RoleId> = added.iter().chain(taken).copied().collect();
        let allowed = store::permissions_of_roles(cx.tx, &changed).await?;
        for id in changed {
            let place = self.roles.iter().position(|role| *role == id);
            let field = place.map_or_else(|| "input.roleIds".to_owned(), |index| format!("input.roleIds.{index}"));
            let permissions = allowed.get(&id).into_iter().flatten().copied();
            rules::may_handle(cx.actor, permissions).map_err(|error| Failure::refused(&field, error))?;
        }
        Ok(())
    }
}

fn codes(known: &HashMap<RoleId, role::Model>, ids: &BTreeSet<RoleId>) -> BTreeSet<String> {
    ids.iter().filter_map(|id| known.get(id)).map(|role| role.code.clone()).collect()
}
