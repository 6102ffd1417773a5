//! `roles` and what they allow.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _, Select,
};

use crate::accounts::entity::role::{self, RoleId};
use crate::kernel::actor::{Actor, Permission, UserId};
use crate::kernel::clock::Timestamp;
use crate::kernel::db::sql::Sql;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Order, Page, Reading, fetch};

/// The orders of the list of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoleOrder {
    /// By name, ascending.
    NameAsc,
    /// By name, descending.
    NameDesc,
    /// By code, ascending.
    CodeAsc,
    /// By code, descending.
    CodeDesc,
}

impl RoleOrder {
    fn order(self) -> Order<role::Model> {
        use role::Column;
        let (name, column, descending, key): (_, _, _, fn(&role::Model) -> Key) = match self {
            Self::NameAsc => ("NAME_ASC", Column::Name, false, |row| Key::Text(row.name.clone())),
            Self::NameDesc => ("NAME_DESC", Column::Name, true, |row| Key::Text(row.name.clone())),
            Self::CodeAsc => ("CODE_ASC", Column::Code, false, |row| Key::Text(row.code.clone())),
            Self::CodeDesc => ("CODE_DESC", Column::Code, true, |row| Key::Text(row.code.clone())),
        };
        Order {
            name,
            column: Some(Expr::col((role::Entity, column))),
            nullable: false,
            id: Expr::col((role::Entity, Column::Id)),
            descending,
            key,
            row_id: |row| row.id.0,
            parts: None,
        }
    }
}

/// One page of the roles of `select`.
pub fn roles_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<role::Entity>,
    order: RoleOrder,
    page: &'a Page,
) -> Reading<'a, role::Model> {
    fetch(db, select, order.order(), page)
}

/// The role with this id, whoever asks.
pub async fn role_by_id(db: &impl ConnectionTrait, id: RoleId) -> Result<Option<role::Model>, DbErr> {
    role::Entity::find_by_id(id).one(db).await
}

/// The roles with these ids that `actor` may see.
pub async fn roles_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[RoleId],
) -> Result<HashMap<RoleId, role::Model>, DbErr> {
    let rows = role::visible_to(actor).filter(role::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The roles with these codes.
pub async fn roles_by_codes(db: &impl ConnectionTrait, codes: &[&str]) -> Result<HashMap<String, role::Model>, DbErr> {
    let rows = role::Entity::find().filter(role::Column::Code.is_in(codes.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.code.clone(), row)).collect())
}

#[derive(FromQueryResult)]
struct HeldRole {
    user_id: UserId,
    role_id: RoleId,
}

/// The ids of the roles of each user, in the order in which roles were made.
pub async fn roles_of_users(
    db: &impl ConnectionTrait,
    users: &[UserId],
) -> Result<HashMap<UserId, Vec<RoleId>>, DbErr> {
    let sql = Sql::new("SELECT user_id, role_id FROM user_roles WHERE user_id IN (").bind_all(users.iter().copied());
    let rows: Vec<HeldRole> = sql.push(") ORDER BY user_id, role_id").all(db).await?;
    let mut held: HashMap<UserId, Vec<RoleId>> = HashMap::new();
    for row in rows {
        held.entry(row.user_id).or_default().push(row.role_id);
    }
    Ok(held)
}

#[derive(FromQueryResult)]
struct HeldRoleRow {
    user_id: UserId,
    id: RoleId,
    code: String,
    name: String,
    description: String,
    built_in: bool,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The roles of each user by code, whoever asks: who may see a user may see their roles.
pub async fn held_roles(
    db: &impl ConnectionTrait,
    users: &[UserId],
) -> Result<HashMap<UserId, Vec<role::Model>>, DbErr> {
    let sql = Sql::new(
        "SELECT g.user_id, r.id, r.code, r.name, r.description, r.built_in, r.version, r.created_at, r.updated_at \
         FROM user_roles g JOIN roles r ON r.id = g.role_id WHERE g.user_id IN (",
    );
    let rows: Vec<HeldRoleRow> =
        sql.bind_all(users.iter().copied()).push(") ORDER BY g.user_id, r.code").all(db).await?;
    let mut held: HashMap<UserId, Vec<role::Model>> = HashMap::new();
    for row in rows {
        let HeldRoleRow { user_id, id, code, name, description, built_in, version, created_at, updated_at } = row;
        let role = role::Model { id, code, name, description, built_in, version, created_at, updated_at };
        held.entry(user_id).or_default().push(role);
    }
    Ok(held)
}

#[derive(FromQueryResult)]
struct Allowed {
    role_id: RoleId,
    permission: String,
}

/// What each role allows. A permission that this program does not know is left out.
pub async fn permissions_of_roles(
    db: &impl ConnectionTrait,
    roles: &[RoleId],
) -> Result<HashMap<RoleId, BTreeSet<Permission>>, DbErr> {
    if roles.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = Sql::new("SELECT role_id, permission FROM role_permissions WHERE role_id IN (")
        .bind_all(roles.iter().copied())
        .push(")");
    let rows: Vec<Allowed> = sql.all(db).await?;
    let mut allowed: HashMap<RoleId, BTreeSet<Permission>> = HashMap::new();
    for row in rows {
        if let Ok(permission) = row.permission.parse() {
            allowed.entry(row.role_id).or_default().insert(permission);
        }
    }
    Ok(allowed)
}

#[derive(FromQueryResult)]
struct AllowedToUser {
    user_id: UserId,
    permission: String,
}

/// What the roles of each user allow together.
pub async fn permissions_of_users(
    db: &impl ConnectionTrait,
    users: &[UserId],
) -> Result<HashMap<UserId, BTreeSet<Permission>>, DbErr> {
    let sql = Sql::new(
        "SELECT DISTINCT g.user_id, p.permission FROM user_roles g JOIN role_permissions p ON p.role_id = g.role_id \
         WHERE g.user_id IN (",
    );
    let rows: Vec<AllowedToUser> = sql.bind_all(users.iter().copied()).push(")").all(db).await?;
    let mut allowed: HashMap<UserId, BTreeSet<Permission>> = HashMap::new();
    for row in rows {
        if let Ok(permission) = row.permission.parse() {
            allowed.entry(row.user_id).or_default().insert(permission);
        }
    }
    Ok(allowed)
}

/// What a new row of `roles` holds.
#[derive(Debug, Clone)]
pub struct NewRole<'a> {
    /// Its id.
    pub id: RoleId,
    /// The stable name.
    pub code: &'a str,
    /// The name for people.
    pub name: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// Defined by the program.
    pub built_in: bool,
}

/// Adds a role that allows nothing yet. A taken code violates `uq_roles_code`.
pub async fn insert_role(db: &impl ConnectionTrait, new: NewRole<'_>, now: Timestamp) -> Result<(), DbErr> {
    let row = role::ActiveModel {
        id: ActiveValue::Set(new.id),
        code: ActiveValue::Set(new.code.to_owned()),
        name: ActiveValue::Set(new.name.to_owned()),
        description: ActiveValue::Set(new.description.to_owned()),
        built_in: ActiveValue::Set(new.built_in),
        version: ActiveValue::Set(1),
        created_at: ActiveValue::Set(now),
        updated_at: ActiveValue::Set(now),
    };
    role::Entity::insert(row).exec_without_returning(db).await.map(drop)
}

/// Makes exactly these permissions what the role allows.
pub async fn set_role_permissions(
    db: &impl ConnectionTrait,
    id: RoleId,
    permissions: &BTreeSet<Permission>,
) -> Result<(), DbErr> {
    Sql::new("DELETE FROM role_permissions WHERE role_id = ").bind(id).execute(db).await?;
    if permissions.is_empty() {
        return Ok(());
    }
    Sql::new("INSERT INTO role_permissions (role_id, permission) ")
        .rows(permissions, |permission| [id.into(), permission.name().into()])
        .execute(db)
        .await
        .map(drop)
}

/// How people recognise a role.
#[derive(Debug, Clone, Copy)]
pub struct RoleTexts<'a> {
    /// The name for people.
    pub name: &'a str,
    /// What it is for.
    pub description: &'a str,
}

/// Changes the texts of a role, while the row still has the version that was read.
pub async fn update_role(
    db: &impl ConnectionTrait,
    read: &role::Model,
    texts: RoleTexts<'_>,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let sql = Sql::new("UPDATE roles SET name = ").bind(texts.name).push(", description = ");
    let sql = sql.bind(texts.description).push(", updated_at = ").bind(now).push(", version = version + 1 WHERE id = ");
    let sql = sql.bind(read.id).push(" AND version = ").bind(read.version);
    Ok(sql.execute(db).await? == 1)
}

/// Removes a role with its permissions, while the row still has the version that was read. One that users have
/// violates a foreign key.
pub async fn delete_role(db: &impl ConnectionTrait, read: &role::Model) -> Result<bool, DbErr> {
    let sql = Sql::new("DELETE FROM roles WHERE id = ").bind(read.id).push(" AND version = ").bind(read.version);
    Ok(sql.execute(db).await? == 1)
}

#[derive(FromQueryResult)]
struct Count {
    rows: i64,
}

/// Whether any user has the role.
pub async fn is_role_in_use(db: &impl ConnectionTrait, id: RoleId) -> Result<bool, DbErr> {
    let count: Option<Count> =
        Sql::new("SELECT COUNT(*) AS rows FROM user_roles WHERE role_id = ").bind(id).one(db).await?;
    Ok(count.is_some_and(|count| count.rows > 0))
}

/// Makes every transaction that may remove an administrator wait for this one: all of them write this row first.
pub async fn lock_administrators(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(Sql::new("UPDATE roles SET version = version WHERE code = 'ADMINISTRATOR'").execute(db).await? == 1)
}

/// How many active users are administrators.
pub async fn administrators(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let count: Option<Count> = Sql::new(
        "SELECT COUNT(*) AS rows FROM users u JOIN user_roles g ON g.user_id = u.id JOIN roles r ON r.id = g.role_id \
         WHERE r.code = 'ADMINISTRATOR' AND u.status = 'ACTIVE'",
    )
    .one(db)
    .await?;
    Ok(count.map_or(0, |count| count.rows))
}
