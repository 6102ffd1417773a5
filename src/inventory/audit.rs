//! The stock audit: compares every level and every document with the ledger, at one moment, and changes nothing.

use super::store::{self, Difference, DocumentDifference};
use crate::kernel::clock::{Clock, Timestamp};
use crate::kernel::db::Db;
use crate::kernel::error::Fault;

/// What the audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockAudit {
    /// How many levels were compared.
    pub checked_levels: u64,
    /// How many differences there are.
    pub difference_count: u64,
    /// The differences, by variant and location; the first thousand when there are more.
    pub differences: Vec<Difference>,
    /// How many documents of all kinds were compared.
    pub checked_documents: u64,
    /// How many differences between documents and the ledger there are.
    pub document_difference_count: u64,
    /// Where documents and the ledger disagree; the first thousand when there are more.
    pub document_differences: Vec<DocumentDifference>,
    /// When.
    pub checked_at: Timestamp,
}

impl StockAudit {
    /// Whether every level is what its movements make it, and every document says what its movements say.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.document_differences.is_empty()
    }
}

/// Runs the audit on one consistent snapshot.
pub async fn run(db: &Db, clock: &Clock) -> Result<StockAudit, Fault> {
    let checked_at = clock.now();
    let snapshot = db.snapshot().await?;
    let checked_levels = store::count_levels(&snapshot).await?;
    let differences = store::differences(&snapshot).await?;
    let checked_documents = store::count_documents(&snapshot).await?;
    let mut document_differences = store::document_differences(&snapshot).await?;
    let of_papers = store::paper_differences(&snapshot).await?;
    snapshot.commit().await?;
    let difference_count = differences.first().map_or(0, |difference| difference.total.unsigned_abs());
    let count = |found: &[DocumentDifference]| found.first().map_or(0, |difference| difference.total.unsigned_abs());
    let document_difference_count = count(&document_differences).saturating_add(count(&of_papers));
    document_differences.extend(of_papers);
    Ok(StockAudit {
        checked_levels,
        difference_count,
        differences,
        checked_documents,
        document_difference_count,
        document_differences,
        checked_at,
    })
}
