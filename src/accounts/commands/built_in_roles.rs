//! Brings the built-in roles of the database up to the program's list, at each start.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr};

use super::Done;
use crate::accounts::entity::role::{self, RoleId};
use crate::accounts::error::AccountError;
use crate::accounts::rules::BuiltInRole;
use crate::accounts::store::{self, NewRole, RoleTexts};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::Fault;
use crate::kernel::write::{Command, Cx};

/// Adds the built-in roles that are missing and mends those that differ.
#[derive(Debug, Clone, Copy)]
pub struct EnsureBuiltInRoles;

impl EnsureBuiltInRoles {
    /// Whether there is nothing to do, so that an ordinary start writes nothing.
    pub async fn is_done(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
        let stored = stored(db).await?;
        Ok(BuiltInRole::ALL.iter().zip(&stored).all(|(role, stored)| stored.as_ref().is_some_and(|s| s.is_as(*role))))
    }
}

impl Command for EnsureBuiltInRoles {
    type Output = ();
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageRoles)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<()> {
        for (role, stored) in BuiltInRole::ALL.into_iter().zip(stored(cx.tx).await?) {
            match stored {
                None => add(cx, role).await?,
                Some(stored) if !stored.is_as(role) => mend(cx, role, &stored).await?,
                Some(_) => {}
            }
        }
        cx.access_changed();
        Ok(())
    }
}

/// A role as the database has it.
struct Stored {
    row: role::Model,
    permissions: BTreeSet<Permission>,
}

impl Stored {
    fn is_as(&self, role: BuiltInRole) -> bool {
        self.row.built_in
            && self.row.name == role.name()
            && self.row.description == role.description()
            && self.permissions == role.permissions().iter().copied().collect()
    }
}

/// The stored form of each built-in role, in the order of `BuiltInRole::ALL`.
async fn stored(db: &impl ConnectionTrait) -> Result<Vec<Option<Stored>>, DbErr> {
    let codes = BuiltInRole::ALL.map(BuiltInRole::code);
    let mut rows = store::roles_by_codes(db, &codes).await?;
    let ids: Vec<RoleId> = rows.values().map(|row| row.id).collect();
    let mut permissions = store::permissions_of_roles(db, &ids).await?;
    let of = |code: &str| {
        let row = rows.remove(code)?;
        let permissions = permissions.remove(&row.id).unwrap_or_default();
        Some(Stored { row, permissions })
    };
    Ok(codes.into_iter().map(of).collect())
}

async fn add(cx: &mut Cx<'_>, role: BuiltInRole) -> Done<()> {
    let id: RoleId = cx.ids.make();
    let new = NewRole { id, code: role.code(), name: role.name(), description: role.description(), built_in: true };
    store::insert_role(cx.tx, new, cx.now).await?;
    let permissions = role.permissions().iter().copied().collect();
    store::set_role_permissions(cx.tx, id, &permissions).await?;
    let changes = Changes::new().set("code", role.code()).set("permissions", &names(&permissions));
    cx.audit(Entry::new("role.create", id, changes));
    Ok(())
}

async fn mend(cx: &mut Cx<'_>, role: BuiltInRole, stored: &Stored) -> Done<()> {
    if !stored.row.built_in {
        return Err(Fault::Internal(format!("another role has the code of the built-in role {}", role.code())).into());
    }
    let texts = RoleTexts { name: role.name(), description: role.description() };
    super::expect_one(store::update_role(cx.tx, &stored.row, texts, cx.now).await?, "a built-in role")?;
    let permissions = role.permissions().iter().copied().collect();
    store::set_role_permissions(cx.tx, stored.row.id, &permissions).await?;
    let changes = Changes::new()
        .field("name", stored.row.name.as_str(), role.name())
        .field("description", stored.row.description.as_str(), role.description())
        .field("permissions", &names(&stored.permissions), &names(&permissions));
    cx.audit(Entry::new("role.update", stored.row.id, changes));
    Ok(())
}

/// The names of permissions, for the log.
pub(super) fn names(permissions: &BTreeSet<Permission>) -> Vec<&'static str> {
    permissions.iter().map(|permission| permission.name()).collect()
}
