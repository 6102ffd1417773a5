//! Administrators that no administrator makes: the first one of an empty database, and those made on the command line.

use secrecy::SecretString;

use super::password::Registration;
use super::{Accounts, Outcome};
use crate::accounts::commands::{CreateFirstAdministrator, CreateUser};
use crate::accounts::rules::BuiltInRole;
use crate::accounts::store;
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::error::Fault;
use crate::kernel::secret;
use crate::kernel::write::{Meta, WriteError};

/// Letters and digits that can't be taken for each other: 32, so that a byte chooses one evenly.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a generated password, of 5 bits each.
const GENERATED_CHARS: usize = 25;
/// They are shown in groups of this many.
const GROUP: usize = 5;

/// Who is to be an administrator.
#[derive(Debug)]
pub struct NewAdministrator {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The password; `None` to have one generated.
    pub password: Option<SecretString>,
}

/// An administrator just made.
#[derive(Debug)]
pub struct FirstAdministrator {
    /// Who.
    pub id: UserId,
    /// The generated password, to be shown once.
    pub generated: Option<SecretString>,
}

impl Accounts {
    /// Makes the first administrator of a database without users; `None` where there are users already.
    pub async fn create_first_administrator(&self, new: NewAdministrator) -> Outcome<Option<FirstAdministrator>> {
        if store::user_count(self.db.read()).await? > 0 {
            return Ok(Ok(None));
        }
        let (registration, generated) = with_password(new)?;
        let prepared = match self.prepare_registration(&registration).await? {
            Ok(prepared) => prepared,
            Err(errors) => return Ok(Err(errors)),
        };
        let (email, name, password_hash) = (prepared.email, prepared.name, prepared.password_hash);
        let command = CreateFirstAdministrator { email, name, password_hash };
        let written = self.writer.write(&Actor::system("start"), Meta::new("start"), command).await?;
        Ok(written.outcome.map(|made| made.map(|id| FirstAdministrator { id, generated })))
    }

    /// Makes a further administrator, for whoever has the machine.
    pub async fn create_administrator(&self, new: NewAdministrator) -> Outcome<FirstAdministrator> {
        let (registration, generated) = with_password(new)?;
        let made = self.create_user(&registration, vec![BuiltInRole::Administrator], Actor::system("create-admin"));
        Ok(made.await?.map(|id| FirstAdministrator { id, generated }))
    }

    /// Makes a user with built-in roles, for a part of the server.
    pub async fn create_user(
        &self,
        registration: &Registration,
        roles: Vec<BuiltInRole>,
        part: Actor,
    ) -> Outcome<UserId> {
        let prepared = match self.prepare_registration(registration).await? {
            Ok(prepared) => prepared,
            Err(errors) => return Ok(Err(errors)),
        };
        let (email, name, password_hash) = (prepared.email, prepared.name, prepared.password_hash);
        let command = CreateUser { email, name, password_hash, roles };
        Ok(self.writer.write(&part, Meta::new(part.scope()), command).await?.outcome)
    }
}

fn with_password(new: NewAdministrator) -> Result<(Registration, Option<SecretString>), WriteError> {
    let NewAdministrator { email, name, password } = new;
    if let Some(password) = password {
        return Ok((Registration { email, name, password }, None));
    }
    let password = generated_password()?;
    Ok((Registration { email, name, password: password.clone() }, Some(password)))
}

/// 125 random bits in groups that are easy to copy by hand.
fn generated_password() -> Result<SecretString, Fault> {
    let bytes = secret::random::<GENERATED_CHARS>().map_err(|error| Fault::Internal(error.to_string()))?;
    let letter = |byte: &u8| ALPHABET.get(usize::from(*byte) % ALPHABET.len()).copied().map(char::from);
    let groups: Vec<String> = bytes.chunks(GROUP).map(|group| group.iter().filter_map(letter).collect()).collect();
    Ok(groups.join("-").into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_generated_password_is_long_readable_and_new_each_time() {
        let (one, other) = (generated_password().unwrap(), generated_password().unwrap());
        assert_eq!(one.expose_secret().len(), 29);
        assert!(one.expose_secret().split('-').all(|group| group.len() == 5));
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}
