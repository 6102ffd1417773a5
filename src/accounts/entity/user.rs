//! `users`: a person's account.

use sea_orm::entity::prelude::*;

use crate::kernel::actor::{Actor, Permission, UserId};
use crate::kernel::clock::Timestamp;

/// A row.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// The address as its owner writes it.
    pub email: String,
    /// The address in the form in which it is unique.
    pub email_key: String,
    /// What the person is called.
    pub name: String,
    /// The PHC string. Never leaves this slice.
    pub password_hash: String,
    /// Whether the person may log in.
    pub status: UserStatus,
    /// When a session was last started.
    pub last_login_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i64,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Whether the person may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserStatus {
    /// May log in.
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    /// May not, and has no session.
    #[sea_orm(string_value = "DEACTIVATED")]
    Deactivated,
}

/// Other tables are reached by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Names the row without its address and hash, which have no place in a log.
impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}

/// The users that `actor` may see: themselves, or everyone with the permission to. Every read on someone's behalf starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    if actor.may(Permission::ReadUsers) {
        return Entity::find();
    }
    match actor.user_id() {
        Some(own) => Entity::find().filter(Column::Id.eq(own)),
        None => Entity::find().filter(Expr::value(false)),
    }
}
