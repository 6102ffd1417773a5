//! A count of the stock at one location: who counts what, and how far it has come. It knows no numbers; those are in its lines.

use sea_orm::entity::prelude::*;

use super::location::{self, LocationId};
use super::stock_adjustment::{Document, DocumentType};
use crate::kernel::actor::{Actor, Permission, UserId};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of a stock count.
    CountId, "count"
);

/// A row of `stock_counts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_counts")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CountId,
    /// The number for people, such as `SC-000001`.
    pub number: String,
    /// Whether everything is counted or a part.
    pub extent: Extent,
    /// Where.
    pub location_id: LocationId,
    /// How far it has come.
    pub status: Status,
    /// The number of the round, from 1; counting lines again begins another.
    pub round: i64,
    /// What others call it.
    pub external_reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// The user who planned it.
    pub created_by: Option<UserId>,
    /// Counted up by each change of the count itself; entries do not change it.
    pub version: i64,
    /// When it was planned.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When counting began.
    pub started_at: Option<Timestamp>,
    /// When it was approved or cancelled.
    pub closed_at: Option<Timestamp>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Extent {
    /// Every variant that has a level at the location.
    #[sea_orm(string_value = "FULL")]
    Full,
    /// What the scope names.
    #[sea_orm(string_value = "CYCLE")]
    Cycle,
}

/// How far a count has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Planned; nothing is on the list yet.
    #[sea_orm(string_value = "DRAFT")]
    Draft,
    /// People count.
    #[sea_orm(string_value = "COUNTING")]
    Counting,
    /// Nobody counts; someone compares.
    #[sea_orm(string_value = "REVIEW")]
    Review,
    /// The differences are posted.
    #[sea_orm(string_value = "APPROVED")]
    Approved,
    /// Given up; nothing was posted.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
}

impl Status {
    /// The name in the database and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Counting => "COUNTING",
            Self::Review => "REVIEW",
            Self::Approved => "APPROVED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl Model {
    /// The count as a document of the ledger.
    pub fn document(&self) -> Document {
        Document { kind: DocumentType::Count, id: self.id.0 }
    }

    /// Whether `actor` may see what the books say, what differs, and what others have entered: nobody while people count, and never who does
    /// nothing but count.
    pub fn shows_numbers_to(&self, actor: &Actor) -> bool {
        self.status != Status::Counting && location::may_see_stock(actor)
    }
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Whether `actor` may see counts, and enter what was counted if they may count.
pub fn may_see_counts(actor: &Actor) -> bool {
    location::may_see_stock(actor) || actor.may(Permission::CountStock)
}

/// The counts that `actor` may see. Every read of a count starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if may_see_counts(actor) { all } else { all.filter(Expr::value(false)) }
}
