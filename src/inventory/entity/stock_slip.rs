//! A slip by which units come back or are given up: a return to stock, or a write-off. What it changes is in its lines.

use sea_orm::entity::prelude::*;

use super::location;
use super::stock_adjustment::{Document, DocumentType, Reason};
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of a slip of either kind, as the tables have it. Outside it is a [`WriteOffId`] or a [`ReturnId`].
    SlipId, "stock_slip"
);

crate::id!(
    /// The id of a write-off.
    WriteOffId, "write_off"
);

crate::id!(
    /// The id of a return to stock.
    ReturnId, "return"
);

/// A row of `stock_slips`. It is also a part of recorded outcomes, hence serde.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "stock_slips")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SlipId,
    /// Whether units come or go.
    pub kind: Kind,
    /// The number for people, such as `WO-000001`.
    pub number: String,
    /// How far it has come.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// What others call it; of a return, the order.
    pub external_reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// The user who wrote it.
    pub created_by: Option<UserId>,
    /// Counted up by each change.
    pub version: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Whether the units of a slip come or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// They are given up.
    #[sea_orm(string_value = "WRITE_OFF")]
    WriteOff,
    /// A customer sent them back.
    #[sea_orm(string_value = "RETURN")]
    Return,
}

impl Kind {
    /// What it is among the documents.
    pub fn document(self) -> DocumentType {
        match self {
            Self::WriteOff => DocumentType::WriteOff,
            Self::Return => DocumentType::Return,
        }
    }
}

/// How far a slip has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Written; nothing has changed yet.
    #[sea_orm(string_value = "DRAFT")]
    Draft,
    /// In effect.
    #[sea_orm(string_value = "POSTED")]
    Posted,
    /// Given up before it took effect.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
    /// Taken back after it took effect.
    #[sea_orm(string_value = "REVERSED")]
    Reversed,
}

impl Status {
    /// The name in the database and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Posted => "POSTED",
            Self::Cancelled => "CANCELLED",
            Self::Reversed => "REVERSED",
        }
    }
}

impl Model {
    /// What its adjustments name as their document.
    pub fn document(&self) -> Document {
        Document { kind: self.kind.document(), id: self.id.0 }
    }
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The slips that `actor` may see. Every read of a slip starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}
