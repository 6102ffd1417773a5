//! An order for stock that comes to a location: from a supplier (a purchase order), or from another location (a transfer). What is on its way is
//! in its lines.

use sea_orm::entity::prelude::*;

use super::location::{self, LocationId};
use super::stock_adjustment::{Document, DocumentType};
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;
use crate::kernel::money::Currency;

crate::id!(
    /// The id of an order of either kind, as the tables have it. Outside it is a [`PurchaseOrderId`] or a [`TransferId`].
    OrderId, "stock_order"
);

crate::id!(
    /// The id of a purchase order.
    PurchaseOrderId, "purchase_order"
);

crate::id!(
    /// The id of a transfer.
    TransferId, "transfer"
);

/// A row of `stock_orders`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_orders")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    /// Where the stock comes from.
    pub kind: Kind,
    /// The number for people, such as `PO-000123`.
    pub number: String,
    /// How far it has come.
    pub status: Status,
    /// Where the units go.
    pub location_id: LocationId,
    /// Where the units of a transfer are.
    pub source_id: Option<LocationId>,
    /// Who delivers a purchase order.
    pub supplier: Option<String>,
    /// The currency of the costs of a purchase order.
    pub currency: Option<Currency>,
    /// When the units are expected.
    pub expected_at: Option<Timestamp>,
    /// What others call it.
    pub external_reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// The user who made it.
    pub created_by: Option<UserId>,
    /// Counted up by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was ordered or shipped; nothing is posted before.
    pub opened_at: Option<Timestamp>,
    /// When nothing more was to come of it.
    pub closed_at: Option<Timestamp>,
}

/// Where the stock of an order comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// From a supplier.
    #[sea_orm(string_value = "PURCHASE_ORDER")]
    PurchaseOrder,
    /// From another location.
    #[sea_orm(string_value = "TRANSFER")]
    Transfer,
}

impl Kind {
    /// The kind of document.
    pub fn document_type(self) -> DocumentType {
        match self {
            Self::PurchaseOrder => DocumentType::PurchaseOrder,
            Self::Transfer => DocumentType::Transfer,
        }
    }
}

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Still being written; nothing is posted.
    #[sea_orm(string_value = "DRAFT")]
    Draft,
    /// Ordered, or shipped: everything is on its way.
    #[sea_orm(string_value = "OPEN")]
    Open,
    /// Some of it has arrived or is lost; the rest is on its way.
    #[sea_orm(string_value = "PARTIALLY_RECEIVED")]
    PartiallyReceived,
    /// Nothing is on its way any more.
    #[sea_orm(string_value = "RECEIVED")]
    Received,
    /// Some of it arrived, and the rest was given up.
    #[sea_orm(string_value = "CLOSED")]
    Closed,
    /// Given up before anything arrived.
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
}

impl Model {
    /// The order as the ledger knows it.
    pub fn document(&self) -> Document {
        Document { kind: self.kind.document_type(), id: self.id.0 }
    }

    /// The status in the words of its kind, as the API has it.
    pub fn status_name(&self) -> &'static str {
        match (self.status, self.kind) {
            (Status::Draft, _) => "DRAFT",
            (Status::Open, Kind::PurchaseOrder) => "ORDERED",
            (Status::Open, Kind::Transfer) => "IN_TRANSIT",
            (Status::PartiallyReceived, _) => "PARTIALLY_RECEIVED",
            (Status::Received, _) => "RECEIVED",
            (Status::Closed, _) => "CLOSED",
            (Status::Cancelled, _) => "CANCELLED",
        }
    }
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The orders that `actor` may see. Every read of an order starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let all = Entity::find();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}
