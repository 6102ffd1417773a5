//! Who may give or take what: nobody gives or takes a permission that they lack.

use crate::accounts::error::AccountError;
use crate::kernel::actor::{Actor, Permission};

/// Refuses an actor who lacks one of the permissions that would be given or taken.
pub fn may_handle(actor: &Actor, permissions: impl IntoIterator<Item = Permission>) -> Result<(), AccountError> {
    match permissions.into_iter().find(|permission| !actor.may(*permission)) {
        Some(lacking) => Err(AccountError::PermissionNotHeld { permission: lacking.name().to_owned() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::actor::{SessionId, UserId};

    #[test]
    fn only_what_one_has_can_be_given_or_taken() {
        let actor = Actor::user(UserId(uuid::Uuid::nil()), SessionId(uuid::Uuid::nil()), [Permission::ManageRoles]);
        assert_eq!(may_handle(&actor, [Permission::ManageRoles]), Ok(()));
        assert_eq!(may_handle(&actor, []), Ok(()));
        let lacking = AccountError::PermissionNotHeld { permission: "READ_USERS".to_owned() };
        assert_eq!(may_handle(&actor, [Permission::ManageRoles, Permission::ReadUsers]), Err(lacking));
    }
}
