//! `stockDocumentChanged`: what happens to the documents that post stock, told alike for all their kinds.

use std::collections::{BTreeSet, HashSet};

use async_graphql::{Context, Enum, ID, Object, Result, Subscription};
use futures_util::Stream;
use sea_orm::Iterable as _;

use super::filter;
use super::stock_document::{self, StockDocument, StockDocumentContext as _};
use super::stream::{self, Told};
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::scalars::DateTime;
use crate::inventory::commands::document::{self, DocumentChanged};
use crate::inventory::entity::stock_adjustment::{Document, DocumentType};
use crate::kernel::actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::outbox::Stored;

/// A change of a document.
#[derive(Debug, Clone)]
pub struct StockDocumentEvent {
    changed: DocumentChanged,
    occurred_at: Timestamp,
}

/// A change of a document that posts stock: number, status and version as they were after the change.
#[Object]
impl StockDocumentEvent {
    /// What kind of document it is.
    async fn kind(&self) -> StockDocumentKind {
        self.changed.document.kind.into()
    }

    /// The id of the document.
    async fn document_id(&self) -> ID {
        stock_document::write_id(self.changed.document)
    }

    /// The document as it is now, which may be a later version. Null when it is gone.
    async fn document(&self, ctx: &Context<'_>) -> Result<Option<StockDocument>> {
        ctx.stock_document(self.changed.document).await
    }

    /// Its number for people, such as `PO-000123`.
    async fn number(&self) -> &str {
        &self.changed.number
    }

    /// How far it has come: a value of the status enum of its kind.
    async fn status(&self) -> &str {
        &self.changed.status
    }

    /// Its version: of two events about a document, the one with the greater version is the later.
    async fn version(&self) -> i64 {
        self.changed.version
    }

    /// When it changed.
    async fn occurred_at(&self) -> DateTime {
        self.occurred_at.into()
    }
}

/// A kind of document that posts stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "DocumentType")]
pub enum StockDocumentKind {
    /// A promise of units to someone.
    Reservation,
    /// An order to a supplier.
    PurchaseOrder,
    /// Units on their way from location to location.
    Transfer,
    /// A count of what is there.
    Count,
    /// Units that customers sent back.
    Return,
    /// Units that are given up.
    WriteOff,
}

#[derive(Default)]
pub struct DocumentSubscription;

#[Subscription]
impl DocumentSubscription {
    /// Changes of the documents that post stock, after they are committed: reservations, purchase orders, transfers, counts, returns and write-offs.
    /// Requires the permission `READ_INVENTORY`, as `stockLevelChanged` does.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    async fn stock_document_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these kinds. All when left out.")] kinds: Option<Vec<StockDocumentKind>>,
        #[graphql(desc = "Only these documents: at most 100. All when left out.")] document_ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = Result<StockDocumentEvent>> + use<>> {
        let kinds = filter::bounded("kinds", kinds)?;
        let kinds: Option<BTreeSet<DocumentType>> = kinds.map(|kinds| kinds.into_iter().map(Into::into).collect());
        let documents: Option<HashSet<Document>> = match filter::bounded("documentIds", document_ids)? {
            Some(ids) => {
                let read = |id: &ID| stock_document::read_id("an item of documentIds", id);
                Some(ids.iter().map(read).collect::<Result<_>>()?)
            }
            None => None,
        };
        Ok(stream::events(ctx, move |stored| {
            let told = tell(stored)?;
            let wanted = |event: &StockDocumentEvent| {
                kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.changed.document.kind))
                    && documents.as_ref().is_none_or(|documents| documents.contains(&event.changed.document))
            };
            Ok(told.filter(wanted))
        }))
    }
}

fn tell(stored: &Stored) -> Told<StockDocumentEvent> {
    if !DocumentType::iter().any(|kind| document::topic(kind) == stored.topic) {
        return Ok(None);
    }
    let changed = serde_json::from_str(&stored.payload)?;
    Ok(Some(StockDocumentEvent { changed, occurred_at: stored.occurred_at }))
}
