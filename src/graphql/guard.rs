//! Permissions in the schema: the `@requires` directive that shows them and the guard that enforces them before a resolver runs.

use async_graphql::{Context, Enum, Guard, Result, TypeDirective};

use super::error;
use super::request::RequestContext as _;
use crate::kernel::actor;

/// What a role can allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "crate::kernel::actor::Permission")]
pub enum Permission {
    /// See every user account, with its roles.
    ReadUsers,
    /// Change, deactivate and reactivate user accounts.
    ManageUsers,
    /// Define roles and give them to users.
    ManageRoles,
    /// Read the audit log.
    ReadAuditLog,
    /// See products that are not active.
    ReadCatalog,
    /// Change products, variants and categories.
    ManageCatalog,
    /// See stock by location, its movements and adjustments.
    ReadInventory,
    /// Adjust, set and move stock.
    ManageInventory,
    /// Enter what was counted in a stock count, without seeing what should be there.
    CountStock,
    /// Create and change locations.
    ManageLocations,
}

/// The caller needs this permission, through one of their roles.
#[TypeDirective(location = "FieldDefinition")]
pub fn requires(#[graphql(desc = "The permission.")] permission: Permission) {}

/// Refuses a caller without the permission.
pub struct Requires(pub actor::Permission);

impl Guard for Requires {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.actor().require(self.0).map_err(error::of_denied)
    }
}

/// The caller needs one of these permissions, through one of their roles.
#[TypeDirective(location = "FieldDefinition", name = "requiresAny")]
pub fn requires_any(#[graphql(desc = "The permissions, the usual one first.")] permissions: Vec<Permission>) {}

/// Refuses a caller who has none of the permissions, naming the first.
pub struct RequiresAny(pub &'static [actor::Permission]);

impl Guard for RequiresAny {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let actor = ctx.actor();
        match self.0.first() {
            Some(usual) if !self.0.iter().any(|permission| actor.may(*permission)) => {
                actor.require(*usual).map_err(error::of_denied)
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Refuses a caller who is not logged in.
pub struct LoggedIn;

impl Guard for LoggedIn {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.actor().require_user().map(drop).map_err(error::of_denied)
    }
}
