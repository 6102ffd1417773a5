//! `users` and who has which role.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr, Query};
use sea_orm::{
    ActiveValue, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult,
    QueryFilter as _, Select,
};

use crate::accounts::entity::role::RoleId;
use crate::accounts::entity::user::{self, UserStatus};
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;
use crate::kernel::db::sql::Sql;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Order, Page, Reading, fetch};

/// Which users a list holds: those that meet every condition given.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// A part of the name or of the address, in any case.
    pub query: Option<String>,
    /// Has one of these roles.
    pub roles: Option<Vec<RoleId>>,
    /// Is in this state.
    pub status: Option<UserStatus>,
}

/// The orders of the list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserOrder {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// By name, ascending.
    NameAsc,
    /// By name, descending.
    NameDesc,
    /// By address in lower case, ascending.
    EmailAsc,
    /// By address in lower case, descending.
    EmailDesc,
}

impl UserOrder {
    fn order(self) -> Order<user::Model> {
        use user::Column;
        let (name, column, descending, key): (_, _, _, fn(&user::Model) -> Key) = match self {
            Self::CreatedAtAsc => ("CREATED_AT_ASC", Column::CreatedAt, false, |row| Key::Int(row.created_at.0)),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", Column::CreatedAt, true, |row| Key::Int(row.created_at.0)),
            Self::NameAsc => ("NAME_ASC", Column::Name, false, |row| Key::Text(row.name.clone())),
            Self::NameDesc => ("NAME_DESC", Column::Name, true, |row| Key::Text(row.name.clone())),
            Self::EmailAsc => ("EMAIL_ASC", Column::EmailKey, false, |row| Key::Text(row.email_key.clone())),
            Self::EmailDesc => ("EMAIL_DESC", Column::EmailKey, true, |row| Key::Text(row.email_key.clone())),
        };
        Order {
            name,
            column: Some(Expr::col((user::Entity, column))),
            nullable: false,
            id: Expr::col((user::Entity, Column::Id)),
            descending,
            key,
            row_id: |row| row.id.0,
            parts: None,
        }
    }
}

/// The user with this id, whoever asks.
pub async fn user_by_id(db: &impl ConnectionTrait, id: UserId) -> Result<Option<user::Model>, DbErr> {
    user::Entity::find_by_id(id).one(db).await
}

/// The users with these ids that `actor` may see.
pub async fn users_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[UserId],
) -> Result<HashMap<UserId, user::Model>, DbErr> {
    let rows = user::visible_to(actor).filter(user::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The user with this address, in the form in which addresses are unique.
pub async fn user_by_email_key(db: &impl ConnectionTrait, key: &str) -> Result<Option<user::Model>, DbErr> {
    user::Entity::find().filter(user::Column::EmailKey.eq(key)).one(db).await
}

/// The users of a list that `actor` may see.
pub fn users(actor: &Actor, filter: &UserFilter) -> Select<user::Entity> {
    let mut condition = Condition::all();
    if let Some(query) = &filter.query {
        let like = |text: String| LikeExpr::new(format!("%{}%", escaped(&text))).escape('\\');
        // Both databases lower only ASCII letters here, so the pattern is treated the same way.
        let name = Expr::expr(Func::lower(Expr::col(user::Column::Name))).like(like(query.to_ascii_lowercase()));
        let email = Expr::col(user::Column::EmailKey).like(like(query.to_lowercase()));
        condition = condition.add(name.or(email));
    }
    if let Some(roles) = &filter.roles {
        let mut holders = Query::select();
        holders.column("user_id").from("user_roles").and_where(Expr::col("role_id").is_in(roles.iter().copied()));
        condition = condition.add(Expr::col(user::Column::Id).in_subquery(holders));
    }
    if let Some(status) = filter.status {
        condition = condition.add(user::Column::Status.eq(status));
    }
    user::visible_to(actor).filter(condition)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// One page of the users of `select`.
pub fn users_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<user::Entity>,
    order: UserOrder,
    page: &'a Page,
) -> Reading<'a, user::Model> {
    fetch(db, select, order.order(), page)
}

/// What a new row of `users` holds.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Its id.
    pub id: UserId,
    /// The address as its owner writes it.
    pub email: String,
    /// The address in the form in which it is unique.
    pub email_key: String,
    /// The name.
    pub name: String,
    /// The PHC string.
    pub password_hash: String,
}

/// Adds an active user. A taken address violates `uq_users_email_key`.
pub async fn insert_user(db: &impl ConnectionTrait, new: NewUser, now: Timestamp) -> Result<(), DbErr> {
    let row = user::ActiveModel {
        id: ActiveValue::Set(new.id),
        email: ActiveValue::Set(new.email),
        email_key: ActiveValue::Set(new.email_key),
        name: ActiveValue::Set(new.name),
        password_hash: ActiveValue::Set(new.password_hash),
        status: ActiveValue::Set(UserStatus::Active),
        last_login_at: ActiveValue::Set(None),
        version: ActiveValue::Set(1),
        created_at: ActiveValue::Set(now),
        updated_at: ActiveValue::Set(now),
    };
    user::Entity::insert(row).exec_without_returning(db).await.map(drop)
}

#[derive(FromQueryResult)]
struct Count {
    rows: i64,
}

/// How many users there are.
pub async fn user_count(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let count: Option<Count> = Sql::new("SELECT COUNT(*) AS rows FROM users").one(db).await?;
    Ok(count.map_or(0, |count| count.rows))
}

/// Counts a change of the user and locks the row until the transaction ends. `false` when there is no such user or it has another version.
pub async fn touch_user(
    db: &impl ConnectionTrait,
    id: UserId,
    expected: Option<i64>,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let sql = Sql::new("UPDATE users SET version = version + 1, updated_at = ").bind(now).push(" WHERE id = ").bind(id);
    let sql = match expected {
        Some(version) => sql.push(" AND version = ").bind(version),
        None => sql,
    };
    Ok(sql.execute(db).await? == 1)
}

/// Gives the user another name, while the row still has the version that was read.
pub async fn rename_user(
    db: &impl ConnectionTrait,
    read: &user::Model,
    name: &str,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let sql = Sql::new("UPDATE users SET name = ").bind(name).push(", updated_at = ").bind(now);
    let sql = sql.push(", version = version + 1 WHERE id = ").bind(read.id).push(" AND version = ").bind(read.version);
    Ok(sql.execute(db).await? == 1)
}

/// Lets the user log in, or not any more.
pub async fn set_user_status(db: &impl ConnectionTrait, id: UserId, status: UserStatus) -> Result<bool, DbErr> {
    let sql = Sql::new("UPDATE users SET status = ")
        .bind(sea_orm::ActiveEnum::to_value(&status))
        .push(" WHERE id = ")
        .bind(id);
    Ok(sql.execute(db).await? == 1)
}

/// Replaces the password while it is still the one that was checked.
pub async fn replace_password(db: &impl ConnectionTrait, id: UserId, checked: &str, new: &str) -> Result<bool, DbErr> {
    let sql = Sql::new("UPDATE users SET password_hash = ")
        .bind(new)
        .push(" WHERE id = ")
        .bind(id)
        .push(" AND password_hash = ")
        .bind(checked);
    Ok(sql.execute(db).await? == 1)
}

/// What a log-in leaves in the user's row.
#[derive(Debug, Clone)]
pub struct StartedLogin<'a> {
    /// Who logged in.
    pub user: UserId,
    /// The hash that the password was checked against.
    pub checked: &'a str,
    /// The hash to keep: another one when the parameters have changed.
    pub keep: &'a str,
}

/// Notes a log-in of an active user whose password is still the one that was checked.
pub async fn start_login(db: &impl ConnectionTrait, login: StartedLogin<'_>, now: Timestamp) -> Result<bool, DbErr> {
    let sql = Sql::new("UPDATE users SET last_login_at = ").bind(now).push(", password_hash = ").bind(login.keep);
    let sql = sql
        .push(" WHERE status = 'ACTIVE' AND id = ")
        .bind(login.user)
        .push(" AND password_hash = ")
        .bind(login.checked);
    Ok(sql.execute(db).await? == 1)
}

/// Whether any role of a user allows anything: the user's id and `)` follow.
pub(super) const IS_STAFF: &str =
    "EXISTS (SELECT 1 FROM user_roles r JOIN role_permissions p ON p.role_id = r.role_id WHERE r.user_id = ";

#[derive(FromQueryResult)]
struct Staff {
    staff: bool,
}

/// Whether any role of the user allows anything.
pub async fn is_staff(db: &impl ConnectionTrait, id: UserId) -> Result<bool, DbErr> {
    let row: Option<Staff> = Sql::new("SELECT ").push(IS_STAFF).bind(id).push(") AS staff").one(db).await?;
    Ok(row.is_some_and(|row| row.staff))
}

/// Gives the user these roles, none of which they have yet. A role that has vanished violates a foreign key.
pub async fn give_roles(
    db: &impl ConnectionTrait,
    user: UserId,
    roles: &[RoleId],
    now: Timestamp,
) -> Result<(), DbErr> {
    if roles.is_empty() {
        return Ok(());
    }
    Sql::new("INSERT INTO user_roles (user_id, role_id, granted_at) ")
        .rows(roles, |role| [user.into(), (*role).into(), now.into()])
        .execute(db)
        .await
        .map(drop)
}

/// Takes these roles from the user; tells how many they had.
pub async fn take_roles(db: &impl ConnectionTrait, user: UserId, roles: &[RoleId]) -> Result<u64, DbErr> {
    if roles.is_empty() {
        return Ok(0);
    }
    let sql = Sql::new("DELETE FROM user_roles WHERE user_id = ").bind(user).push(" AND role_id IN (");
    sql.bind_all(roles.iter().copied()).push(")").execute(db).await
}
