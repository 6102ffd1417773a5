//! `roles`: a named set of permissions. The set itself is in `role_permissions`, who has it in `user_roles`.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait as _, Query};

use crate::kernel::actor::{Actor, Permission};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of a role.
    RoleId, "role"
);

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoleId,
    /// The stable name for scripts.
    pub code: String,
    /// The name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Defined by the program: can't be changed or deleted.
    pub built_in: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Other tables are reached by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The roles that `actor` may see: their own, or all with the permission to see users or to define roles. Every read on someone's behalf starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    if actor.may(Permission::ReadUsers) || actor.may(Permission::ManageRoles) {
        return Entity::find();
    }
    match actor.user_id() {
        Some(own) => {
            let mut held = Query::select();
            held.column("role_id").from("user_roles").and_where(Expr::col("user_id").eq(own));
            Entity::find().filter(Column::Id.in_subquery(held))
        }
        None => Entity::find().filter(Expr::value(false)),
    }
}
