//! A place that holds stock.

use sea_orm::entity::prelude::*;

use crate::kernel::actor::{Actor, Permission};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of a location.
    LocationId, "location"
);

/// A row of `locations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "locations")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LocationId,
    /// A short unique code, such as `BERLIN-1`.
    pub code: String,
    /// The name for people.
    pub name: String,
    /// The postal address, or empty.
    pub address: String,
    /// Whether it takes part in business.
    pub status: Status,
    /// Its place when stock is reserved by priority: the smallest number comes first.
    pub priority: i64,
    /// Counted up by each change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Whether a location takes part in business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It may receive and give stock.
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    /// It is closed. Its history stays.
    #[sea_orm(string_value = "DEACTIVATED")]
    Deactivated,
}

/// Other tables refer to locations; a location refers to none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The locations that `actor` may see. Every read of a location starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    // Who counts stock somewhere knows the place.
    if may_see_stock(actor) || actor.may(Permission::CountStock) { all } else { all.filter(Expr::value(false)) }
}

/// Whether `actor` may see stock and the places where it is. Whoever may change it may.
pub fn may_see_stock(actor: &Actor) -> bool {
    [Permission::ReadInventory, Permission::ManageInventory, Permission::ManageLocations]
        .into_iter()
        .any(|permission| actor.may(permission))
}
