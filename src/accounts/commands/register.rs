//! Opens an account for whoever asks.

use super::Done;
use super::create_user::insert;
use crate::accounts::error::AccountError;
use crate::accounts::rules::{BuiltInRole, Email, PersonName};
use crate::kernel::actor::{Actor, Denied, UserId};
use crate::kernel::write::{Command, Cx};

/// Opens a customer's account.
#[derive(Clone)]
pub struct Register {
    /// The address, which no other account may have.
    pub email: Email,
    /// What the person is called.
    pub name: PersonName,
    /// The PHC string of the password.
    pub password_hash: String,
}

impl Command for Register {
    type Output = UserId;
    type Error = AccountError;

    fn authorize(&self, _actor: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Done<UserId> {
        let new = (self.email.clone(), self.name.clone(), self.password_hash.clone());
        insert(cx, "user.register", new, &[BuiltInRole::Customer]).await
    }
}
