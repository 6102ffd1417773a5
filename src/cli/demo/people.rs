//! The users of the demo shop.

use std::collections::HashMap;

use secrecy::SecretString;

use super::DemoError;
use super::data::User;
use super::replay::{Past, Replay, parsed, rule_of};
use crate::accounts::commands::{CreateUser, Register};
use crate::accounts::entity::user::UserStatus;
use crate::accounts::rules::{BuiltInRole, Email};
use crate::accounts::service::Registration;
use crate::accounts::store;
use crate::graphql::services::Services;
use crate::kernel::actor::{Actor, Permission, SessionId};

/// Everyone was there before the first product.
const HIRED: Past = Past { days_ago: 60, minute: 9 * 60 };

/// Who enters the documents, by e-mail.
pub(super) type Staff = HashMap<String, Actor>;

pub(super) async fn load(replay: &Replay, users: &[User], password: &str) -> Result<Staff, DemoError> {
    let mut staff = HashMap::new();
    for user in users {
        let what = user.email.as_str();
        let email = parsed(what, Email::parse(&user.email))?;
        let roles = parsed(what, roles(user))?;
        let id = if let Some(found) = store::user_by_email_key(replay.db().read(), email.key()).await? {
            found.id
        } else {
            let command = new_user(replay, user, roles.clone(), password).await?;
            replay.must(what, HIRED, &replay.loader, command).await?
        };
        let permissions: Vec<Permission> = roles.iter().flat_map(|role| role.permissions()).copied().collect();
        // A session of its own for their work, which was over long ago.
        let session: SessionId = replay.ids().make();
        staff.insert(user.email.clone(), Actor::user(id, session, permissions));
    }
    Ok(staff)
}

/// The demo shop's users who can still log in here.
pub(super) async fn still_active(services: &Services, users: &[User]) -> Result<Vec<String>, DemoError> {
    let mut active = Vec::new();
    for user in users {
        let email = parsed(&user.email, Email::parse(&user.email))?;
        let found = store::user_by_email_key(services.db.read(), email.key()).await?;
        if found.is_some_and(|found| found.status == UserStatus::Active) {
            active.push(user.email.clone());
        }
    }
    Ok(active)
}

async fn new_user(
    replay: &Replay,
    user: &User,
    roles: Vec<BuiltInRole>,
    password: &str,
) -> Result<CreateUser, DemoError> {
    let (email, name) = (user.email.clone(), user.name.clone());
    let given = Registration { email, name, password: SecretString::from(password.to_owned()) };
    let prepared = replay.services.accounts.prepare_registration(&given).await?;
    let Register { email, name, password_hash } =
        prepared.map_err(|errors| DemoError::Refused { what: user.email.clone(), rule: rule_of(&errors) })?;
    Ok(CreateUser { email, name, password_hash, roles })
}

fn roles(user: &User) -> Result<Vec<BuiltInRole>, String> {
    let named = |code: &String| {
        let role = BuiltInRole::ALL.into_iter().find(|role| role.code() == code);
        role.ok_or_else(|| format!("no built-in role {code}"))
    };
    user.roles.iter().map(named).collect()
}
