//! What a session is allowed at this moment: one statement per request.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::kernel::actor::{Permission, SessionId, UserId};
use crate::kernel::clock::Timestamp;
use crate::kernel::db::sql::Sql;

/// What a live session of an active user may do, and until when it lives unless it is used or ended.
#[derive(Debug, Clone)]
pub struct Access {
    /// The end of the session.
    pub ends_at: Timestamp,
    /// The permissions of all roles of the user.
    pub permissions: Vec<Permission>,
}

#[derive(FromQueryResult)]
struct Row {
    idle_expires_at: Timestamp,
    expires_at: Timestamp,
    permission: Option<String>,
}

/// The access of a session, or `None` when it has ended, is not this user's, or the user is not active.
pub async fn access_of(
    db: &impl ConnectionTrait,
    user: UserId,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<Access>, DbErr> {
    let rows: Vec<Row> = Sql::new(
        "SELECT DISTINCT s.idle_expires_at, s.expires_at, p.permission FROM sessions s \
         JOIN users u ON u.id = s.user_id \
         LEFT JOIN user_roles r ON r.user_id = u.id \
         LEFT JOIN role_permissions p ON p.role_id = r.role_id \
         WHERE u.status = 'ACTIVE' AND s.ended_at IS NULL AND s.id = ",
    )
    .bind(session)
    .push(" AND s.user_id = ")
    .bind(user)
    .push(" AND s.expires_at > ")
    .bind(now)
    .push(" AND s.idle_expires_at > ")
    .bind(now)
    .all(db)
    .await?;
    let ends_at = rows.first().map(|row| row.idle_expires_at.min(row.expires_at));
    // A permission of a newer program, left behind by it, means nothing to this one.
    let permissions = rows.into_iter().filter_map(|row| row.permission?.parse().ok()).collect();
    Ok(ends_at.map(|ends_at| Access { ends_at, permissions }))
}
