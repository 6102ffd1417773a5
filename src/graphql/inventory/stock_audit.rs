//! The stock audit in the schema: the proof that no level has drifted from its movements.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::stock_document::{StockDocument, StockDocumentContext as _};
use super::stock_movement::StockState;
use super::{Location, LocationContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::DateTime;
use crate::inventory::audit;
use crate::inventory::entity::stock_adjustment::Document;
use crate::inventory::entity::stock_movement;
use crate::inventory::store;
use crate::kernel::actor;

/// What a comparison of every stock level and every document with their movements found.
#[derive(Debug, Clone, SimpleObject)]
pub struct StockAudit {
    /// How many levels were compared.
    pub checked_levels: u64,
    /// Whether every level is what its movements make it, and every document says what its movements say.
    pub is_clean: bool,
    /// How many levels are not.
    pub difference_count: u64,
    /// These levels; the first thousand when there are more.
    pub differences: Vec<StockAuditDifference>,
    /// How many documents were compared: purchase orders, transfers, counts, write-offs, returns and reservations, drafts and cancelled ones among them.
    pub checked_documents: u64,
    /// How many differences between documents and movements there are.
    pub document_difference_count: u64,
    /// These differences; the first thousand when there are more.
    pub document_differences: Vec<StockAuditDocumentDifference>,
    /// The moment that was looked at.
    pub checked_at: DateTime,
}

impl From<audit::StockAudit> for StockAudit {
    fn from(audit: audit::StockAudit) -> Self {
        Self {
            checked_levels: audit.checked_levels,
            is_clean: audit.is_clean(),
            difference_count: audit.difference_count,
            differences: audit.differences.into_iter().map(StockAuditDifference).collect(),
            checked_documents: audit.checked_documents,
            document_difference_count: audit.document_difference_count,
            document_differences: audit.document_differences.into_iter().map(StockAuditDocumentDifference).collect(),
            checked_at: audit.checked_at.into(),
        }
    }
}

/// A stock level that its movements do not explain.
#[derive(Debug, Clone)]
pub struct StockAuditDifference(store::Difference);

/// A stock level that its movements do not explain.
#[Object]
impl StockAuditDifference {
    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.0.variant).await
    }

    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<InOrder<Location>>> {
        ctx.location(self.0.location).await
    }

    /// Units on hand; null when there are movements but no level.
    async fn on_hand(&self) -> Option<i64> {
        self.0.on_hand
    }

    /// Every number of the level beside the sum of its movements.
    async fn numbers(&self) -> Vec<StockAuditNumber> {
        let number = |(state, level, ledger): (stock_movement::State, _, _)| StockAuditNumber {
            state: state.into(),
            level,
            ledger,
        };
        self.0.numbers().into_iter().map(number).collect()
    }

    /// The sum of the movements of the units on hand.
    async fn ledger(&self) -> i64 {
        self.0.ledger
    }

    /// The version of the level; null when there is no level.
    async fn version(&self) -> Option<i64> {
        self.0.version
    }

    /// How many movements there are. The version of a sound level is this number.
    async fn movements(&self) -> i64 {
        self.0.movements
    }

    /// Movements that do not follow from the one before: a wrong balance, a gap in the numbers, a step back in time.
    async fn breaks(&self) -> i64 {
        self.0.breaks
    }
}

/// One number of a stock level, as it is and as its movements make it.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct StockAuditNumber {
    /// Which number.
    pub state: StockState,
    /// The number; null when there are movements but no level.
    pub level: Option<i64>,
    /// The sum of the movements.
    pub ledger: i64,
}

/// A number of a stock level of which documents and movements say different things.
#[derive(Debug, Clone)]
pub struct StockAuditDocumentDifference(store::DocumentDifference);

/// A number of a stock level of which documents and movements say different things.
#[Object]
impl StockAuditDocumentDifference {
    /// The document whose movements differ from its lines; null when a level differs from the lines of all documents together.
    async fn document(&self, ctx: &Context<'_>) -> Result<Option<StockDocument>> {
        match self.0.document_type.zip(self.0.document_id) {
            Some((kind, id)) => ctx.stock_document(Document { kind, id }).await,
            None => Ok(None),
        }
    }

    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.0.variant).await
    }

    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<InOrder<Location>>> {
        ctx.location(self.0.location).await
    }

    /// Which number.
    async fn state(&self) -> StockState {
        self.0.state.into()
    }

    /// What the lines say: of the document, or of all documents together.
    async fn expected(&self) -> i64 {
        self.0.expected
    }

    /// What the movements of the document say, or what the level holds.
    async fn found(&self) -> i64 {
        self.0.found
    }
}

#[derive(Default)]
pub struct StockAuditQuery;

#[Object]
impl StockAuditQuery {
    /// Compares every stock level and every document with their movements, at one moment. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    async fn stock_audit(&self, ctx: &Context<'_>) -> Result<StockAudit> {
        let services = ctx.services();
        let found = audit::run(&services.db, &services.clock).await;
        Ok(found.map_err(|fault| ctx.fault(fault))?.into())
    }
}
