//! `sessions` and their refresh tokens, of which only hashes are stored.

use sea_orm::{
    ActiveEnum as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QueryOrder as _,
};

use crate::accounts::entity::session::{self, EndReason, RefreshTokenId};
use crate::accounts::rules::SessionEnds;
use crate::accounts::store::users::IS_STAFF;
use crate::kernel::actor::{SessionId, UserId};
use crate::kernel::clock::Timestamp;
use crate::kernel::db::Tx;
use crate::kernel::db::sql::Sql;

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Who logged in.
    pub user: UserId,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// When it ends if no role of the user allows anything.
    pub customer_ends: SessionEnds,
    /// When it ends if one does.
    pub staff_ends: SessionEnds,
}

#[derive(FromQueryResult)]
struct Begun {
    others: i64,
}

/// Adds a session; tells how many others of the user are open.
pub async fn begin_session(db: &impl ConnectionTrait, new: NewSession, now: Timestamp) -> Result<i64, DbErr> {
    let NewSession { id, user, user_agent, customer_ends, staff_ends } = new;
    let sql = Sql::new(
        "INSERT INTO sessions (id, user_id, user_agent, created_at, last_used_at, idle_expires_at, expires_at) SELECT ",
    );
    let sql = sql.bind(id).push(", ").bind(user).push(", ").bind(user_agent).push(", ").bind(now).push(", ").bind(now);
    let sql = sql.push(", CASE WHEN person.staff THEN ").bind(staff_ends.idle).push(" ELSE ").bind(customer_ends.idle);
    let sql = sql.push(" END, CASE WHEN person.staff THEN ").bind(staff_ends.absolute);
    let sql = sql.push(" ELSE ").bind(customer_ends.absolute).push(" END FROM (SELECT ").push(IS_STAFF).bind(user);
    let sql = sql
        .push(") AS staff) AS person RETURNING (SELECT count(*) FROM sessions o WHERE o.ended_at IS NULL AND o.user_id = ")
        .bind(user)
        .push(" AND o.id <> ")
        .bind(id)
        .push(" AND o.expires_at > ")
        .bind(now)
        .push(" AND o.idle_expires_at > ")
        .bind(now)
        .push(") AS others");
    let begun: Option<Begun> = sql.one(db).await?;
    begun.map(|begun| begun.others).ok_or_else(|| DbErr::RecordNotInserted)
}

/// Adds a refresh token of a session, at the latest with the commit.
pub async fn insert_token(
    tx: &Tx,
    id: RefreshTokenId,
    session: SessionId,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<(), DbErr> {
    let sql = Sql::new("INSERT INTO refresh_tokens (id, session_id, token_hash, created_at) VALUES (")
        .bind(id)
        .push(", ")
        .bind(session)
        .push(", ")
        .bind(hash.to_vec())
        .push(", ")
        .bind(now)
        .push(")");
    tx.write_later(sql).await
}

/// A refresh token that came in, with its session and user.
#[derive(Debug, Clone, FromQueryResult)]
pub struct PresentedToken {
    /// The token's id.
    pub id: RefreshTokenId,
    /// When it was exchanged.
    pub used_at: Option<Timestamp>,
    /// Its successor, encrypted under it.
    pub sealed_successor: Option<Vec<u8>>,
    /// When its successor was exchanged.
    pub successor_used_at: Option<Timestamp>,
    /// Its session.
    pub session_id: SessionId,
    /// Whose session it is.
    pub user_id: UserId,
    /// When the session began.
    pub started_at: Timestamp,
    /// When the session ends unless it is used.
    pub idle_expires_at: Timestamp,
    /// When the session ends in any case.
    pub expires_at: Timestamp,
    /// When the session was ended.
    pub ended_at: Option<Timestamp>,
    /// Whether the user may log in.
    pub user_status: String,
}

/// The refresh token with this hash.
pub async fn presented_token(db: &impl ConnectionTrait, hash: &[u8; 32]) -> Result<Option<PresentedToken>, DbErr> {
    Sql::new(
        "SELECT t.id, t.used_at, t.sealed_successor, n.used_at AS successor_used_at, t.session_id, s.user_id, s.created_at AS started_at, \
         s.idle_expires_at, s.expires_at, s.ended_at, u.status AS user_status FROM refresh_tokens t \
         JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id \
         LEFT JOIN refresh_tokens n ON n.id = t.successor_id WHERE t.token_hash = ",
    )
    .bind(hash.to_vec())
    .one(db)
    .await
}

/// Exchanges an unused token for its successor: `true` for the one who does it first. What its own predecessor had sealed is wiped.
pub async fn exchange_token(
    db: &impl ConnectionTrait,
    token: &PresentedToken,
    successor: RefreshTokenId,
    sealed: &[u8],
    now: Timestamp,
) -> Result<bool, DbErr> {
    let exchanged = Sql::new("UPDATE refresh_tokens SET used_at = ")
        .bind(now)
        .push(", successor_id = ")
        .bind(successor)
        .push(", sealed_successor = ")
        .bind(sealed.to_vec())
        .push(" WHERE used_at IS NULL AND id = ")
        .bind(token.id)
        .execute(db)
        .await?;
    if exchanged != 1 {
        return Ok(false);
    }
    let wipe = Sql::new("UPDATE refresh_tokens SET sealed_successor = NULL WHERE session_id = ").bind(token.session_id);
    wipe.push(" AND sealed_successor IS NOT NULL AND successor_id = ").bind(token.id).execute(db).await?;
    Ok(true)
}

/// A use of a session.
#[derive(Debug, Clone, Copy)]
pub struct LastUse {
    /// Which session.
    pub session: SessionId,
    /// When it ends from now on unless it is used.
    pub idle_expires_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

/// Notes a use of a session that has not been ended.
pub async fn extend_session(db: &impl ConnectionTrait, last_use: LastUse, now: Timestamp) -> Result<bool, DbErr> {
    let sql = Sql::new("UPDATE sessions SET last_used_at = ")
        .bind(now)
        .push(", idle_expires_at = ")
        .bind(last_use.idle_expires_at);
    let sql = sql
        .push(", expires_at = ")
        .bind(last_use.expires_at)
        .push(" WHERE ended_at IS NULL AND id = ")
        .bind(last_use.session);
    Ok(sql.execute(db).await? == 1)
}

/// Ends a session of the user; `false` when there is none that is open.
pub async fn end_session(
    db: &impl ConnectionTrait,
    user: UserId,
    session: SessionId,
    reason: EndReason,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let sql = ending(reason, now).push(" AND user_id = ").bind(user).push(" AND id = ").bind(session);
    Ok(sql.execute(db).await? == 1)
}

/// Ends every session of the user but one; tells how many.
pub async fn end_sessions_of(
    db: &impl ConnectionTrait,
    user: UserId,
    keep: Option<SessionId>,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64, DbErr> {
    let sql = ending(reason, now).push(" AND user_id = ").bind(user);
    let sql = match keep {
        Some(kept) => sql.push(" AND id <> ").bind(kept),
        None => sql,
    };
    sql.execute(db).await
}

/// Ends the oldest sessions of the user, so that at most `most` stay open; tells how many.
pub async fn end_excess_sessions(
    db: &impl ConnectionTrait,
    user: UserId,
    most: u32,
    now: Timestamp,
) -> Result<u64, DbErr> {
    ending(EndReason::TooManySessions, now)
        .push(" AND id IN (SELECT id FROM sessions WHERE ended_at IS NULL AND user_id = ")
        .bind(user)
        .push(" AND expires_at > ")
        .bind(now)
        .push(" AND idle_expires_at > ")
        .bind(now)
        .push(" ORDER BY created_at DESC, id DESC LIMIT 1000 OFFSET ")
        .bind(i64::from(most))
        .push(")")
        .execute(db)
        .await
}

fn ending(reason: EndReason, now: Timestamp) -> Sql {
    Sql::new("UPDATE sessions SET ended_at = ")
        .bind(now)
        .push(", end_reason = ")
        .bind(reason.to_value())
        .push(" WHERE ended_at IS NULL")
}

/// The open sessions of a user, the newest first.
pub async fn open_sessions_of(
    db: &impl ConnectionTrait,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<session::Model>, DbErr> {
    session::Entity::find()
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .filter(session::Column::IdleExpiresAt.gt(now))
        .order_by_desc(session::Column::CreatedAt)
        .order_by_desc(session::Column::Id)
        .all(db)
        .await
}

/// Forgets sessions that could not be used since `over_since`, with their tokens, and what was sealed before `sealed_before`.
pub async fn purge_sessions(
    db: &impl ConnectionTrait,
    over_since: Timestamp,
    sealed_before: Timestamp,
) -> Result<u64, DbErr> {
    Sql::new("UPDATE refresh_tokens SET sealed_successor = NULL WHERE sealed_successor IS NOT NULL AND used_at < ")
        .bind(sealed_before)
        .execute(db)
        .await?;
    Sql::new("DELETE FROM sessions WHERE expires_at < ").bind(over_since).execute(db).await
}
