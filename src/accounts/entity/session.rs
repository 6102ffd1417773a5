//! `sessions`: one log-in on one device. Its refresh tokens are in `refresh_tokens`.

use sea_orm::entity::prelude::*;

use crate::kernel::actor::{SessionId, UserId};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of one refresh token of a session.
    RefreshTokenId, "refresh"
);

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// The id, which access tokens carry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Who logged in.
    pub user_id: UserId,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// When the person logged in.
    pub created_at: Timestamp,
    /// When the session was last refreshed.
    pub last_used_at: Timestamp,
    /// When it ends unless it is refreshed before.
    pub idle_expires_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// Why.
    pub end_reason: Option<EndReason>,
}

/// Why a session was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndReason {
    /// The person logged out in it.
    #[sea_orm(string_value = "LOGGED_OUT")]
    LoggedOut,
    /// The person ended it from another session.
    #[sea_orm(string_value = "ENDED_BY_USER")]
    EndedByUser,
    /// The password was changed in another session.
    #[sea_orm(string_value = "PASSWORD_CHANGED")]
    PasswordChanged,
    /// The account was deactivated.
    #[sea_orm(string_value = "USER_DEACTIVATED")]
    UserDeactivated,
    /// A used refresh token came back: someone else may have a copy.
    #[sea_orm(string_value = "REFRESH_TOKEN_REUSED")]
    RefreshTokenReused,
    /// The user has too many sessions, and this was the oldest.
    #[sea_orm(string_value = "TOO_MANY_SESSIONS")]
    TooManySessions,
}

/// Other tables are reached by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
