//! `stockDocumentChanged`: what happens to the documents that post stock, told alike for all their kinds.

use std::collections::BTreeSet;

use async_graphql::{Context, Enum, ID, Object, Result, Subscription};
use futures_util::Stream;
use serde::Deserialize;
use uuid::Uuid;

use super::filter;
use super::stream::{self, Told};
use crate::graphql::error::ErrorCode;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::scalars::DateTime;
use crate::inventory::entity::stock_adjustment::DocumentType;
use crate::kernel::actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::id;
use crate::kernel::outbox::Stored;

/// The topic of each kind's events, and the prefix of its ids.
const KINDS: [(DocumentType, &str, &str); 6] = [
    (DocumentType::Reservation, "reservation.changed", "reservation"),
    (DocumentType::PurchaseOrder, "purchase_order.changed", "purchase_order"),
    (DocumentType::Transfer, "stock_transfer.changed", "transfer"),
    (DocumentType::Count, "stock_count.changed", "count"),
    (DocumentType::Return, "stock_return.changed", "return"),
    (DocumentType::WriteOff, "stock_write_off.changed", "write_off"),
];

/// What the events of all kinds have in common.
#[derive(Debug, Clone, Deserialize)]
struct Changed {
    number: Option<String>,
    status: String,
    version: i64,
}

/// A change of a document.
#[derive(Debug, Clone)]
pub struct StockDocumentEvent {
    kind: DocumentType,
    id: String,
    changed: Changed,
    occurred_at: Timestamp,
}

/// A change of a document that posts stock: as it was after the change. `node(id)` shows all of it.
#[Object]
impl StockDocumentEvent {
    /// What kind of document it is.
    async fn kind(&self) -> StockDocumentKind {
        self.kind.into()
    }

    /// The id of the document.
    async fn document_id(&self) -> ID {
        ID(self.id.clone())
    }

    /// Its number for people, such as `PO-000123`; null where the kind has none.
    async fn number(&self) -> Option<&str> {
        self.changed.number.as_deref()
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
        let ids: Option<BTreeSet<Uuid>> = match filter::bounded("documentIds", document_ids)? {
            Some(ids) => Some(ids.iter().map(read_id).collect::<Result<_>>()?),
            None => None,
        };
        Ok(stream::events(ctx, move |stored| {
            let told = tell(stored)?;
            let wanted = |event: &StockDocumentEvent| {
                kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.kind))
                    && ids.as_ref().is_none_or(|ids| ids.contains(&stored.key))
            };
            Ok(told.filter(wanted))
        }))
    }
}

fn read_id(text: &ID) -> Result<Uuid> {
    let known = |(prefix, uuid): (String, Uuid)| KINDS.iter().any(|(_, _, kind)| *kind == prefix).then_some(uuid);
    let wrong = || ErrorCode::BadUserInput.with(&"documentIds must be ids of documents that post stock");
    id::split(text).and_then(known).ok_or_else(wrong)
}

fn tell(stored: &Stored) -> Told<StockDocumentEvent> {
    let Some((kind, _, prefix)) = KINDS.into_iter().find(|(_, topic, _)| *topic == stored.topic) else {
        return Ok(None);
    };
    let changed = serde_json::from_str(&stored.payload)?;
    Ok(Some(StockDocumentEvent { kind, id: id::format(prefix, stored.key), changed, occurred_at: stored.occurred_at }))
}
