//! Changing users: their names, their roles, whether they may log in.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::user::UserContext as _;
use super::{User, user_errors};
use crate::accounts::commands::{SetUserRoles, SetUserStatus, UserUpdate};
use crate::accounts::entity::role::RoleId;
use crate::accounts::entity::user::UserStatus;
use crate::accounts::error::AccountError;
use crate::accounts::rules::PersonName;
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{LoggedIn, Permission, Requires, requires};
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::kernel::actor::{self, UserId};
use crate::kernel::error::{At, Problems};
use crate::kernel::id;
use crate::kernel::text::InputError;
use crate::kernel::write::Command;

/// The most roles of one user.
const MAX_ROLES: usize = 50;

#[derive(Default)]
pub struct UserMutation;

#[Object]
impl UserMutation {
    /// Changes a user. Everyone may change themselves; for others it takes the permission `MANAGE_USERS`. Requires a login.
    #[graphql(guard = "LoggedIn")]
    async fn user_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user and what to change.")] input: UserUpdateInput,
    ) -> Result<UserUpdatePayload> {
        let (user, user_errors) = changed(ctx, input.parse()).await?;
        Ok(UserUpdatePayload { user, user_errors })
    }

    /// Gives a user exactly these roles. It takes effect at once, in open sessions too. Nobody can give or take a role
    /// with a permission that they lack, and one active administrator always stays. Requires the permission `MANAGE_ROLES`.
    #[graphql(guard = "Requires(actor::Permission::ManageRoles)", directive = requires::apply(Permission::ManageRoles))]
    async fn user_roles_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user and the roles.")] input: UserRolesSetInput,
    ) -> Result<UserRolesSetPayload> {
        let (user, user_errors) = changed(ctx, input.parse()).await?;
        Ok(UserRolesSetPayload { user, user_errors })
    }

    /// Keeps a user out: ends their sessions and refuses their log-ins. What they did stays on record. Nobody can
    /// deactivate someone with a permission that they lack, and one active administrator always stays. Requires the
    /// permission `MANAGE_USERS`.
    #[graphql(guard = "Requires(actor::Permission::ManageUsers)", directive = requires::apply(Permission::ManageUsers))]
    async fn user_deactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user.")] input: UserDeactivateInput,
    ) -> Result<UserDeactivatePayload> {
        let command = set_status(&input.id, input.expected_version, UserStatus::Deactivated);
        let (user, user_errors) = changed(ctx, command).await?;
        Ok(UserDeactivatePayload { user, user_errors })
    }

    /// Lets a deactivated user log in again. Requires the permission `MANAGE_USERS`.
    #[graphql(guard = "Requires(actor::Permission::ManageUsers)", directive = requires::apply(Permission::ManageUsers))]
    async fn user_reactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user.")] input: UserReactivateInput,
    ) -> Result<UserReactivatePayload> {
        let command = set_status(&input.id, input.expected_version, UserStatus::Active);
        let (user, user_errors) = changed(ctx, command).await?;
        Ok(UserReactivatePayload { user, user_errors })
    }
}

/// Runs a command that changes a user. Who changes users without the permission to see them gets no user back.
async fn changed<C>(
    ctx: &Context<'_>,
    command: Result<C, Vec<At<AccountError>>>,
) -> Result<(Option<User>, Vec<UserError>)>
where
    C: Command<Output = UserId, Error = AccountError>,
{
    let command = match command {
        Ok(command) => command,
        Err(errors) => return Ok((None, user_errors(errors))),
    };
    Ok(match ctx.write(command).await? {
        Ok(id) => (ctx.user(id).await?, Vec::new()),
        Err(errors) => (None, user_errors(errors)),
    })
}

fn set_status(
    id: &ID,
    expected_version: Option<i64>,
    status: UserStatus,
) -> Result<SetUserStatus, Vec<At<AccountError>>> {
    let mut problems = Problems::default();
    let id = problems.take("input.id", id::parse::<UserId>(id).map_err(AccountError::of_id));
    problems.finish(id.map(|id| SetUserStatus { id, expected_version, status }))
}

/// A change of a user. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct UserUpdateInput {
    /// The user.
    pub id: ID,
    /// The version that you read. If the user has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// What the person is called: at most 100 characters.
    pub name: Option<String>,
}

impl UserUpdateInput {
    fn parse(self) -> Result<UserUpdate, Vec<At<AccountError>>> {
        let mut problems = Problems::default();
        let id = problems.take("input.id", id::parse::<UserId>(&self.id).map_err(AccountError::of_id));
        let name = self.name.and_then(|name| problems.take("input.name", PersonName::parse(&name)));
        let expected_version = self.expected_version;
        problems.finish(id.map(|id| UserUpdate { id, expected_version, name }))
    }
}

payloads!(UserUpdatePayload, UserRolesSetPayload, UserDeactivatePayload, UserReactivatePayload);

/// What became of `userUpdate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct UserUpdatePayload {
    /// The user as they are now; null when there are errors.
    pub user: Option<User>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// The roles that a user is to have.
#[derive(Debug, InputObject)]
pub struct UserRolesSetInput {
    /// The user.
    pub user_id: ID,
    /// All the roles that the user is to have: at most 50. Roles that are left out are taken.
    pub role_ids: Vec<ID>,
    /// The version that you read. If the user has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

impl UserRolesSetInput {
    fn parse(self) -> Result<SetUserRoles, Vec<At<AccountError>>> {
        let mut problems = Problems::default();
        let user = problems.take("input.userId", id::parse::<UserId>(&self.user_id).map_err(AccountError::of_id));
        if self.role_ids.len() > MAX_ROLES {
            problems.add("input.roleIds", InputError::TooMany { max: MAX_ROLES }.into());
        }
        let mut roles = Vec::new();
        for (index, text) in self.role_ids.iter().take(MAX_ROLES).enumerate() {
            let role = id::parse::<RoleId>(text).map_err(AccountError::of_id);
            roles.extend(problems.take(&format!("input.roleIds.{index}"), role));
        }
        let expected_version = self.expected_version;
        problems.finish(user.map(|user| SetUserRoles { user, expected_version, roles }))
    }
}

/// What became of `userRolesSet`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct UserRolesSetPayload {
    /// The user as they are now; null when there are errors.
    pub user: Option<User>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// A user to keep out.
#[derive(Debug, InputObject)]
pub struct UserDeactivateInput {
    /// The user.
    pub id: ID,
    /// The version that you read. If the user has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

/// What became of `userDeactivate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct UserDeactivatePayload {
    /// The user as they are now; null when there are errors.
    pub user: Option<User>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// A user to let in again.
#[derive(Debug, InputObject)]
pub struct UserReactivateInput {
    /// The user.
    pub id: ID,
    /// The version that you read. If the user has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

/// What became of `userReactivate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct UserReactivatePayload {
    /// The user as they are now; null when there are errors.
    pub user: Option<User>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
