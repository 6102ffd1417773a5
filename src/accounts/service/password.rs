//! From what someone types to a command that holds hashes only.

use secrecy::SecretString;

use super::Accounts;
use crate::accounts::commands::{ChangePassword, Register, Replacement};
use crate::accounts::error::AccountError;
use crate::accounts::passwords::Checked;
use crate::accounts::rules::{Email, NewPassword, PersonName, TypedPassword};
use crate::accounts::store;
use crate::kernel::actor::UserId;
use crate::kernel::error::{At, Fault, Problems};
use crate::kernel::text::InputError;

/// Everything that is wrong with an input, or the command made of it.
type Prepared<T> = Result<Result<T, Vec<At<AccountError>>>, Fault>;

/// What someone opens an account with, as typed.
#[derive(Debug)]
pub struct Registration {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

impl Accounts {
    /// Checks what someone opens an account with, and hashes the password. Nothing is looked up: whether the address is
    /// free is for the command to find out.
    pub async fn prepare_registration(&self, given: &Registration) -> Prepared<Register> {
        let (email, name, password) = match self.parse_registration(given) {
            Ok(parsed) => parsed,
            Err(errors) => return Ok(Err(errors)),
        };
        let password_hash = self.passwords.hash(&password).await?;
        Ok(Ok(Register { email, name, password_hash }))
    }

    fn parse_registration(
        &self,
        given: &Registration,
    ) -> Result<(Email, PersonName, NewPassword), Vec<At<AccountError>>> {
        let mut problems = Problems::default();
        let email = problems.take("input.email", Email::parse(&given.email));
        let name = problems.take("input.name", PersonName::parse(&given.name));
        // Whether a password is weak depends on whose it is, so it is judged when that is known.
        let known = email.zip(name);
        let password = known.as_ref().and_then(|(email, name)| {
            let judged = NewPassword::parse(&given.password, self.password_policy, email, name);
            problems.take("input.password", judged)
        });
        problems.finish(known.zip(password).map(|((email, name), password)| (email, name, password)))
    }

    /// Checks the present password of a user and the new one, and hashes the new one.
    pub async fn prepare_password_change(
        &self,
        user: UserId,
        current: &SecretString,
        new: &SecretString,
    ) -> Prepared<ChangePassword> {
        let missing = || Fault::Internal("the user of a live session is missing".to_owned());
        let row = store::user_by_id(self.db.read(), user).await?.ok_or_else(missing)?;
        let stored = |error: InputError| Fault::Internal(format!("a stored user: {error}"));
        let (email, name) = (Email::parse(&row.email).map_err(stored)?, PersonName::parse(&row.name).map_err(stored)?);
        let checked = self.passwords.check(&TypedPassword::new(current), Some(&row.password_hash)).await?;
        match NewPassword::parse(new, self.password_policy, &email, &name) {
            // Left to the command, which a repetition under an idempotency key does not run again.
            Ok(_) if checked == Checked::Wrong => Ok(Ok(ChangePassword { replacement: None })),
            Ok(new) => {
                let new_hash = self.passwords.hash(&new).await?;
                Ok(Ok(ChangePassword { replacement: Some(Replacement { checked_hash: row.password_hash, new_hash }) }))
            }
            Err(error) => {
                let mut problems = Problems::default();
                if checked == Checked::Wrong {
                    problems.add("input.currentPassword", AccountError::WrongPassword);
                }
                problems.add("input.newPassword", error);
                Ok(problems.finish(None))
            }
        }
    }
}
