//! Loads the demo shop «Fell & Hearth» through the same commands that the API uses, as if it had been run for some weeks.
//!
//! What is there already, by e-mail, code, handle or document, is left as it is: loading twice changes nothing, and
//! loading again after a kill completes what is missing.

mod command;
mod data;
mod goods;
mod ledger;
mod password;
mod people;
mod places;
mod replay;

use std::path::PathBuf;

pub(super) use self::command::{load_and_tell, refuse_its_users, run};
use self::data::DemoShop;
use self::replay::Replay;
use crate::graphql::services::Services;

/// What is in the demo shop now, and how much of it is new.
#[derive(Debug)]
pub struct Loaded {
    /// E-mail, name and roles of its users.
    pub users: Vec<DemoUser>,
    /// The password of every user that was made by this or an earlier load from the same data directory.
    pub password: String,
    /// The file that holds it.
    pub password_file: PathBuf,
    /// Products that were missing.
    pub new_products: usize,
    /// Stock documents that were missing.
    pub new_documents: usize,
}

/// A user of the demo shop.
#[derive(Debug)]
pub struct DemoUser {
    /// What they log in with.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they are, by role code.
    pub roles: Vec<String>,
}

/// Why the demo shop could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A part of it is refused, for example because something else has its SKU.
    #[error("demo shop: {what}: {rule}")]
    Refused {
        /// Which part.
        what: String,
        /// What is wrong.
        rule: String,
    },
    /// The file with the password of its users could not be read or written.
    #[error("demo shop: {path}: {source}")]
    PasswordFile {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database or the server itself broke.
    #[error("demo shop: {0}")]
    Fault(#[from] crate::kernel::error::Fault),
}

impl From<sea_orm::DbErr> for DemoError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Fault(error.into())
    }
}

/// Loads what is missing of the demo shop.
pub async fn load(services: &Services) -> Result<Loaded, DemoError> {
    let shop = DemoShop::read().map_err(|rule| DemoError::Refused { what: "data".to_owned(), rule })?;
    let password_file = services.config.server.data_dir.join("demo-password");
    let password = password::read_or_make(&password_file)
        .map_err(|source| DemoError::PasswordFile { path: password_file.clone(), source })?;
    let replay = Replay::new(services);
    let staff = people::load(&replay, &shop.users, &password).await?;
    places::load(&replay, &shop.locations).await?;
    let new_products = goods::load(&replay, &shop).await?;
    let new_documents = ledger::load(&replay, &shop.documents, &staff).await?;
    let users = shop.users.into_iter().map(|user| DemoUser { email: user.email, name: user.name, roles: user.roles });
    Ok(Loaded { users: users.collect(), password, password_file, new_products, new_documents })
}

/// The demo shop's users who can log in to this database: they share a password that was printed.
async fn active_users(services: &Services) -> Result<Vec<String>, DemoError> {
    let shop = DemoShop::read().map_err(|rule| DemoError::Refused { what: "data".to_owned(), rule })?;
    people::still_active(services, &shop.users).await
}
