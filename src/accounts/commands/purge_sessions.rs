//! Forgets sessions that are long over.

use std::time::Duration;

use super::Done;
use crate::accounts::error::AccountError;
use crate::accounts::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::write::{Command, Cx};

/// Removes sessions whose time was over `keep` ago, and wipes the successors of refresh tokens that were sealed before
/// `grace` ago.
#[derive(Debug, Clone, Copy)]
pub struct PurgeSessions {
    /// How long a session that is over stays on record.
    pub keep: Duration,
    /// How long a successor is repeated.
    pub grace: Duration,
}

impl Command for PurgeSessions {
    type Output = u64;
    type Error = AccountError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageUsers)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<u64> {
        Ok(store::purge_sessions(cx.tx, cx.now - self.keep, cx.now - self.grace).await?)
    }
}
