//! Roles in the schema: what can be read of them.

use async_graphql::{Context, Enum, ID, Object, Result};

use crate::accounts::entity::role::{self, RoleId};
use crate::accounts::store;
use crate::connection;
use crate::graphql::connection::Total;
use crate::graphql::error;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::kernel::actor;
use crate::kernel::page::PageArgs;

/// A named set of permissions, given to users.
#[derive(Debug, Clone)]
pub struct Role(pub role::Model);

/// A named set of permissions, given to users.
#[Object]
impl Role {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The unique, stable name for programs, such as `CATALOG_MANAGER`.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the role is for, or an empty string.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// What the role allows.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Vec<Permission>> {
        let allowed = ctx.loaders().permissions_of_role.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        Ok(allowed.into_iter().map(Permission::from).collect())
    }

    /// Whether the server defines the role: then it can't be changed or deleted.
    async fn is_built_in(&self) -> bool {
        self.0.built_in
    }

    /// Counted up by each change; give it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When the role was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When the role was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

connection!(
    /// A page of roles.
    RoleConnection,
    RoleEdge,
    Role
);

/// How to order roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::RoleOrder")]
pub enum RoleOrder {
    /// By name, from A to Z.
    NameAsc,
    /// By name, from Z to A.
    NameDesc,
    /// By code, from A to Z.
    CodeAsc,
    /// By code, from Z to A.
    CodeDesc,
}

#[derive(Default)]
pub struct RoleQuery;

#[Object]
impl RoleQuery {
    /// The roles. Requires the permission `READ_USERS`.
    #[graphql(guard = "Requires(actor::Permission::ReadUsers)", directive = requires::apply(Permission::ReadUsers))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to order them.", default_with = "RoleOrder::NameAsc")] order_by: RoleOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<RoleConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let select = role::visible_to(ctx.actor());
        let db = &ctx.services().db;
        let slice = store::roles_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(RoleConnection::of(slice, Total::of(db, select), Role))
    }
}

/// Short ways to roles.
pub(in crate::graphql) trait RoleContext {
    /// The role, if the caller may see it.
    async fn role(&self, id: RoleId) -> Result<Option<Role>>;
}

impl RoleContext for Context<'_> {
    async fn role(&self, id: RoleId) -> Result<Option<Role>> {
        let found = self.loaders().roles.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(Role))
    }
}
