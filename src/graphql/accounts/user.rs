//! Users in the schema: what can be read of them.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::{Role, Session};
use crate::accounts::entity::role::RoleId;
use crate::accounts::entity::user;
use crate::accounts::store::{self, UserFilter};
use crate::connection;
use crate::graphql::connection::Total;
use crate::graphql::error::{self, ErrorCode};
use crate::graphql::guard::{LoggedIn, Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::kernel::actor::{self, UserId};
use crate::kernel::page::PageArgs;
use crate::kernel::text;

/// The longest text to search for, in characters.
const MAX_QUERY: usize = 100;
/// The most roles to filter by.
const MAX_ROLES: usize = 100;

/// A person's account.
#[derive(Debug, Clone)]
pub struct User(pub user::Model);

/// A person's account. Everyone sees their own; the permission `READ_USERS` shows all.
#[Object]
impl User {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The e-mail address, with which the person logs in.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What the person is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether the person may log in.
    async fn status(&self) -> UserStatus {
        self.0.status.into()
    }

    /// The roles that the person has, by code.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<Role>> {
        let roles = ctx.loaders().roles_of_user.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        Ok(roles.into_iter().map(Role).collect())
    }

    /// What the person's roles allow together.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Vec<Permission>> {
        let allowed = ctx.loaders().permissions_of_user.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        Ok(allowed.into_iter().map(Permission::from).collect())
    }

    /// The open sessions of the person, the newest first. Only the person sees them: anyone else gets null.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<Session>>> {
        if ctx.actor().user_id() != Some(self.0.id) {
            return Ok(None);
        }
        let (db, now) = (ctx.services().db.read(), ctx.services().clock.now());
        let sessions = store::open_sessions_of(db, self.0.id, now).await.map_err(|fault| ctx.fault(fault))?;
        Ok(Some(sessions.into_iter().map(Session).collect()))
    }

    /// When the person last logged in; null when never.
    async fn last_login_at(&self) -> Option<DateTime> {
        self.0.last_login_at.map(Into::into)
    }

    /// Counted up by each change; give it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When the account was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When the account was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

/// Whether a person may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "user::UserStatus")]
pub enum UserStatus {
    /// The person may log in.
    Active,
    /// The person may not log in and has no session. What they did stays on record.
    Deactivated,
}

connection!(
    /// A page of users.
    UserConnection,
    UserEdge,
    User
);

/// How to order users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::UserOrder")]
pub enum UserOrder {
    /// The oldest account first.
    CreatedAtAsc,
    /// The newest account first.
    CreatedAtDesc,
    /// By name, from A to Z.
    NameAsc,
    /// By name, from Z to A.
    NameDesc,
    /// By e-mail address, from A to Z.
    EmailAsc,
    /// By e-mail address, from Z to A.
    EmailDesc,
}

/// Which users to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
#[graphql(name = "UserFilter")]
pub struct UserFilterInput {
    /// A part of the name or of the e-mail address, in any case: at most 100 characters.
    pub query: Option<String>,
    /// Only users with one of these roles: at most 100.
    pub role_ids: Option<Vec<ID>>,
    /// Only this status.
    pub status: Option<UserStatus>,
}

impl UserFilterInput {
    fn read(self) -> Result<UserFilter> {
        let bad = |error: text::InputError| ErrorCode::BadUserInput.with(&format!("filter.query {error}"));
        let query = self.query.map(|query| text::optional_line(&query, MAX_QUERY)).transpose().map_err(bad)?;
        let roles = match self.role_ids {
            Some(ids) if ids.len() > MAX_ROLES => {
                return Err(
                    ErrorCode::BadUserInput.with(&format!("filter.roleIds has too many items: at most {MAX_ROLES}"))
                );
            }
            Some(ids) => {
                Some(ids.iter().map(|id| scalars::read_id::<RoleId>("filter.roleIds", id)).collect::<Result<_>>()?)
            }
            None => None,
        };
        let query = query.filter(|query| !query.is_empty());
        Ok(UserFilter { query, roles, status: self.status.map(Into::into) })
    }
}

#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// The person who asks. Null for a caller without an access token.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match ctx.actor().user_id() {
            Some(id) => ctx.user(id).await,
            None => Ok(None),
        }
    }

    /// One user. Null when there is none, or when the caller may not see them: everyone sees themselves, the permission
    /// `READ_USERS` shows all. Requires a login.
    #[graphql(guard = "LoggedIn")]
    async fn user(&self, ctx: &Context<'_>, #[graphql(desc = "The id.")] id: ID) -> Result<Option<User>> {
        ctx.user(scalars::read_id("id", &id)?).await
    }

    /// The users. Requires the permission `READ_USERS`.
    #[graphql(guard = "Requires(actor::Permission::ReadUsers)", directive = requires::apply(Permission::ReadUsers))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which users to list.")] filter: Option<UserFilterInput>,
        #[graphql(desc = "How to order them.", default_with = "UserOrder::CreatedAtDesc")] order_by: UserOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<UserConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let select = store::users(ctx.actor(), &filter.unwrap_or_default().read()?);
        let db = &ctx.services().db;
        let slice = store::users_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(UserConnection::of(slice, Total::of(db, select), User))
    }
}

/// Short ways to users.
pub(in crate::graphql) trait UserContext {
    /// The user, if the caller may see them.
    async fn user(&self, id: UserId) -> Result<Option<User>>;

    /// The user whose own doing this request is, such as by logging in, whoever the caller was until then; nobody when the answer's `user` is not asked for.
    async fn own_user(&self, id: UserId) -> Result<Option<User>>;
}

impl UserContext for Context<'_> {
    async fn user(&self, id: UserId) -> Result<Option<User>> {
        let found = self.loaders().users.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(User))
    }

    async fn own_user(&self, id: UserId) -> Result<Option<User>> {
        if !self.look_ahead().field("user").exists() {
            return Ok(None);
        }
        let found = store::user_by_id(self.services().db.read(), id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(User))
    }
}
