//! Changes what is known of a user.

use super::{Done, stale};
use crate::accounts::error::AccountError;
use crate::accounts::rules::PersonName;
use crate::accounts::store;
use crate::kernel::actor::{Actor, Denied, Permission, UserId};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::Failure;
use crate::kernel::outbox::Event;
use crate::kernel::write::{Command, Cx};

/// Changes a user: everyone themselves, staff with the permission everyone. What is `None` stays.
#[derive(Debug, Clone)]
pub struct UserUpdate {
    /// The user.
    pub id: UserId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// What the person is called.
    pub name: Option<PersonName>,
}

impl Command for UserUpdate {
    type Output = UserId;
    type Error = AccountError;

    /// The answer is the same whether or not there is such a user.
    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        if actor.user_id() == Some(self.id) { Ok(()) } else { actor.require(Permission::ManageUsers) }
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<UserId> {
        let found = store::user_by_id(cx.tx, self.id).await?;
        let before = found.ok_or_else(|| Failure::refused("input.id", AccountError::UserNotFound))?;
        if self.expected_version.is_some_and(|expected| expected != before.version) {
            return Err(stale(before.version));
        }
        let Some(name) = self.name.as_ref().map(PersonName::as_str).filter(|name| *name != before.name) else {
            return Ok(self.id);
        };
        if !store::rename_user(cx.tx, &before, name, cx.now).await? {
            return Err(stale(before.version + 1));
        }
        let changes = Changes::new().field("name", before.name.as_str(), name);
        cx.audit(Entry::new("user.update", self.id, changes));
        cx.emit(Event::new("user.updated", self.id, &serde_json::json!({ "userId": self.id }))?);
        Ok(self.id)
    }
}
