//! Defining roles.

use std::collections::BTreeSet;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};

use super::role::RoleContext as _;
use super::{Role, user_errors};
use crate::accounts::commands::{RoleCreate, RoleDelete, RoleUpdate};
use crate::accounts::entity::role::RoleId;
use crate::accounts::error::AccountError;
use crate::accounts::rules::{RoleCode, RoleDescription, RoleName};
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars;
use crate::kernel::actor;
use crate::kernel::error::{At, Problems};
use crate::kernel::id;

#[derive(Default)]
pub struct RoleMutation;

#[Object]
impl RoleMutation {
    /// Defines a role, with no permission that the caller lacks. Requires the permission `MANAGE_ROLES`.
    #[graphql(guard = "Requires(actor::Permission::ManageRoles)", directive = requires::apply(Permission::ManageRoles))]
    async fn role_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new role.")] input: RoleCreateInput,
    ) -> Result<RoleCreatePayload> {
        let command = match input.parse() {
            Ok(command) => command,
            Err(errors) => return Ok(RoleCreatePayload { role: None, user_errors: user_errors(errors) }),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => RoleCreatePayload { role: ctx.role(id).await?, user_errors: Vec::new() },
            Err(errors) => RoleCreatePayload { role: None, user_errors: user_errors(errors) },
        })
    }

    /// Changes a role. It takes effect at once, in open sessions too. Nobody can add or remove a permission that they
    /// lack, and built-in roles stay as they are. Requires the permission `MANAGE_ROLES`.
    #[graphql(guard = "Requires(actor::Permission::ManageRoles)", directive = requires::apply(Permission::ManageRoles))]
    async fn role_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role and what to change.")] input: RoleUpdateInput,
    ) -> Result<RoleUpdatePayload> {
        let command = match input.parse() {
            Ok(command) => command,
            Err(errors) => return Ok(RoleUpdatePayload { role: None, user_errors: user_errors(errors) }),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => RoleUpdatePayload { role: ctx.role(id).await?, user_errors: Vec::new() },
            Err(errors) => RoleUpdatePayload { role: None, user_errors: user_errors(errors) },
        })
    }

    /// Deletes a role that nobody has. Built-in roles stay. Requires the permission `MANAGE_ROLES`.
    #[graphql(guard = "Requires(actor::Permission::ManageRoles)", directive = requires::apply(Permission::ManageRoles))]
    async fn role_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role.")] input: RoleDeleteInput,
    ) -> Result<RoleDeletePayload> {
        let command = match input.parse() {
            Ok(command) => command,
            Err(errors) => return Ok(RoleDeletePayload { deleted_role_id: None, user_errors: user_errors(errors) }),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => RoleDeletePayload { deleted_role_id: Some(scalars::id(id)), user_errors: Vec::new() },
            Err(errors) => RoleDeletePayload { deleted_role_id: None, user_errors: user_errors(errors) },
        })
    }
}

/// A new role.
#[derive(Debug, InputObject)]
pub struct RoleCreateInput {
    /// The unique, stable name for programs: 2 to 50 capital letters, digits and single underscores, such as
    /// `STORE_MANAGER`.
    pub code: String,
    /// The name for people: at most 100 characters.
    pub name: String,
    /// What the role is for: at most 500 characters.
    pub description: Option<String>,
    /// What the role allows.
    pub permissions: Vec<Permission>,
}

impl RoleCreateInput {
    fn parse(self) -> Result<RoleCreate, Vec<At<AccountError>>> {
        let mut problems = Problems::default();
        let code = problems.take("input.code", RoleCode::parse(&self.code));
        let name = problems.take("input.name", RoleName::parse(&self.name));
        let description = self.description.unwrap_or_default();
        let description = problems.take("input.description", RoleDescription::parse(&description));
        let permissions = set_of(self.permissions);
        let command = code.zip(name).zip(description);
        let command = command.map(|((code, name), description)| RoleCreate { code, name, description, permissions });
        problems.finish(command)
    }
}

payloads!(RoleCreatePayload, RoleUpdatePayload, RoleDeletePayload);

/// What became of `roleCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct RoleCreatePayload {
    /// The new role; null when there are errors.
    pub role: Option<Role>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// A change of a role. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct RoleUpdateInput {
    /// The role.
    pub id: ID,
    /// The version that you read. If the role has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// The name for people: at most 100 characters.
    pub name: Option<String>,
    /// What the role is for: at most 500 characters; null empties it.
    pub description: MaybeUndefined<String>,
    /// Everything that the role is to allow.
    pub permissions: Option<Vec<Permission>>,
}

impl RoleUpdateInput {
    fn parse(self) -> Result<RoleUpdate, Vec<At<AccountError>>> {
        let mut problems = Problems::default();
        let id = problems.take("input.id", id::parse::<RoleId>(&self.id).map_err(AccountError::of_id));
        let name = self.name.and_then(|name| problems.take("input.name", RoleName::parse(&name)));
        let description = match self.description {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(RoleDescription::default()),
            MaybeUndefined::Value(text) => problems.take("input.description", RoleDescription::parse(&text)),
        };
        let (expected_version, permissions) = (self.expected_version, self.permissions.map(set_of));
        problems.finish(id.map(|id| RoleUpdate { id, expected_version, name, description, permissions }))
    }
}

/// What became of `roleUpdate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct RoleUpdatePayload {
    /// The role as it is now; null when there are errors.
    pub role: Option<Role>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// A role to delete.
#[derive(Debug, InputObject)]
pub struct RoleDeleteInput {
    /// The role.
    pub id: ID,
    /// The version that you read. If the role has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

impl RoleDeleteInput {
    fn parse(self) -> Result<RoleDelete, Vec<At<AccountError>>> {
        let mut problems = Problems::default();
        let id = problems.take("input.id", id::parse::<RoleId>(&self.id).map_err(AccountError::of_id));
        let expected_version = self.expected_version;
        problems.finish(id.map(|id| RoleDelete { id, expected_version }))
    }
}

/// What became of `roleDelete`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct RoleDeletePayload {
    /// The id of the role that is gone; null when there are errors.
    pub deleted_role_id: Option<ID>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

fn set_of(permissions: Vec<Permission>) -> BTreeSet<actor::Permission> {
    permissions.into_iter().map(Into::into).collect()
}
