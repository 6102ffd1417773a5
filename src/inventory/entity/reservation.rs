//! A reservation: units promised to someone, for a while or until further notice. What is promised where is in its allocations.

use sea_orm::entity::prelude::*;

use super::location;
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of a reservation.
    ReservationId, "reservation"
);

/// A row of `reservations`. It is also a part of recorded outcomes, hence serde.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "reservations")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReservationId,
    /// The number for people, such as `RES-000123`.
    pub number: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Its state, as far as it was written down: an active one whose time is over has expired, see [`Model::status_at`].
    pub status: Status,
    /// Whom the units are for, in the caller's words.
    pub owner: Option<String>,
    /// The caller's own number for it.
    pub external_reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// From when on it counts no longer; never when absent.
    pub expires_at: Option<Timestamp>,
    /// The user who made it.
    pub created_by: Option<UserId>,
    /// Counted up by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Model {
    /// Its state at a moment, whether or not somebody has written down that its time is over.
    pub fn status_at(&self, now: Timestamp) -> Status {
        let over = self.expires_at.is_some_and(|moment| moment <= now);
        if self.status == Status::Active && over { Status::Expired } else { self.status }
    }
}

/// What a reservation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Purpose {
    /// A shopping cart.
    #[sea_orm(string_value = "CART")]
    Cart,
    /// An offer to a customer.
    #[sea_orm(string_value = "QUOTE")]
    Quote,
    /// An order on a marketplace.
    #[sea_orm(string_value = "MARKETPLACE")]
    Marketplace,
    /// Put aside by hand.
    #[sea_orm(string_value = "MANUAL")]
    Manual,
}

/// How far a reservation has come: how its last units went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It holds units.
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    /// They were sold.
    #[sea_orm(string_value = "FULFILLED")]
    Fulfilled,
    /// They were let go.
    #[sea_orm(string_value = "RELEASED")]
    Released,
    /// Their time was over.
    #[sea_orm(string_value = "EXPIRED")]
    Expired,
}

impl Status {
    /// The name in the database and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Fulfilled => "FULFILLED",
            Self::Released => "RELEASED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The reservations that `actor` may see: with the stock that they are of. Every read of one starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}
