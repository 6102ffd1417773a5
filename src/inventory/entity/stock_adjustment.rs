//! A group of movements that were made together: all or nothing, for one reason, by one actor. Never edited.

use sea_orm::entity::prelude::*;

use super::location;
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The id of a stock adjustment.
    AdjustmentId, "adjustment"
);

/// A row of `stock_adjustments`. It is also a part of recorded outcomes, hence serde.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "stock_adjustments")]
pub struct Model {
    /// The id, ordered by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AdjustmentId,
    /// How it was asked for.
    pub kind: Kind,
    /// Why.
    pub reason: Reason,
    /// The document behind it, such as an order number.
    pub reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// The user who made it.
    pub actor_id: Option<UserId>,
    /// The part of the server that made it, when no user did.
    pub actor_name: Option<String>,
    /// The request that made it.
    pub request_id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The kind of the document that posted it.
    #[serde(default)]
    pub document_type: Option<DocumentType>,
    /// The id of the document that posted it.
    #[serde(default)]
    pub document_id: Option<Uuid>,
    /// The adjustment whose movements it takes back.
    #[serde(default)]
    pub reverses_id: Option<AdjustmentId>,
}

impl Model {
    /// The document that posted it.
    pub fn document(&self) -> Option<Document> {
        self.document_type.zip(self.document_id).map(|(kind, id)| Document { kind, id })
    }
}

/// A document that posts to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Document {
    /// What it is.
    pub kind: DocumentType,
    /// Its id.
    pub id: Uuid,
}

/// The kinds of documents that post to the ledger.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    serde::Serialize,
    serde::Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DocumentType {
    /// A reservation.
    #[sea_orm(string_value = "RESERVATION")]
    Reservation,
    /// A purchase order.
    #[sea_orm(string_value = "PURCHASE_ORDER")]
    PurchaseOrder,
    /// A transfer between locations.
    #[sea_orm(string_value = "TRANSFER")]
    Transfer,
    /// A stock count.
    #[sea_orm(string_value = "COUNT")]
    Count,
    /// A return to stock.
    #[sea_orm(string_value = "RETURN")]
    Return,
    /// A write-off.
    #[sea_orm(string_value = "WRITE_OFF")]
    WriteOff,
}

impl DocumentType {
    /// How an adjustment that it posts was asked for.
    pub fn adjustment(self) -> Kind {
        match self {
            Self::Reservation => Kind::Reservation,
            Self::PurchaseOrder => Kind::PurchaseOrder,
            Self::Transfer => Kind::Transfer,
            Self::Count => Kind::Count,
            Self::Return => Kind::Return,
            Self::WriteOff => Kind::WriteOff,
        }
    }

    /// What its numbers begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Reservation => "RES",
            Self::PurchaseOrder => "PO",
            Self::Transfer => "TR",
            Self::Count => "CNT",
            Self::Return => "RET",
            Self::WriteOff => "WO",
        }
    }
}

/// How an adjustment was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// By changes, up or down.
    #[sea_orm(string_value = "ADJUST")]
    Adjust,
    /// By absolute numbers.
    #[sea_orm(string_value = "SET")]
    Set,
    /// From location to location.
    #[sea_orm(string_value = "MOVE")]
    Move,
    /// From condition to condition at one location.
    #[sea_orm(string_value = "RECLASSIFY")]
    Reclassify,
    /// By a reservation.
    #[sea_orm(string_value = "RESERVATION")]
    Reservation,
    /// By a purchase order.
    #[sea_orm(string_value = "PURCHASE_ORDER")]
    PurchaseOrder,
    /// By a transfer.
    #[sea_orm(string_value = "TRANSFER")]
    Transfer,
    /// By a stock count.
    #[sea_orm(string_value = "COUNT")]
    Count,
    /// By a return to stock.
    #[sea_orm(string_value = "RETURN")]
    Return,
    /// By a write-off.
    #[sea_orm(string_value = "WRITE_OFF")]
    WriteOff,
    /// By taking back an earlier adjustment.
    #[sea_orm(string_value = "REVERSAL")]
    Reversal,
}

/// Why stock changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// Goods came in from a supplier.
    #[sea_orm(string_value = "RECEIVED")]
    Received,
    /// Sold.
    #[sea_orm(string_value = "SOLD")]
    Sold,
    /// A customer sent it back.
    #[sea_orm(string_value = "RETURNED")]
    Returned,
    /// Broken or spoiled.
    #[sea_orm(string_value = "DAMAGED")]
    Damaged,
    /// Stolen or not to be found.
    #[sea_orm(string_value = "LOST")]
    Lost,
    /// Looked at: sound after all, or not.
    #[sea_orm(string_value = "INSPECTED")]
    Inspected,
    /// Turned up again.
    #[sea_orm(string_value = "FOUND")]
    Found,
    /// Given away: samples, gifts, own use.
    #[sea_orm(string_value = "GIVEN_AWAY")]
    GivenAway,
    /// Made or taken apart in house.
    #[sea_orm(string_value = "PRODUCED")]
    Produced,
    /// Somebody counted.
    #[sea_orm(string_value = "COUNT")]
    Count,
    /// Mends an earlier mistake.
    #[sea_orm(string_value = "CORRECTION")]
    Correction,
    /// Moved between locations.
    #[sea_orm(string_value = "TRANSFER")]
    Transfer,
    /// What was there when stock began to be kept here.
    #[sea_orm(string_value = "OPENING_STOCK")]
    OpeningStock,
    /// Promised to someone.
    #[sea_orm(string_value = "RESERVED")]
    Reserved,
    /// No longer promised.
    #[sea_orm(string_value = "RELEASED")]
    Released,
    /// No longer promised, as the time for it is over.
    #[sea_orm(string_value = "EXPIRED")]
    Expired,
    /// Ordered from a supplier, or no longer.
    #[sea_orm(string_value = "ORDERED")]
    Ordered,
    /// Something else; the note says what.
    #[sea_orm(string_value = "OTHER")]
    Other,
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The adjustments that `actor` may see. Every read of adjustments on behalf of someone starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}
