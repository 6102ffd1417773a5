//! `StockDocument`: what every document that posts to the ledger shares, and the ways to one.

use async_graphql::{Context, ID, Interface, Object, Result};
use sea_orm::Iterable as _;

use super::{
    PurchaseOrder, PurchaseOrderContext as _, Reservation, ReservationContext as _, StockCount, StockCountContext as _,
    StockReturn, StockReturnContext as _, StockTransfer, StockTransferContext as _, StockWriteOff,
    StockWriteOffContext as _,
};
use crate::graphql::accounts::User;
use crate::graphql::error::ErrorCode;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::DateTime;
use crate::inventory::entity::reservation::ReservationId;
use crate::inventory::entity::stock_adjustment::{Document, DocumentType};
use crate::inventory::entity::stock_count::CountId;
use crate::inventory::entity::stock_order::{Kind, PurchaseOrderId, TransferId};
use crate::inventory::entity::stock_slip::{Kind as SlipKind, ReturnId, WriteOffId};
use crate::inventory::store;
use crate::kernel::actor;
use crate::kernel::id::{self, Id as _};

/// The longest number, in characters.
const NUMBER_MAX: usize = 64;

/// A document that changes stock: its movements are in the ledger, and it can be found by the number that is printed on it.
#[derive(Debug, Clone, Interface)]
#[expect(clippy::duplicated_attributes, reason = "several fields have one type")]
#[graphql(
    field(name = "id", ty = "ID", desc = "The id."),
    field(name = "number", ty = "&str", desc = "The number for people, such as `PO-000123`."),
    field(
        name = "external_reference",
        ty = "Option<&str>",
        desc = "What others call it, such as the supplier's number."
    ),
    field(name = "note", ty = "Option<&str>", desc = "Words for people."),
    field(name = "version", ty = "i64", desc = "Counted up by each change; give it back as `expectedVersion`."),
    field(
        name = "created_by",
        ty = "Option<User>",
        desc = "The user who made it; null when no user did, or when the caller may not see users (`READ_USERS`)."
    ),
    field(name = "created_at", ty = "DateTime", desc = "When it was made."),
    field(name = "updated_at", ty = "DateTime", desc = "When it was last changed.")
)]
pub enum StockDocument {
    /// An order from a supplier.
    PurchaseOrder(PurchaseOrder),
    /// A transfer between locations.
    StockTransfer(StockTransfer),
    /// A count of the stock at one location.
    StockCount(StockCount),
    /// Units that are given up.
    StockWriteOff(StockWriteOff),
    /// Units that a customer sent back.
    StockReturn(StockReturn),
    /// Units promised to someone.
    Reservation(Reservation),
}

#[derive(Default)]
pub struct StockDocumentQuery;

#[Object]
impl StockDocumentQuery {
    /// The document with the number that is printed on it, such as `PO-000123`. Null when there is none. Requires the permission
    /// `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    async fn stock_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number, in any case.")] number: String,
    ) -> Result<Option<StockDocument>> {
        let Some(number) = read_number(&number) else { return Ok(None) };
        let Some(kind) = kind_of(&number) else { return Ok(None) };
        let (db, actor) = (ctx.services().db.read(), ctx.actor());
        match kind {
            DocumentType::PurchaseOrder | DocumentType::Transfer => {
                let found = store::order_by_number(db, actor, &number).await.map_err(|fault| ctx.fault(fault))?;
                Ok(found.map(|order| match order.kind {
                    Kind::PurchaseOrder => StockDocument::PurchaseOrder(PurchaseOrder(order)),
                    Kind::Transfer => StockDocument::StockTransfer(StockTransfer(order)),
                }))
            }
            DocumentType::Count => {
                let found = store::count_by_number(db, actor, &number).await.map_err(|fault| ctx.fault(fault))?;
                Ok(found.map(|count| StockDocument::StockCount(StockCount(count))))
            }
            DocumentType::WriteOff => {
                let found = store::slip_by_number(db, actor, SlipKind::WriteOff, &number).await;
                Ok(found.map_err(|fault| ctx.fault(fault))?.map(StockWriteOff).map(StockDocument::StockWriteOff))
            }
            DocumentType::Return => {
                let found = store::slip_by_number(db, actor, SlipKind::Return, &number).await;
                Ok(found.map_err(|fault| ctx.fault(fault))?.map(StockReturn).map(StockDocument::StockReturn))
            }
            DocumentType::Reservation => {
                let found = store::reservation_by_number(db, actor, &number).await;
                Ok(found.map_err(|fault| ctx.fault(fault))?.map(Reservation::new).map(StockDocument::Reservation))
            }
        }
    }
}

/// A number as someone typed it; nothing when it can be none.
pub(super) fn read_number(text: &str) -> Option<String> {
    let number = text.trim().to_uppercase();
    let plain = number.len() <= NUMBER_MAX && number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then_some(number)
}

/// The kind of document that numbers such as this one belong to.
fn kind_of(number: &str) -> Option<DocumentType> {
    let (prefix, _) = number.split_once('-')?;
    DocumentType::iter().find(|kind| kind.prefix() == prefix)
}

/// What the ids of a kind of document begin with.
const fn id_prefix(kind: DocumentType) -> &'static str {
    match kind {
        DocumentType::PurchaseOrder => PurchaseOrderId::PREFIX,
        DocumentType::Transfer => TransferId::PREFIX,
        DocumentType::Count => CountId::PREFIX,
        DocumentType::WriteOff => WriteOffId::PREFIX,
        DocumentType::Return => ReturnId::PREFIX,
        DocumentType::Reservation => ReservationId::PREFIX,
    }
}

/// The id of a document as clients know it.
pub(super) fn write_id(document: Document) -> ID {
    ID(id::format(id_prefix(document.kind), document.id))
}

/// Reads the id of a document of any kind.
pub(super) fn read_id(argument: &str, text: &ID) -> Result<Document> {
    let kind = |prefix: &str| DocumentType::iter().find(|kind| id_prefix(*kind) == prefix);
    let found = id::split(text).and_then(|(prefix, id)| kind(&prefix).map(|kind| Document { kind, id }));
    found.ok_or_else(|| ErrorCode::BadUserInput.with(&format!("{argument} is not the id of a document")))
}

/// Short ways to documents.
pub(in crate::graphql) trait StockDocumentContext {
    /// The document, if the caller may see it.
    async fn stock_document(&self, document: Document) -> Result<Option<StockDocument>>;
}

impl StockDocumentContext for Context<'_> {
    async fn stock_document(&self, document: Document) -> Result<Option<StockDocument>> {
        let id = document.id;
        match document.kind {
            DocumentType::PurchaseOrder => {
                Ok(self.purchase_order(PurchaseOrderId(id)).await?.map(StockDocument::PurchaseOrder))
            }
            DocumentType::Transfer => Ok(self.stock_transfer(TransferId(id)).await?.map(StockDocument::StockTransfer)),
            DocumentType::Count => Ok(self.stock_count(CountId(id)).await?.map(StockDocument::StockCount)),
            DocumentType::WriteOff => Ok(self.stock_write_off(WriteOffId(id)).await?.map(StockDocument::StockWriteOff)),
            DocumentType::Return => Ok(self.stock_return(ReturnId(id)).await?.map(StockDocument::StockReturn)),
            DocumentType::Reservation => Ok(self.reservation(ReservationId(id)).await?.map(StockDocument::Reservation)),
        }
    }
}
