//! Loaders of the accounts slice.

use std::collections::{BTreeSet, HashMap};

use sea_orm::DbErr;

use super::{Scope, loader};
use crate::accounts::entity::role::{self, RoleId};
use crate::accounts::entity::user;
use crate::accounts::store;
use crate::kernel::actor::{Permission, UserId};
use crate::kernel::audit::{self, AuditEntryId};

async fn users(scope: &Scope, keys: &[UserId]) -> Result<HashMap<UserId, Option<user::Model>>, DbErr> {
    let found = store::users_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Users by id.
    UserById,
    UserByIdBatch,
    UserId => Option<user::Model>,
    users
);

async fn roles(scope: &Scope, keys: &[RoleId]) -> Result<HashMap<RoleId, Option<role::Model>>, DbErr> {
    let found = store::roles_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Roles by id.
    RoleById,
    RoleByIdBatch,
    RoleId => Option<role::Model>,
    roles
);

async fn roles_of_users(scope: &Scope, keys: &[UserId]) -> Result<HashMap<UserId, Vec<role::Model>>, DbErr> {
    store::held_roles(scope.db.read(), keys).await
}

loader!(
    /// The roles of a user. Whoever may see a user may see what roles they have.
    RolesOfUser,
    RolesOfUserBatch,
    UserId => Vec<role::Model>,
    roles_of_users
);

async fn permissions_of_users(scope: &Scope, keys: &[UserId]) -> Result<HashMap<UserId, BTreeSet<Permission>>, DbErr> {
    store::permissions_of_users(scope.db.read(), keys).await
}

loader!(
    /// What the roles of a user allow together. Whoever may see a user may see it.
    PermissionsOfUser,
    PermissionsOfUserBatch,
    UserId => BTreeSet<Permission>,
    permissions_of_users
);

async fn permissions_of_roles(scope: &Scope, keys: &[RoleId]) -> Result<HashMap<RoleId, BTreeSet<Permission>>, DbErr> {
    store::permissions_of_roles(scope.db.read(), keys).await
}

loader!(
    /// The permissions of a role. Whoever may see a role may see what it allows.
    PermissionsOfRole,
    PermissionsOfRoleBatch,
    RoleId => BTreeSet<Permission>,
    permissions_of_roles
);

async fn audit_entries(
    scope: &Scope,
    keys: &[AuditEntryId],
) -> Result<HashMap<AuditEntryId, Option<audit::Model>>, DbErr> {
    let found = store::audit_entries_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Entries of the audit log by id.
    AuditEntryById,
    AuditEntryByIdBatch,
    AuditEntryId => Option<audit::Model>,
    audit_entries
);
