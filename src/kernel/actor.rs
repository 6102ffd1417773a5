//! Who acts, and what they may do. Every command takes an actor first and asks it for a permission.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

crate::id!(
    /// The id of a user account.
    UserId, "user"
);

crate::id!(
    /// The id of a session: one log-in on one device.
    SessionId, "session"
);

/// What a role can allow. Stored by its upper-case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl Permission {
    /// Every permission, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::ReadUsers,
        Self::ManageUsers,
        Self::ManageRoles,
        Self::ReadAuditLog,
        Self::ReadCatalog,
        Self::ManageCatalog,
        Self::ReadInventory,
        Self::ManageInventory,
        Self::CountStock,
        Self::ManageLocations,
    ];

    /// The name in the database and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadUsers => "READ_USERS",
            Self::ManageUsers => "MANAGE_USERS",
            Self::ManageRoles => "MANAGE_ROLES",
            Self::ReadAuditLog => "READ_AUDIT_LOG",
            Self::ReadCatalog => "READ_CATALOG",
            Self::ManageCatalog => "MANAGE_CATALOG",
            Self::ReadInventory => "READ_INVENTORY",
            Self::ManageInventory => "MANAGE_INVENTORY",
            Self::CountStock => "COUNT_STOCK",
            Self::ManageLocations => "MANAGE_LOCATIONS",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission {0}")]
pub struct UnknownPermission(String);

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.name() == text)
            .ok_or_else(|| UnknownPermission(text.to_owned()))
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A caller without a token.
    Anonymous,
    /// A logged-in user.
    User {
        /// The account.
        id: UserId,
        /// The session that the token belongs to.
        session: SessionId,
    },
    /// The server itself, or its command line. The name says which part, such as `import`.
    System(&'static str),
}

/// Someone who acts, with what they may do at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    identity: Identity,
    permissions: BTreeSet<Permission>,
}

/// The actor may not do this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody is logged in.
    #[error("log in first")]
    Unauthenticated,
    /// The actor lacks the permission.
    #[error("requires the permission {0}")]
    Forbidden(Permission),
}

impl Actor {
    /// A caller without a token.
    pub fn anonymous() -> Self {
        Self { identity: Identity::Anonymous, permissions: BTreeSet::new() }
    }

    /// A logged-in user with the permissions of their roles.
    pub fn user(id: UserId, session: SessionId, permissions: impl IntoIterator<Item = Permission>) -> Self {
        Self { identity: Identity::User { id, session }, permissions: permissions.into_iter().collect() }
    }

    /// The server itself, which may do everything.
    pub fn system(part: &'static str) -> Self {
        Self { identity: Identity::System(part), permissions: Permission::ALL.into_iter().collect() }
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The user's id, when a user acts.
    pub fn user_id(&self) -> Option<UserId> {
        match self.identity {
            Identity::User { id, .. } => Some(id),
            Identity::Anonymous | Identity::System(_) => None,
        }
    }

    /// The session's id, when a user acts.
    pub fn session_id(&self) -> Option<SessionId> {
        match self.identity {
            Identity::User { session, .. } => Some(session),
            Identity::Anonymous | Identity::System(_) => None,
        }
    }

    /// Whether the actor has the permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// What the actor may do.
    pub fn permissions(&self) -> impl Iterator<Item = Permission> {
        self.permissions.iter().copied()
    }

    /// Refuses an actor without the permission.
    pub fn require(&self, permission: Permission) -> Result<(), Denied> {
        if self.may(permission) {
            return Ok(());
        }
        match self.identity {
            Identity::Anonymous => Err(Denied::Unauthenticated),
            Identity::User { .. } | Identity::System(_) => Err(Denied::Forbidden(permission)),
        }
    }

    /// Refuses a caller who is not logged in, and tells the user's id.
    pub fn require_user(&self) -> Result<UserId, Denied> {
        self.user_id().ok_or(Denied::Unauthenticated)
    }

    /// A stable name for this actor's own things, such as idempotency keys: `user_…`, `anonymous` or `system:import`.
    pub fn scope(&self) -> String {
        match &self.identity {
            Identity::Anonymous => "anonymous".to_owned(),
            Identity::User { id, .. } => id.to_string(),
            Identity::System(part) => format!("system:{part}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_reads_back_from_its_name() {
        for permission in Permission::ALL {
            assert_eq!(permission.name().parse(), Ok(permission));
        }
    }

    #[test]
    fn a_caller_without_a_token_is_asked_to_log_in_before_anything_is_forbidden() {
        assert_eq!(Actor::anonymous().require(Permission::ReadUsers), Err(Denied::Unauthenticated));
        let user = Actor::user(UserId(uuid::Uuid::nil()), SessionId(uuid::Uuid::nil()), []);
        assert_eq!(user.require(Permission::ReadUsers), Err(Denied::Forbidden(Permission::ReadUsers)));
    }
}
