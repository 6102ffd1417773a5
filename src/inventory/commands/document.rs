//! The event of a change of a document, alike for all kinds of documents.

use serde::{Deserialize, Serialize};

use crate::inventory::entity::stock_adjustment::{Document, DocumentType};
use crate::kernel::error::Fault;
use crate::kernel::outbox::Event;
use crate::kernel::write::Cx;

/// What an event tells of a document: nothing that only those may hear who see stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentChanged<Status = String> {
    /// The document.
    pub document: Document,
    /// Its number for people.
    pub number: String,
    /// How far it has come: a value of the status enum of its kind.
    pub status: Status,
    /// Its version.
    pub version: i64,
}

/// The topic of the events of a kind of document, one for each change.
pub const fn topic(kind: DocumentType) -> &'static str {
    match kind {
        DocumentType::Reservation => "reservation.changed",
        DocumentType::PurchaseOrder => "purchase_order.changed",
        DocumentType::Transfer => "stock_transfer.changed",
        DocumentType::Count => "stock_count.changed",
        DocumentType::Return => "stock_return.changed",
        DocumentType::WriteOff => "stock_write_off.changed",
    }
}

/// Emits the event of a change.
pub(super) fn announce<Status: Serialize>(cx: &mut Cx<'_>, facts: &DocumentChanged<Status>) -> Result<(), Fault> {
    cx.emit(Event::of(topic(facts.document.kind), facts.document.id, facts)?);
    Ok(())
}
